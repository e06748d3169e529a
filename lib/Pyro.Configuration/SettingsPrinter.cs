using System.Globalization;
using System.Text;
using System.Text.Json;
using Pyro.Configuration.Values;
using Pyro.Configuration.Yaml;

namespace Pyro.Configuration;

/// <summary>Writes settings as YAML that the loader reads back; secrets are masked.</summary>
public static class SettingsPrinter
{
    /// <summary>What is printed for a secret that is not empty.</summary>
    public const string Mask = "********";

    /// <summary>The settings in force.</summary>
    public static string Running(Settings settings) => Print(_ => true, settings.Value);

    /// <summary>The settings in force that are not the defaults; <c>{}</c> when all are.</summary>
    public static string Diff(Settings settings) =>
        Print(option => !IsDefault(settings, option), settings.Value);

    /// <summary>Whether an option has the value that it has when nobody sets it.</summary>
    internal static bool IsDefault(Settings settings, Option option) =>
        Scalar(option, settings.Value(option.Path)) == Scalar(option, settings.Default(option.Path));

    /// <summary>The defaults of a process with this target.</summary>
    public static string Defaults(Settings settings) => Print(_ => true, settings.Default);

    /// <summary>One section of the settings in force, its keys at the left margin (the limits of a tenant).</summary>
    public static string Section(Settings settings, string section, bool onlyDifferent)
    {
        StringBuilder text = new();
        foreach (Option option in OptionTable.Options)
        {
            string value = Scalar(option, settings.Value(option.Path));
            if (option.Path.StartsWith($"{section}.", StringComparison.Ordinal)
                && !(onlyDifferent && IsDefault(settings, option)))
            {
                text.Append(CultureInfo.InvariantCulture, $"{option.Path[(section.Length + 1)..]}: {value}\n");
            }
        }
        return text.Length == 0 ? "{}\n" : text.ToString();
    }

    private static string Print(Func<Option, bool> chosen, Func<string, object?> valueOf)
    {
        Node root = new();
        foreach (Option option in OptionTable.Options)
        {
            if (chosen(option))
            {
                root.At(option.Path).Value = Scalar(option, valueOf(option.Path));
            }
        }
        StringBuilder text = new();
        root.Write(text, -1);
        return text.Length == 0 ? "{}\n" : text.ToString();
    }

    /// <summary>A value as it stands behind its key; lists and trees in flow form.</summary>
    private static string Scalar(Option option, object? value) => value switch
    {
        string text when option.Secret => text.Length == 0 ? "\"\"" : Quoted(Mask),
        null => "null",
        bool on => on ? "true" : "false",
        string text => Quoted(text),
        long bytes when option.Kind == OptionKind.Bytes => ByteSize.Format(bytes),
        long number => number.ToString(CultureInfo.InvariantCulture),
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        TimeSpan duration => option.Kind == OptionKind.LimitDuration ? PrometheusDuration.Format(duration) : GoDuration.Format(duration),
        TimeSpan[] durations => $"[{string.Join(", ", durations.Select(GoDuration.Format))}]",
        string[] items when option.Kind == OptionKind.Csv => Quoted(string.Join(',', items)),
        string[] items => $"[{string.Join(", ", items.Select(Quoted))}]",
        YamlValue tree => Flow(tree),
        _ => throw new ArgumentOutOfRangeException(nameof(value)),
    };

    private static string Flow(YamlValue tree) => tree switch
    {
        YamlMap map => $"{{{string.Join(", ", map.Entries.Select(entry => $"{Json(entry.Key)}: {Flow(entry.Value)}"))}}}",
        YamlList list => $"[{string.Join(", ", list.Items.Select(Flow))}]",
        { IsNull: true } => "null",
        YamlScalar { Plain: true } scalar when IsPlain(scalar.Text) => scalar.Text,
        YamlScalar scalar => Json(scalar.Text),
        _ => throw new ArgumentOutOfRangeException(nameof(tree)),
    };

    /// <summary>A text as a YAML scalar or key, in quotes where it needs them.</summary>
    public static string Quoted(string text) => IsPlain(text) && !char.IsAsciiDigit(text[0]) && text is not ['.', not '/', ..] ? text : Json(text);

    /// <summary>Whether a text can stand without quotes and is not taken for a switch or null.</summary>
    private static bool IsPlain(string text) =>
        text.Length > 0 && text[0] is not '-'
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '/')
        && text is not ("null" or "Null" or "NULL" or "true" or "false" or "yes" or "no" or "on" or "off" or "y" or "n");

    private static string Json(string text) => JsonSerializer.Serialize(text, JsonOptions);

    private static readonly JsonSerializerOptions JsonOptions = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A key of the tree that is printed, with its value or its own keys in the order in which they came.</summary>
    private sealed class Node
    {
        private readonly List<(string Key, Node Node)> _children = [];

        public string? Value { get; set; }

        public Node At(string path)
        {
            int dot = path.IndexOf('.');
            string key = dot < 0 ? path : path[..dot];
            Node? child = _children.Find(child => child.Key == key).Node;
            if (child is null)
            {
                _children.Add((key, child = new Node()));
            }
            return dot < 0 ? child : child.At(path[(dot + 1)..]);
        }

        public void Write(StringBuilder text, int depth)
        {
            if (Value is not null)
            {
                text.Append(' ').Append(Value);
            }
            foreach ((string key, Node child) in _children)
            {
                if (text.Length > 0)
                {
                    text.Append('\n');
                }
                text.Append(' ', (depth + 1) * 2).Append(key).Append(':');
                child.Write(text, depth + 1);
            }
            if (depth < 0 && text.Length > 0)
            {
                text.Append('\n');
            }
        }
    }
}
