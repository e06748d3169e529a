using System.Collections.Frozen;
using System.Text.Json;
using Pyro.Configuration.Sources;
using Pyro.Configuration.Table;
using Pyro.Configuration.Values;
using Pyro.Configuration.Yaml;

namespace Pyro.Configuration;

/// <summary>Puts the settings together from everything that may give them.</summary>
public static class SettingsLoader
{
    private const string AppSettings = "appsettings.json";

    /// <summary>Loads the settings. All faults are gathered before any is told.</summary>
    /// <param name="args">The command line without the program's name.</param>
    /// <param name="environment">The environment variables.</param>
    /// <param name="readFile">The text of a file, or null when there is none; throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/> when it cannot be read.</param>
    /// <param name="check">What the owners of the settings find wrong with them, one line each.</param>
    public static LoadResult Load(
        IReadOnlyList<string> args,
        IReadOnlyDictionary<string, string> environment,
        Func<string, string?> readFile,
        Func<Settings, IReadOnlyList<string>>? check = null)
    {
        CommandLine line = CommandLine.Parse(args);
        List<string> faults = [.. line.Faults];
        Dictionary<string, object?> given = [];
        foreach (Layer layer in Layers(line, environment, readFile, faults))
        {
            foreach ((string path, object? value) in layer.Values)
            {
                given[path] = value;
            }
        }
        foreach ((Option option, string text) in line.Additions)
        {
            given[option.Path] = (string[])[.. given.GetValueOrDefault(option.Path) as string[] ?? [], .. OptionValue.Split(text)];
        }
        Settings settings = new(DefaultsFor(given, environment), given);
        SettingsRules.Check(settings, faults);
        faults.AddRange(check?.Invoke(settings) ?? []);
        return faults.Count > 0
            ? new FaultyConfiguration([.. faults.Distinct()], line.HasUnknownFlags ? 2 : 1)
            : EarlyText(line, settings) is { } early ? new EarlyExit(early, 0)
            : new LoadedSettings(settings, Warnings(settings, given.Keys));
    }

    /// <summary>The sources from weak to strong.</summary>
    private static List<Layer> Layers(
        CommandLine line, IReadOnlyDictionary<string, string> environment, Func<string, string?> readFile, List<string> faults)
    {
        Layer appSettings = new(faults), connections = new(faults), urls = new(faults);
        Layer file = new(faults), variables = new(faults), flags = new(faults);
        YamlMap? json = ReadAppSettings(readFile, appSettings);
        if (json?["Pyro"] is { } ours)
        {
            YamlSettings.Read(ours, "", AppSettings, appSettings);
        }
        ConnectionStrings.Read(name => Connection(name, environment, json), connections);
        ListenUrls.Read(environment, urls);
        ReadConfigFile(line, environment, readFile, file);
        EnvironmentSettings.Read(environment, variables);
        line.Read(flags);
        return [appSettings, connections, urls, file, variables, flags];
    }

    private static YamlMap? ReadAppSettings(Func<string, string?> readFile, Layer layer)
    {
        try
        {
            return readFile(AppSettings) is { } text ? JsonTree.Read(text) as YamlMap : null;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            layer.Fault($"{AppSettings}: {e.Message}");
            return null;
        }
    }

    private static string? Connection(string name, IReadOnlyDictionary<string, string> environment, YamlMap? appSettings)
    {
        foreach ((string variable, string value) in environment)
        {
            if (variable.Equals($"ConnectionStrings__{name}", StringComparison.OrdinalIgnoreCase))
            {
                return value;
            }
        }
        return ((appSettings?["ConnectionStrings"] as YamlMap)?[name] as YamlScalar)?.Text;
    }

    private static void ReadConfigFile(
        CommandLine line, IReadOnlyDictionary<string, string> environment, Func<string, string?> readFile, Layer layer)
    {
        if (line.Control.GetValueOrDefault("config.file") is not { Length: > 0 } name)
        {
            return;
        }
        try
        {
            if (readFile(name) is not { } text)
            {
                layer.Fault($"{name}: no such file");
            }
            else if (YamlReader.Read(line.IsOn("config.expand-env") ? new EnvExpansion(environment).Expand(text) : text) is { } tree)
            {
                YamlSettings.Read(tree, "", name, layer);
            }
        }
        catch (Exception e) when (e is YamlFormatException or EnvExpansionException or IOException or UnauthorizedAccessException)
        {
            layer.Fault($"{name}: {e.Message}");
        }
    }

    private static FrozenDictionary<string, object?> DefaultsFor(Dictionary<string, object?> given, IReadOnlyDictionary<string, string> environment)
    {
        bool all = given.GetValueOrDefault("target") is not string[] targets || targets.Contains("all");
        return OptionTable.Options.ToFrozenDictionary(option => option.Path, option =>
            OptionValue.TryParse(option, Defaults.Of(option, all, environment), out object? value, out string reason)
                ? value
                : throw new InvalidOperationException($"{option.Path}: {reason}"));
    }

    private static string? EarlyText(CommandLine line, Settings settings) =>
        line.IsOn("help") || line.IsOn("h") ? HelpText.Short
        : line.IsOn("help-all") ? HelpText.Full
        : line.IsOn("version") ? HelpText.Version
        : line.IsOn("modules") ? Modules.Text
        : line.IsOn("print-config") ? SettingsPrinter.Running(settings)
        : null;

    private static List<string> Warnings(Settings settings, IEnumerable<string> given)
    {
        List<string> warnings = [];
        foreach (string path in given.Order(StringComparer.Ordinal))
        {
            Option option = OptionTable.ByPath(path);
            if (WithoutEffect.WhyOf(option) is { } why && !SettingsPrinter.IsDefault(settings, option))
            {
                warnings.Add($"{path} has no effect: {why}");
            }
        }
        return warnings;
    }
}
