using System.Globalization;
using Pyro.Configuration.Values;
using Pyro.Configuration.Yaml;

namespace Pyro.Tenancy;

/// <summary>Reads one mapping of a structured limit, strictly: each key that nobody asks for is a fault.</summary>
internal sealed class StructureReader
{
    private readonly string _path;
    private readonly YamlMap _map;
    private readonly List<string> _faults;
    private readonly HashSet<string> _read = [];

    /// <summary>Begins to read.</summary>
    /// <param name="path">Where the mapping stands, for faults.</param>
    /// <param name="value">The mapping; null is an empty one.</param>
    /// <param name="faults">Takes what is wrong.</param>
    public StructureReader(string path, YamlValue? value, List<string> faults)
    {
        (_path, _faults) = (path, faults);
        _map = value as YamlMap ?? new YamlMap([], 0);
        if (value is not (null or YamlMap) && !value.IsNull)
        {
            faults.Add($"{path} is a mapping");
        }
    }

    /// <summary>The keys, each of which counts as read.</summary>
    public IEnumerable<(string Key, YamlValue Value)> Entries
    {
        get
        {
            foreach (YamlEntry entry in _map.Entries)
            {
                _read.Add(entry.Key);
                yield return (entry.Key, entry.Value);
            }
        }
    }

    /// <summary>What stands under a key, null when it is absent or null.</summary>
    public YamlValue? Value(string key)
    {
        _read.Add(key);
        return _map[key] is { IsNull: false } value ? value : null;
    }

    /// <summary>A text.</summary>
    public string Text(string key, string otherwise = "") => Value(key) switch
    {
        null => _map[key] is YamlScalar { Text: "" } ? "" : otherwise,
        YamlScalar scalar => scalar.Text,
        _ => Fault(key, "is a text", otherwise),
    };

    /// <summary>A switch.</summary>
    public bool Flag(string key) => Text(key) switch
    {
        "" or "false" => false,
        "true" => true,
        _ => Fault(key, "is true or false", otherwise: false),
    };

    /// <summary>A number that is not negative.</summary>
    public double Number(string key)
    {
        string text = Text(key);
        return text.Length == 0 ? 0
            : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value >= 0 && double.IsFinite(value) ? value
            : Fault(key, "is a number, not below 0", 0.0);
    }

    /// <summary>A whole number that is not negative.</summary>
    public long Integer(string key)
    {
        string text = Text(key);
        return text.Length == 0 ? 0
            : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value
            : Fault(key, "is a whole number, not below 0", 0L);
    }

    /// <summary>A duration, in Go's or Prometheus' form.</summary>
    public TimeSpan Duration(string key)
    {
        string text = Text(key);
        return text.Length == 0 ? TimeSpan.Zero
            : PrometheusDuration.TryParse(text, out TimeSpan value) || (GoDuration.TryParse(text, out value) && value >= TimeSpan.Zero) ? value
            : Fault(key, "is a duration", TimeSpan.Zero);
    }

    /// <summary>A list of texts.</summary>
    public IReadOnlyList<string> Texts(string key)
    {
        YamlValue? value = Value(key);
        return value is YamlList list && list.Items.All(item => item is YamlScalar) ? [.. list.Items.Select(item => ((YamlScalar)item).Text)]
            : value is null ? []
            : Fault<IReadOnlyList<string>>(key, "is a list of texts", []);
    }

    /// <summary>A mapping below this one.</summary>
    public StructureReader Map(string key) => new($"{_path}.{key}", Value(key), _faults);

    /// <summary>Notes what is wrong with a key.</summary>
    public T Fault<T>(string key, string text, T otherwise)
    {
        _faults.Add($"{_path}.{key} {text}");
        return otherwise;
    }

    /// <summary>Notes the keys that were not read.</summary>
    public void End()
    {
        foreach (YamlEntry entry in _map.Entries)
        {
            if (!_read.Contains(entry.Key))
            {
                _faults.Add($"{_path}: field {entry.Key} not found");
            }
        }
    }
}
