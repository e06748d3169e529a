using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting;

/// <summary>
/// The AppHost's command line: settings by name, and switches that stand for settings. Any name may be given, as with Aspire; what nobody
/// asked for and words that are no settings are told to who typed them.
/// </summary>
internal sealed class CommandLine
{
    private static readonly Dictionary<string, string> Switches = new(StringComparer.OrdinalIgnoreCase)
    {
        ["--operation"] = "AppHost:Operation",
        ["--publisher"] = "Publishing:Publisher",
        ["--step"] = "Pipeline:Step",
        ["--output-path"] = "Pipeline:OutputPath",
        ["--log-level"] = "Pipeline:LogLevel",
        ["--include-exception-details"] = "Pipeline:IncludeExceptionDetails",
    };

    /// <summary>Beginnings of settings that are read later, or by others than Program.cs.</summary>
    private static readonly string[] ReadLater = ["ASPIRE_", "ASPNETCORE_", "DOTNET_", "environment", "contentRoot", "applicationName", "urls"];

    private readonly string[] _args;
    private readonly AskedSettings _settings;

    // The configuration would end the program at a name with one dash.
    private CommandLine(string[] args) => (_args, _settings) = (args, new([.. args.Where(word => !HasOneDash(word))], Switches));

    /// <summary>Puts the command line above all other configuration.</summary>
    public static CommandLine AddTo(IConfigurationBuilder configuration, string[] args)
    {
        var line = new CommandLine(args);
        configuration.Add(line._settings);
        return line;
    }

    /// <summary>A sentence for each thing on the command line that says nothing to anybody, once Program.cs has read what it reads.</summary>
    public IEnumerable<string> Mistakes()
    {
        foreach (var key in _settings.Given.Where(key => !_settings.Asked.Contains(key) && !IsReadLater(key)))
        {
            var near = _settings.Asked.Where(asked => !asked.Contains(':', StringComparison.Ordinal) && !IsReadLater(asked))
                .Select(asked => (Name: asked, Distance: Spelling.Distance(asked, key))).Where(one => one.Distance <= 1 + (key.Length / 3)).ToList();
            yield return $"--{key} is no setting that this AppHost reads, and does nothing.{(near.Count == 0 ? "" : $" Did you mean --{near.MinBy(one => one.Distance).Name}?")}";
        }
        foreach (var word in Ignored())
            yield return $"\"{word}\" on the command line does nothing: settings are written --NAME=VALUE or --NAME VALUE.";
    }

    /// <summary>The words that the configuration passes over: those without a value, and values without a name.</summary>
    private IEnumerable<string> Ignored()
    {
        for (var i = 0; i < _args.Length; i++)
        {
            var word = _args[i];
            if (word.Contains('=', StringComparison.Ordinal) && !HasOneDash(word))
                continue;
            var named = word.StartsWith("--", StringComparison.Ordinal) || word.StartsWith('/');
            if (named && i + 1 < _args.Length)
                i++;
            else
                yield return word;
        }
    }

    private static bool HasOneDash(string word) => word.StartsWith('-') && !word.StartsWith("--", StringComparison.Ordinal);

    /// <summary>Settings in sections belong to the framework, which reads them when it needs them.</summary>
    private static bool IsReadLater(string key) =>
        key.Contains(':', StringComparison.Ordinal) || Array.Exists(ReadLater, beginning => key.StartsWith(beginning, StringComparison.OrdinalIgnoreCase));

    /// <summary>Reads whether the application runs or is published.</summary>
    /// <exception cref="DistributedApplicationException">The operation is neither.</exception>
    public static DistributedApplicationExecutionContextOptions Execution(IConfiguration configuration)
    {
        var publisher = configuration["Publishing:Publisher"];
        var operation = configuration["AppHost:Operation"] ?? (publisher is null ? "run" : "publish");
        if (operation.Equals("run", StringComparison.OrdinalIgnoreCase))
            return new(DistributedApplicationOperation.Run);
        if (operation.Equals("publish", StringComparison.OrdinalIgnoreCase))
            return new(DistributedApplicationOperation.Publish, publisher ?? "manifest");
        throw new DistributedApplicationException($"--operation says '{operation}': it has to be 'run' or 'publish'.");
    }
}
