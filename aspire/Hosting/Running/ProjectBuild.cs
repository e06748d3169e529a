using System.Diagnostics;
using System.Security;
using System.Text;
using System.Text.RegularExpressions;

namespace Aspire.Hosting.Running;

/// <summary>What a build made of one project: the assembly that starts it, or why there is none.</summary>
/// <param name="TargetPath">The assembly; null when the project did not build.</param>
/// <param name="Errors">The compiler's first errors, or what else went wrong.</param>
internal sealed record BuiltProject(string? TargetPath, IReadOnlyList<string> Errors);

/// <summary>
/// Builds the projects of the graph, all in one run of <c>dotnet build</c> over a generated file that names them, and asks MSBuild in the same run
/// where their assemblies are. Projects that were built with the AppHost are only asked for.
/// </summary>
internal sealed partial class ProjectBuild(string directory, string configuration)
{
    private const int MaxErrors = 20;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(15);

    /// <summary>Builds or finds each project.</summary>
    /// <param name="projects">Full paths of project files, with whether to build each.</param>
    /// <param name="line">Gets each line that the build writes.</param>
    /// <param name="cancellation">Ends the build.</param>
    /// <returns>One result for each project, by its path.</returns>
    public async Task<IReadOnlyDictionary<string, BuiltProject>> Run(
        IReadOnlyDictionary<string, bool> projects, Action<string> line, CancellationToken cancellation)
    {
        if (projects.Count == 0)
            return new Dictionary<string, BuiltProject>();
        var folder = Directory.CreateTempSubdirectory("apphost-build-");
        try
        {
            var traversal = Path.Combine(folder.FullName, "projects.proj");
            var outputs = Path.Combine(folder.FullName, "outputs.txt");
            await File.WriteAllTextAsync(traversal, Traversal(projects, outputs), cancellation);
            var said = await RunMsBuild(traversal, projects.Values.Contains(true), line, cancellation);
            return Results(projects.Keys, said, File.Exists(outputs) ? await File.ReadAllLinesAsync(outputs, cancellation) : []);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>The <c>dotnet</c> that runs this process or is on the PATH.</summary>
    public static string DotnetPath() =>
        Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } host && File.Exists(host) ? host
        : Environment.ProcessPath is { } self && Path.GetFileNameWithoutExtension(self) == "dotnet" ? self
        : ProgramPath.Find("dotnet") ?? throw new LaunchException("The program \"dotnet\" is in no folder of the PATH: the .NET SDK is needed to build the projects.");

    /// <summary>A project of MSBuild that restores and builds those that are to be built and lists the assemblies of all.</summary>
    private string Traversal(IReadOnlyDictionary<string, bool> projects, string outputs)
    {
        var items = new StringBuilder();
        foreach (var (path, build) in projects)
            items.Append("    <").Append(build ? "Built" : "Known").Append(" Include=\"").Append(SecurityElement.Escape(path)).Append("\" />\n");
        var properties = $"Configuration={SecurityElement.Escape(configuration)}";
        return $"""
            <Project DefaultTargets="All">
              <ItemGroup>
            {items}  </ItemGroup>
              <Target Name="Restore">
                <MSBuild Projects="@(Built)" Targets="Restore" Properties="{properties};MSBuildRestoreSessionId=$([System.Guid]::NewGuid())" ContinueOnError="true" />
              </Target>
              <Target Name="All">
                <MSBuild Projects="@(Built)" Targets="Build" Properties="{properties}" BuildInParallel="true" ContinueOnError="true" />
                <MSBuild Projects="@(Built);@(Known)" Targets="GetTargetPath" Properties="{properties}" BuildInParallel="true" ContinueOnError="true">
                  <Output TaskParameter="TargetOutputs" ItemName="Made" />
                </MSBuild>
                <WriteLinesToFile File="{SecurityElement.Escape(outputs)}" Lines="@(Made->'%(MSBuildSourceProjectFile)|%(FullPath)')" Overwrite="true" />
              </Target>
            </Project>
            """;
    }

    private async Task<List<string>> RunMsBuild(string traversal, bool restore, Action<string> line, CancellationToken cancellation)
    {
        // Nothing outlives the build, so neither nodes nor a compiler's server are left to others: what else is built meanwhile would hang with it.
        List<string> arguments = ["msbuild", traversal, "-nologo", "-v:minimal", "-tl:off", "-m", "-nodeReuse:false", "-p:UseSharedCompilation=false"];
        if (restore)
            arguments.Add("-restore");
        var launch = new Launch(DotnetPath(), arguments, directory, new Dictionary<string, string> { ["DOTNET_CLI_UI_LANGUAGE"] = "en", ["MSBUILDTERMINALLOGGER"] = "off" });
        var said = new List<string>();
        await using var build = ProcessTree.Start(launch, guard: null, batch =>
        {
            foreach (var one in batch)
            {
                line(one.Text);
                if (said.Count < 10_000)
                    said.Add(one.Text);
            }
        });
        await build.Exit.WaitAsync(Limit, cancellation);
        return said;
    }

    private static Dictionary<string, BuiltProject> Results(IEnumerable<string> projects, List<string> said, string[] outputs)
    {
        var made = outputs.Select(output => output.Split('|', 2)).Where(parts => parts.Length == 2)
            .GroupBy(parts => parts[0], StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.First()[1], StringComparer.Ordinal);
        var errors = said.Where(text => ErrorLine().IsMatch(text)).Select(text => text.Trim()).Distinct(StringComparer.Ordinal).ToList();
        return projects.ToDictionary(project => project, project => Result(project, made.GetValueOrDefault(project), errors), StringComparer.Ordinal);
    }

    private static BuiltProject Result(string project, string? target, List<string> errors)
    {
        var own = errors.Where(error => error.EndsWith($"[{project}]", StringComparison.Ordinal)
            || error.Contains($"[{project}::", StringComparison.Ordinal)).Take(MaxErrors).ToList();
        if (own.Count > 0)
            return new(null, own);
        if (target is not null && File.Exists(target))
            return new(target, []);
        // The fault lies in a project that this one refers to, or in its own file.
        var why = errors.Take(MaxErrors).ToList();
        if (why.Count == 0)
            why.Add(target is null ? $"MSBuild says of no assembly that {project} makes it." : $"{target} does not exist: build {project} first.");
        return new(null, why);
    }

    [GeneratedRegex(@"(^|[\s:])error(\s+[A-Za-z]+[0-9]+)?\s*:", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ErrorLine();
}
