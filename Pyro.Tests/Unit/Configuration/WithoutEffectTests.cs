using System.Text.RegularExpressions;
using Pyro.Configuration;
using Pyro.Configuration.Table;

namespace Pyro.Tests.Unit.Configuration;

public class WithoutEffectTests
{
    [Fact]
    public void An_option_is_read_by_the_code_or_said_to_have_no_effect()
    {
        HashSet<string> read = Read();
        // All limits are read into one record, whoever then heeds them.
        Assert.Empty(OptionTable.Options.Where(option => !option.Path.StartsWith("limits.", StringComparison.Ordinal)
            && read.Contains(option.Path) == WithoutEffect.WhyOf(option) is not null)
            .Select(option => option.Path));
    }

    [Fact]
    public void Only_a_value_that_is_not_the_default_is_warned_of()
    {
        EarlyExit printed = Assert.IsType<EarlyExit>(Loading.Load("-print-config"));
        Assert.Empty(Assert.IsType<LoadedSettings>(Loading.Load(yaml: printed.Text)).Warnings);
        Assert.Equal(
            "shutdown_delay has no effect: a stop begins at once",
            Assert.Single(Assert.IsType<LoadedSettings>(Loading.Load("-shutdown-delay=1s -storage.filesystem.dir=./data-shared", printed.Text)).Warnings, warning => warning.StartsWith("shutdown", StringComparison.Ordinal)));
    }

    [Fact]
    public void Help_says_what_the_warning_says()
    {
        Dictionary<string, string> help = Assert.IsType<EarlyExit>(Loading.Load("-help-all")).Text.Split("\n  -").Skip(1)
            .ToDictionary(row => row[..row.IndexOfAny([' ', '\n'])]);
        Assert.All(OptionTable.Options.Where(option => option.Flag is not null), option => Assert.Equal(
            WithoutEffect.WhyOf(option) is { } why ? $"It has no effect: {why}." : "",
            Regex.Match(help[option.Flag!], @"It has no effect: .*?\.(?= \(default|\n|$)", RegexOptions.None, TimeSpan.FromSeconds(10)).Value));
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
