using System.Globalization;
using Pyro.Configuration.Yaml;

namespace Pyro.Configuration.Values;

/// <summary>
/// Turns texts and YAML into the values that <see cref="Settings"/> holds, by kind: string, bool, long, double, TimeSpan, string[],
/// TimeSpan[] or <see cref="YamlValue"/> (null for an empty structure).
/// </summary>
internal static class OptionValue
{
    /// <summary>Reads a text as an option's kind and checks its bounds; false with the reason otherwise.</summary>
    public static bool TryParse(Option option, string text, out object? value, out string reason)
    {
        (value, reason) = option.Kind switch
        {
            OptionKind.Text => (text, ""),
            OptionKind.Switch => Switch(text),
            OptionKind.Integer => Integer(text),
            OptionKind.Number => Number(text),
            OptionKind.Bytes => ByteSize.TryParse(text, out long bytes) ? (bytes, "") : Not(text, "a size in bytes (4194304, 4MiB)"),
            OptionKind.Budget => ByteSize.TryParseShare(text, long.MaxValue, out _) ? (text, "") : Not(text, "a size (4GiB) or a share (60%)"),
            OptionKind.Duration => Duration(text),
            OptionKind.LimitDuration => PrometheusDuration.TryParse(text, out TimeSpan limit) ? (limit, "") : Not(text, "a duration (30s, 1h30m, 7d)"),
            OptionKind.Durations => Durations(text),
            OptionKind.Csv or OptionKind.List => (Split(text), ""),
            OptionKind.Structure => Structure(text),
            _ => throw new ArgumentOutOfRangeException(nameof(option)),
        };
        return reason.Length == 0 && InBounds(option, value, out reason);
    }

    /// <summary>Reads a YAML value as an option's kind.</summary>
    public static bool TryParse(Option option, YamlValue yaml, out object? value, out string reason)
    {
        switch (yaml)
        {
            case var tree when option.Kind == OptionKind.Structure:
                (value, reason) = (tree.IsNull ? null : tree, "");
                return true;
            case YamlScalar scalar:
                return TryParse(option, scalar.Text, out value, out reason);
            case YamlList list when option.Kind is OptionKind.Csv or OptionKind.List or OptionKind.Durations:
                if (!list.Items.All(item => item is YamlScalar))
                {
                    break;
                }
                string[] items = [.. list.Items.Select(item => ((YamlScalar)item).Text)];
                if (option.Kind != OptionKind.Durations)
                {
                    (value, reason) = (items, "");
                    return true;
                }
                return TryParse(option, string.Join(',', items), out value, out reason);
        }
        value = null;
        reason = yaml is YamlMap ? "has no keys below it" : "takes a single value";
        return false;
    }

    /// <summary>The items of a comma separated text, trimmed, without empty ones.</summary>
    public static string[] Split(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static (object?, string) Not(string text, string what) => (null, $"\"{text}\" is not {what}");

    private static (object?, string) Switch(string text) => text switch
    {
        "1" or "t" or "T" or "true" or "True" or "TRUE" or "y" or "Y" or "yes" or "Yes" or "YES" or "on" or "On" or "ON" => (true, ""),
        "0" or "f" or "F" or "false" or "False" or "FALSE" or "n" or "N" or "no" or "No" or "NO" or "off" or "Off" or "OFF" => (false, ""),
        _ => Not(text, "true or false"),
    };

    private static (object?, string) Integer(string text)
    {
        bool hexadecimal = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        return hexadecimal && long.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long value)
            || !hexadecimal && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value)
            ? (value, "")
            : Not(text, "a whole number");
    }

    private static (object?, string) Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value)
            ? (value, "")
            : Not(text, "a number");

    private static (object?, string) Duration(string text) =>
        GoDuration.TryParse(text, out TimeSpan value) ? (value, "") : Not(text, "a duration (30s, 1h30m, 250ms)");

    private static (object?, string) Durations(string text)
    {
        string[] items = Split(text);
        TimeSpan[] values = new TimeSpan[items.Length];
        for (int i = 0; i < items.Length; i++)
        {
            if (!GoDuration.TryParse(items[i], out values[i]))
            {
                return Not(items[i], "a duration (30s, 1h30m, 250ms)");
            }
        }
        return (values, "");
    }

    private static (object?, string) Structure(string text)
    {
        try
        {
            YamlValue? tree = YamlReader.Read(text);
            return (tree is { IsNull: true } ? null : tree, "");
        }
        catch (YamlFormatException e)
        {
            return (null, e.Message);
        }
    }

    private static bool InBounds(Option option, object? value, out string reason)
    {
        reason = value switch
        {
            string text when option.Choices.Count > 0 && !option.Choices.Contains(text) && !option.Unsupported.Contains(text) =>
                $"\"{text}\" is not one of {Listed(option.Choices)}",
            long or double when Convert.ToDouble(value, CultureInfo.InvariantCulture) is var number && (number < option.Min || number > option.Max) =>
                double.IsInfinity(option.Max) ? $"{value} is below {option.Min}" : $"{value} is not within {option.Min} and {option.Max}",
            TimeSpan duration when duration < TimeSpan.Zero => $"{GoDuration.Format(duration)} is negative",
            _ => "",
        };
        return reason.Length == 0;
    }

    private static string Listed(IEnumerable<string> choices) => string.Join(", ", choices.Where(choice => choice.Length > 0));
}
