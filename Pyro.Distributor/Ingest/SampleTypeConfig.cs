using System.Text.Json;

namespace Pyro.Distributor.Ingest;

/// <summary>
/// The part <c>sample_type_config</c> of a pprof form: JSON, keyed by sample type. Of its members only the display name has an effect.
/// </summary>
internal sealed class SampleTypeConfig
{
    private readonly Dictionary<string, string> _displayNames;

    private SampleTypeConfig(Dictionary<string, string> displayNames) => _displayNames = displayNames;

    /// <summary>What holds when a request brings none.</summary>
    public static SampleTypeConfig Default { get; } = new(new(StringComparer.Ordinal)
    {
        ["samples"] = "cpu",
        ["goroutine"] = "goroutines",
        ["contentions"] = "mutex_count",
        ["delay"] = "mutex_duration",
    });

    /// <summary>Reads the part.</summary>
    /// <exception cref="JsonException">Not an object of objects.</exception>
    public static SampleTypeConfig Parse(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json);
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        if (document.RootElement.ValueKind != JsonValueKind.Object) throw new JsonException("sample_type_config is no JSON object");
        foreach (var type in document.RootElement.EnumerateObject())
        {
            if (type.Value.ValueKind != JsonValueKind.Object) throw new JsonException($"sample_type_config of {type.Name} is no JSON object");
            names[type.Name] = "";
            if (!type.Value.TryGetProperty("display-name", out var name)) continue;
            if (name.ValueKind != JsonValueKind.String) throw new JsonException($"display-name of {type.Name} is no text");
            names[type.Name] = name.GetString()!;
        }

        return new SampleTypeConfig(names);
    }

    /// <summary>Whether the request named a type.</summary>
    public bool Names(string type) => _displayNames.ContainsKey(type);

    /// <summary>The name under which a type is shown: its own unless configured otherwise.</summary>
    public string DisplayName(string type) => _displayNames.TryGetValue(type, out var name) && name != "" ? name : type;
}
