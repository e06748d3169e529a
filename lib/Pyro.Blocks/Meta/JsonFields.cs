using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Pyro.Blocks.Meta;

/// <summary>The fields of a JSON object; those that are absent or null read as zero or empty, others than asked for do not matter.</summary>
internal readonly struct JsonFields
{
    private readonly JsonElement _object;

    private JsonFields(JsonElement element)
    {
        _object = element.ValueKind == JsonValueKind.Object ? element
            : throw new FormatException($"an object should stand where {Kind(element)} stands");
    }

    /// <summary>Writes as Pyroscope does: indented by tabs.</summary>
    public static JsonWriterOptions Indented { get; } = new()
    {
        Indented = true,
        IndentCharacter = '\t',
        IndentSize = 1,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes as Pyroscope does where nobody reads it: without spaces.</summary>
    public static JsonWriterOptions Compact { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Makes something of a JSON object.</summary>
    /// <exception cref="DamagedBlockException">It is no JSON, or a field is not what it should be.</exception>
    public static T Read<T>(ReadOnlyMemory<byte> json, string file, Func<JsonFields, T> read)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return read(new JsonFields(document.RootElement));
        }
        catch (JsonException e)
        {
            throw Malformed(json.Span, file, e);
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException)
        {
            throw new DamagedBlockException(file, -1, e.Message, e);
        }
    }

    /// <summary>Whether a field is there.</summary>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>A text.</summary>
    public string Text(string name) => Find(name) is { } field ? Text(field, name) : "";

    /// <summary>A ULID, which must be there.</summary>
    public Ulid Id(string name) => Find(name) is { } field ? Id(field, name) : throw new FormatException($"field '{name}' is missing");

    /// <summary>A whole number that is not negative.</summary>
    public long Count(string name) =>
        Integer(name) is >= 0 and var count ? count : throw new FormatException($"field '{name}' is negative");

    /// <summary>A whole number.</summary>
    public long Integer(string name) => Find(name) is not { } field ? 0
        : field.ValueKind == JsonValueKind.Number && field.TryGetInt64(out var value) ? value
        : throw new FormatException($"field '{name}' should be a whole number");

    /// <summary>A small whole number that is not negative.</summary>
    public int Small(string name) =>
        Count(name) is <= int.MaxValue and var value ? (int)value : throw new FormatException($"field '{name}' is too large");

    /// <summary>A time in ms, written as seconds.</summary>
    public long Time(string name) => Find(name) is not { } field ? 0
        : field.ValueKind == JsonValueKind.Number && BlockTime.TryParse(JsonMarshal.GetRawUtf8Value(field), out var ms) ? ms
        : throw new FormatException($"field '{name}' should be a number of seconds without exponent");

    /// <summary>True or false.</summary>
    public bool Flag(string name) => Find(name)?.ValueKind switch
    {
        null or JsonValueKind.False => false,
        JsonValueKind.True => true,
        _ => throw new FormatException($"field '{name}' should be true or false"),
    };

    /// <summary>An object, or null.</summary>
    public JsonFields? Object(string name) => Find(name) is { } field ? new JsonFields(field) : null;

    /// <summary>A list of objects.</summary>
    public List<T> Objects<T>(string name, Func<JsonFields, T> read)
    {
        var list = new List<T>();
        foreach (var item in Items(name))
        {
            list.Add(read(new JsonFields(item)));
        }

        return list;
    }

    /// <summary>A list of ULIDs.</summary>
    public List<Ulid> Ids(string name)
    {
        var list = new List<Ulid>();
        foreach (var item in Items(name))
        {
            list.Add(Id(item, name));
        }

        return list;
    }

    /// <summary>A list of texts.</summary>
    public List<string> Texts(string name)
    {
        var list = new List<string>();
        foreach (var item in Items(name))
        {
            list.Add(Text(item, name));
        }

        return list;
    }

    /// <summary>Texts by name, in byte order of names; null when the field is absent.</summary>
    public SortedDictionary<string, string>? Map(string name)
    {
        if (Object(name) is not { } fields)
        {
            return null;
        }

        var map = new SortedDictionary<string, string>(Profiles.Labels.Utf8Order.Comparer);
        foreach (var property in fields._object.EnumerateObject())
        {
            map[property.Name] = Text(property.Value, property.Name);
        }

        return map;
    }

    private static DamagedBlockException Malformed(ReadOnlySpan<byte> json, string file, JsonException fault)
    {
        try
        {
            // There is nothing wrong with what comes before a cut.
            var reader = new Utf8JsonReader(json, isFinalBlock: false, default);
            while (reader.Read())
            {
            }

            return new DamagedBlockException(file, json.Length, "is cut off", fault);
        }
        catch (JsonException)
        {
            var offset = 0;
            for (var line = fault.LineNumber; line > 0; line--)
            {
                offset += json[offset..].IndexOf((byte)'\n') + 1;
            }

            return new DamagedBlockException(file, offset + (fault.BytePositionInLine ?? 0), $"is no JSON: {fault.Message.Split(". LineNumber")[0]}", fault);
        }
    }

    private JsonElement? Find(string name) =>
        _object.TryGetProperty(name, out var field) && field.ValueKind != JsonValueKind.Null ? field : null;

    private JsonElement.ArrayEnumerator Items(string name) => Find(name) is not { } field ? default
        : field.ValueKind == JsonValueKind.Array ? field.EnumerateArray()
        : throw new FormatException($"field '{name}' should be a list");

    private static Ulid Id(JsonElement field, string name) =>
        BlockPaths.TryParse(Text(field, name), out var id) ? id : throw new FormatException($"field '{name}' holds no ULID");

    private static string Text(JsonElement field, string name) => field.ValueKind == JsonValueKind.String ? field.GetString()!
        : throw new FormatException($"field '{name}' should be text");

    private static string Kind(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Array => "a list",
        JsonValueKind.Null => "null",
        JsonValueKind.Number => "a number",
        JsonValueKind.String => "text",
        _ => "something else",
    };
}
