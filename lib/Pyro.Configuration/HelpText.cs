using System.Reflection;
using System.Text;
using Pyro.Configuration.Sources;
using Pyro.Configuration.Table;

namespace Pyro.Configuration;

/// <summary>The texts of <c>-help</c>, <c>-help-all</c> and <c>-version</c>.</summary>
internal static class HelpText
{
    /// <summary>The flags that most people need.</summary>
    public static string Short => Usage + Flags(advanced: false) + MoreToRead;

    /// <summary>Every flag.</summary>
    public static string Full => Usage + Flags(advanced: true) + MoreToRead;

    /// <summary>The program's name and version.</summary>
    public static string Version
    {
        get
        {
            string version = typeof(HelpText).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
            return $"pyro, version {version} (.NET {Environment.Version})\n";
        }
    }

    private const string Usage = """
        Usage of pyro:
          pyro [flags]                         run the server
          pyro push FILE... --name my-app      send profiles to a server; more with pyro push --help
          pyro blocks list|inspect|verify DIR  look into blocks on disk or in a bucket; more with pyro blocks --help
          pyro help                            print this, as -help, --help and -h do

        Flags of the server:

        """;

    private const string MoreToRead = """

        To see all flags, use -help-all; to see what is in force, -print-config. Every flag is also a YAML key of -config.file and a variable
        PYRO__SECTION__KEY. docs/operating.md tells more.

        """;

    private static string Flags(bool advanced)
    {
        StringBuilder text = new();
        foreach (Option option in CommandLine.Controls.Concat(OptionTable.Options).Where(option => option.Flag is not null && (advanced || !option.Advanced))
            .OrderBy(option => option.Flag, StringComparer.Ordinal))
        {
            text.Append($"  -{option.Flag}{TypeOf(option)}\n    \t{option.Help}{Choices(option)}{Effect(option)}{DefaultOf(option)}\n");
        }
        return text.ToString();
    }

    private static string TypeOf(Option option) => option.Kind switch
    {
        OptionKind.Switch => "",
        OptionKind.Integer => " int",
        OptionKind.Number => " float",
        OptionKind.Bytes or OptionKind.Budget => " size",
        OptionKind.Duration or OptionKind.LimitDuration => " duration",
        OptionKind.Durations => " durations",
        OptionKind.Structure => " yaml",
        OptionKind.Csv or OptionKind.List => " list",
        _ => " string",
    };

    private static string Choices(Option option) =>
        option.Choices.Count == 0 ? "" : $" One of {string.Join(", ", option.Choices.Where(choice => choice.Length > 0))}.";

    private static string Effect(Option option) => WithoutEffect.WhyOf(option) is { } why ? $" It has no effect: {why}." : "";

    private static string DefaultOf(Option option) => option.Kind switch
    {
        _ when option.Default.Length == 0 => "",
        OptionKind.Switch when option.Default == "false" => "",
        OptionKind.Text => $" (default \"{option.Default}\")",
        _ => $" (default {option.Default})",
    };
}
