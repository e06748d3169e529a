using Aspire.Hosting.Running;

namespace Pyro.Tests.Unit.Aspire.Running;

public sealed class ProjectBuildTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("project-build-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Projects_are_built_in_one_run_and_one_that_fails_names_its_errors()
    {
        var good = Write("Good", "System.Console.WriteLine(\"good\");");
        var bad = Write("Bad", "int x = \"no number\";");
        var build = new ProjectBuild(_folder, "Debug");
        var said = new List<string>();
        var results = await build.Run(new Dictionary<string, bool> { [good] = true, [bad] = true }, said.Add, CancellationToken.None);
        Assert.True(results[good].TargetPath is not null, string.Join('\n', said));
        Assert.Null(results[bad].TargetPath);
        Assert.Contains("CS0029", results[bad].Errors[0]);

        // What exists already is only asked for.
        results = await build.Run(new Dictionary<string, bool> { [good] = false }, said.Add, CancellationToken.None);
        Assert.Equal(Path.Combine(_folder, "Good", "bin", "Debug", "net10.0", "Good.dll"), results[good].TargetPath);
    }

    private string Write(string name, string program)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;
        File.WriteAllText(Path.Combine(folder, "Program.cs"), program);
        var project = Path.Combine(folder, $"{name}.csproj");
        File.WriteAllText(project, """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>disable</ImplicitUsings></PropertyGroup>
            </Project>
            """);
        return project;
    }
}
