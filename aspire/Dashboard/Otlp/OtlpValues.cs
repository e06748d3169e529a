using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Aspire.Dashboard.Telemetry;
using static Aspire.Dashboard.Otlp.WireReader;

namespace Aspire.Dashboard.Otlp;

/// <summary>The messages that all three signals share: values, attributes, resources, scopes, ids (common.proto, resource.proto).</summary>
internal static class OtlpValues
{
    private const int MaxDepth = 8;

    /// <summary>Reads a KeyValue into the list, unless the list is full.</summary>
    public static void Attribute(ReadOnlySpan<byte> bytes, List<TelemetryAttribute> attributes)
    {
        if (attributes.Count >= TelemetryLimits.MaxAttributes)
            return;
        var (name, value) = KeyValue(bytes, 0);
        attributes.Add(new TelemetryAttribute(name, value));
    }

    /// <summary>The attributes gathered, as an array; the list is emptied.</summary>
    public static TelemetryAttribute[] Gathered(List<TelemetryAttribute> attributes)
    {
        if (attributes.Count == 0)
            return [];
        var array = attributes.ToArray();
        attributes.Clear();
        return array;
    }

    /// <summary>An AnyValue as text.</summary>
    public static string Value(ReadOnlySpan<byte> bytes) => Value(bytes, 0);

    /// <summary>The attributes of a Resource message.</summary>
    public static TelemetryAttribute[] Resource(ReadOnlySpan<byte> bytes)
    {
        var attributes = new List<TelemetryAttribute>();
        long weight = 0;
        var reader = new WireReader(bytes);
        while (reader.Next())
        {
            if (reader.Tag == (1 << 3 | Length) && weight < TelemetryLimits.MaxResourceBytes)
            {
                Attribute(reader.ReadBytes(), attributes);
                weight += Weight.Of(attributes[^1]);
            }
            else
                reader.Skip();
        }
        return Gathered(attributes);
    }

    /// <summary>The name of an InstrumentationScope.</summary>
    public static string Scope(ReadOnlySpan<byte> bytes)
    {
        var name = "";
        var reader = new WireReader(bytes);
        while (reader.Next())
        {
            if (reader.Tag == (1 << 3 | Length))
                name = reader.ReadString(TelemetryLimits.MaxNameBytes);
            else
                reader.Skip();
        }
        return name;
    }

    /// <summary>A trace id of 16 bytes; 0 for any other length.</summary>
    public static UInt128 TraceId(ReadOnlySpan<byte> bytes) => bytes.Length == 16 ? BinaryPrimitives.ReadUInt128BigEndian(bytes) : UInt128.Zero;

    /// <summary>A span id of 8 bytes; 0 for any other length.</summary>
    public static ulong SpanId(ReadOnlySpan<byte> bytes) => bytes.Length == 8 ? BinaryPrimitives.ReadUInt64BigEndian(bytes) : 0;

    /// <summary>A time within what can be shown: the years up to 2262.</summary>
    public static long Nanos(ulong time) => time > long.MaxValue ? long.MaxValue : (long)time;

    private static (string Name, string Value) KeyValue(ReadOnlySpan<byte> bytes, int depth)
    {
        string name = "", value = "";
        var reader = new WireReader(bytes);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case 1 << 3 | Length:
                    name = reader.ReadString(TelemetryLimits.MaxNameBytes);
                    break;
                case 2 << 3 | Length:
                    value = Value(reader.ReadBytes(), depth);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
        return (name, value);
    }

    private static string Value(ReadOnlySpan<byte> bytes, int depth)
    {
        var value = "";
        var reader = new WireReader(bytes);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case 1 << 3 | Length:
                    value = reader.ReadString(TelemetryLimits.MaxValueBytes);
                    break;
                case 2 << 3 | Varint:
                    value = reader.ReadVarint() == 0 ? "false" : "true";
                    break;
                case 3 << 3 | Varint:
                    value = Interned.Get(((long)reader.ReadVarint()).ToString(CultureInfo.InvariantCulture));
                    break;
                case 4 << 3 | Fixed64:
                    value = reader.ReadDouble().ToString("R", CultureInfo.InvariantCulture);
                    break;
                case 5 << 3 | Length:
                    value = List(reader.ReadBytes(), '[', ']', depth);
                    break;
                case 6 << 3 | Length:
                    value = List(reader.ReadBytes(), '{', '}', depth);
                    break;
                case 7 << 3 | Length:
                    var raw = reader.ReadBytes();
                    value = Convert.ToBase64String(raw[..Math.Min(raw.Length, TelemetryLimits.MaxValueBytes / 2)]);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
        return value;
    }

    /// <summary>A list or a map in the form of JSON, cut when it grows too long or too deep.</summary>
    private static string List(ReadOnlySpan<byte> bytes, char open, char close, int depth)
    {
        var text = new StringBuilder().Append(open);
        var reader = new WireReader(bytes);
        while (reader.Next())
        {
            if (reader.Tag != (1 << 3 | Length))
            {
                reader.Skip();
                continue;
            }
            var item = reader.ReadBytes();
            if (text.Length > 1)
                text.Append(',');
            if (depth >= MaxDepth || text.Length > TelemetryLimits.MaxValueBytes)
                return text.Append('…').Append(close).ToString();
            if (open == '[')
            {
                text.Append(Item(item, Value(item, depth + 1)));
            }
            else
            {
                var (name, value) = KeyValue(item, depth + 1);
                text.Append(Quoted(name)).Append(':').Append(Quoted(value));
            }
        }
        return text.Append(close).ToString();
    }

    private static string Item(ReadOnlySpan<byte> bytes, string value) => bytes.Length > 0 && bytes[0] == (1 << 3 | Length) ? Quoted(value) : value;

    private static string Quoted(string text) => '"' + JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString() + '"';
}
