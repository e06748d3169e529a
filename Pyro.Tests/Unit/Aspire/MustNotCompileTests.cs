using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Pyro.Tests.Unit.Aspire;

/// <summary>Keeps <c>aspire/</c> from taking what Aspire refuses: <c>MustNotCompile.cs.txt</c> through the SDK's compiler, once.</summary>
public sealed partial class MustNotCompileTests
{
    private static readonly string Source = Path.Combine(Repository.Root, "Pyro.Tests", "Unit", "Aspire", "MustNotCompile.cs.txt");

    [Fact]
    public async Task Every_marked_line_is_refused_with_its_error_and_no_other_line_is()
    {
        var wanted = File.ReadLines(Source).Select((text, at) => (Line: at + 1, Mark: Mark().Match(text))).Where(line => line.Mark.Success)
            .ToDictionary(line => line.Line, line => line.Mark.Groups["ids"].Value.Split(" or "));
        Assert.True(wanted.Count > 50);
        var told = (await Compile()).ToLookup(fault => fault.Line, fault => fault.Id);

        var faults = new List<string>();
        foreach (var (line, ids) in wanted)
        {
            if (!told.Contains(line))
                faults.Add($"line {line} compiles, but Aspire refuses it with {string.Join(" or ", ids)}");
            else if (told[line].Any(id => !ids.Contains(id)))
                faults.Add($"line {line}: {string.Join(", ", told[line].Distinct())} instead of {string.Join(" or ", ids)}");
        }
        faults.AddRange(told.Where(fault => !wanted.ContainsKey(fault.Key)).Select(fault => $"line {fault.Key}: {string.Join(", ", fault.Distinct())}, but Aspire takes it"));
        Assert.Empty(string.Join('\n', faults));
    }

    private static async Task<List<(int Line, string Id)>> Compile()
    {
        var folder = Directory.CreateTempSubdirectory("pyro-compile-");
        try
        {
            var answers = Path.Combine(folder.FullName, "answers.rsp");
            string[] options =
            [
                "-nologo", "-noconfig", "-nostdlib+", "-langversion:latest", "-target:library", "-warnaserror+", "-nowarn:CS0219,CS1701,CS1702",
                $"-out:\"{Path.Combine(folder.FullName, "lines.dll")}\"", .. References().Select(file => $"-r:\"{file}\""), $"\"{Source}\"",
            ];
            await File.WriteAllLinesAsync(answers, options);
            var start = new ProcessStartInfo(Path.Combine(DotNet, "dotnet")) { RedirectStandardOutput = true };
            start.ArgumentList.Add(Directory.GetFiles(Path.Combine(DotNet, "sdk"), "csc.dll", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Last());
            start.ArgumentList.Add("@" + answers);
            using var compiler = Process.Start(start)!;
            var output = await compiler.StandardOutput.ReadToEndAsync();
            await compiler.Ended();
            var faults = Fault().Matches(output);
            Assert.True(faults.Count > 0, output);
            return [.. faults.Select(fault => (int.Parse(fault.Groups["line"].Value), fault.Groups["id"].Value))];
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>The folder of the running <c>dotnet</c>: shared/Microsoft.NETCore.App/VERSION lies in it.</summary>
    private static string DotNet { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "..", "..", ".."));

    /// <summary>The shared frameworks that this test runs on, and Aspire.</summary>
    private static IEnumerable<string> References() =>
        ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(file => file.StartsWith(Path.Combine(DotNet, "shared"), StringComparison.Ordinal) || Path.GetFileName(file).StartsWith("Aspire.Hosting", StringComparison.Ordinal));

    [GeneratedRegex(@"; // (?<ids>(CS|ASPIRE)\w+( or (CS|ASPIRE)\w+)*): ")]
    private static partial Regex Mark();

    [GeneratedRegex(@"\((?<line>\d+),\d+\): error (?<id>\w+):")]
    private static partial Regex Fault();
}
