using Pyro.Configuration.Values;
using Pyro.Configuration.Yaml;

namespace Pyro.Configuration.Sources;

/// <summary>What one source gives: values by path. An option's own name wins over its other names.</summary>
internal sealed class Layer(List<string> faults)
{
    private readonly HashSet<string> _byOwnName = [];

    /// <summary>The values, by path.</summary>
    public Dictionary<string, object?> Values { get; } = [];

    /// <summary>Notes a fault of the source.</summary>
    public void Fault(string text) => faults.Add(text);

    /// <summary>Takes a text.</summary>
    /// <param name="origin">Where it stands, for the fault.</param>
    /// <param name="option">The option.</param>
    /// <param name="alias">The option was called by another name.</param>
    /// <param name="text">The text.</param>
    public void Set(string origin, Option option, bool alias, string text)
    {
        if (OptionValue.TryParse(option, text, out object? value, out string reason))
        {
            Set(option, alias, value);
        }
        else
        {
            Fault($"{origin}: {Secretless(option, text, reason)}");
        }
    }

    /// <summary>Takes a YAML value.</summary>
    public void Set(string origin, Option option, bool alias, YamlValue yaml)
    {
        if (OptionValue.TryParse(option, yaml, out object? value, out string reason))
        {
            Set(option, alias, value);
        }
        else
        {
            Fault($"{origin}: {reason}");
        }
    }


    private void Set(Option option, bool alias, object? value)
    {
        if (!alias || !_byOwnName.Contains(option.Path))
        {
            Values[option.Path] = value;
        }
        if (!alias)
        {
            _byOwnName.Add(option.Path);
        }
    }

    private static string Secretless(Option option, string text, string reason) =>
        option.Secret && text.Length > 0 ? reason.Replace(text, SettingsPrinter.Mask, StringComparison.Ordinal) : reason;
}
