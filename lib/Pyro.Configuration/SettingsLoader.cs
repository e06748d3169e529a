using Pyro.Configuration.Values;

namespace Pyro.Configuration;

/// <summary>Puts the settings together from everything that may give them.</summary>
public static class SettingsLoader
{
    /// <summary>Loads the settings.</summary>
    /// <param name="args">The command line without the program's name.</param>
    /// <param name="environment">The environment variables.</param>
    /// <param name="readFile">The text of a file, or null when there is none.</param>
    public static LoadResult Load(
        IReadOnlyList<string> args, IReadOnlyDictionary<string, string> environment, Func<string, string?> readFile)
    {
        CommandLine line = CommandLine.Parse(args);
        List<string> faults = [.. line.Unknown.Select(name => $"flag provided but not defined: -{name}"), .. line.Faults];
        Dictionary<string, object?> values = [];
        HashSet<string> given = [];
        foreach ((string flag, Option option, bool alias, string text) in line.Settings)
        {
            if (!OptionValue.TryParse(option, text, out object? value, out string reason))
            {
                faults.Add($"-{flag}: {reason}");
            }
            else if (!alias || !given.Contains(option.Path))
            {
                values[option.Path] = option.Kind == OptionKind.List && values.GetValueOrDefault(option.Path) is string[] before
                    ? (string[])[.. before, .. (string[])value!]
                    : value;
                given.Add(option.Path);
            }
        }
        if (faults.Count > 0)
        {
            return new FaultyConfiguration(faults, line.Unknown.Count > 0 ? 2 : 1);
        }
        string target = values.GetValueOrDefault("target") is string[] targets ? string.Join(',', targets) : "all";
        foreach (Option option in OptionTable.Options)
        {
            if (!values.ContainsKey(option.Path))
            {
                string text = Defaults.Of(option, OptionValue.Split(target).Contains("all"), environment);
                values[option.Path] = OptionValue.TryParse(option, text, out object? value, out string reason)
                    ? value
                    : throw new InvalidOperationException($"{option.Path}: {reason}");
            }
        }
        return new LoadedSettings(new Settings(values, given), []);
    }
}
