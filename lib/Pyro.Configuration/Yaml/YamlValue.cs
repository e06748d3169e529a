namespace Pyro.Configuration.Yaml;

/// <summary>A value of a YAML (or JSON) document with the line it stands on.</summary>
/// <param name="Line">Line in the file, from 1.</param>
public abstract record YamlValue(int Line)
{
    /// <summary>Null, <c>~</c> or nothing at all.</summary>
    public bool IsNull => this is YamlScalar { Plain: true, Text: "" or "~" or "null" or "Null" or "NULL" };
}

/// <summary>A text, number or switch, as it is written.</summary>
/// <param name="Text">The text without quotes.</param>
/// <param name="Plain">Written without quotes.</param>
/// <param name="Line">Line in the file, from 1.</param>
public sealed record YamlScalar(string Text, bool Plain, int Line) : YamlValue(Line);

/// <summary>A sequence.</summary>
/// <param name="Items">Its values.</param>
/// <param name="Line">Line in the file, from 1.</param>
public sealed record YamlList(IReadOnlyList<YamlValue> Items, int Line) : YamlValue(Line);

/// <summary>A mapping; keys are unique.</summary>
/// <param name="Entries">Keys and values in the order of the file.</param>
/// <param name="Line">Line in the file, from 1.</param>
public sealed record YamlMap(IReadOnlyList<YamlEntry> Entries, int Line) : YamlValue(Line)
{
    /// <summary>The value of a key, or null when the key is absent.</summary>
    public YamlValue? this[string key]
    {
        get
        {
            foreach (YamlEntry entry in Entries)
            {
                if (entry.Key == key)
                {
                    return entry.Value;
                }
            }
            return null;
        }
    }
}

/// <summary>One key of a mapping.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">Its value.</param>
/// <param name="Line">Line of the key.</param>
public readonly record struct YamlEntry(string Key, YamlValue Value, int Line);

/// <summary>Text that is not YAML, or goes past our limits.</summary>
public sealed class YamlFormatException(string message, int line) : Exception($"line {line}: {message}")
{
    /// <summary>Line of the fault, from 1.</summary>
    public int Line { get; } = line;
}
