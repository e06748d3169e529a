using System.Text.Json;
using Pyro.Configuration.Yaml;

namespace Pyro.Configuration.Sources;

/// <summary>Reads JSON as <c>appsettings.json</c> has it (comments, trailing commas) into the tree that YAML gives, without lines.</summary>
internal static class JsonTree
{
    private static readonly JsonDocumentOptions Options = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>The tree.</summary>
    /// <exception cref="JsonException">The text is not JSON.</exception>
    public static YamlValue Read(string text)
    {
        using JsonDocument document = JsonDocument.Parse(text, Options);
        return Convert(document.RootElement);
    }

    private static YamlValue Convert(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => Map(element),
        JsonValueKind.Array => new YamlList([.. element.EnumerateArray().Select(Convert)], 0),
        JsonValueKind.String => new YamlScalar(element.GetString()!, Plain: false, 0),
        JsonValueKind.Null => new YamlScalar("null", Plain: true, 0),
        _ => new YamlScalar(element.GetRawText(), Plain: true, 0),
    };

    private static YamlMap Map(JsonElement element)
    {
        Dictionary<string, YamlEntry> entries = [];
        foreach (JsonProperty property in element.EnumerateObject())
        {
            entries[property.Name] = new YamlEntry(property.Name, Convert(property.Value), 0);
        }
        return new YamlMap([.. entries.Values], 0);
    }
}
