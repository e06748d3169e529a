using System.Text.RegularExpressions;
using Pyro.Configuration;

namespace Pyro.Tests.Unit.Configuration;

public class UnbuiltOptionTests
{
    [Fact]
    public void An_option_is_read_by_the_code_or_said_to_have_no_effect()
    {
        (string, string)[] everything = [.. OptionTable.Options.Select(option =>
            ($"PYRO__{option.Path.Replace(".", "__", StringComparison.Ordinal).Replace('-', '_')}", option.Default))];
        string[] warnings = [.. Assert.IsType<LoadedSettings>(Loading.Load("", null, null, everything)).Warnings];
        HashSet<string> read = Read();
        // All limits are read into one record, whoever then heeds them.
        Assert.Empty(OptionTable.Options.Where(option => !option.Path.StartsWith("limits.", StringComparison.Ordinal)
            && read.Contains(option.Path) == warnings.Any(warning => warning.StartsWith($"{option.Path} has no effect", StringComparison.Ordinal)))
            .Select(option => option.Path));
    }

    /// <summary>Every text of the product's code that could be a path.</summary>
    private static HashSet<string> Read()
    {
        HashSet<string> texts = [];
        foreach (string file in Directory.EnumerateFiles(Root(), "*.cs", SearchOption.AllDirectories))
        {
            string path = file.Replace('\\', '/');
            if (!path.Contains("/Pyro.Tests/", StringComparison.Ordinal) && !path.Contains("/lib/Pyro.Configuration/", StringComparison.Ordinal)
                && !path.Contains("/obj/", StringComparison.Ordinal))
            {
                texts.UnionWith(Regex.Matches(File.ReadAllText(file), "\"[a-z0-9_.-]+\"", RegexOptions.None, TimeSpan.FromSeconds(10))
                    .Select(match => match.Value.Trim('"')));
            }
        }
        return texts;
    }

    private static string Root()
    {
        string directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Pyro.sln")))
        {
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("the tests lie outside the repository");
        }
        return directory;
    }
}
