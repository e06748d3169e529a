using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Pyro.Connect.Protocol.Json;

/// <summary>
/// Turns the JSON of a message into its wire form, in one pass and without an object between. Accepts what Go's protojson accepts:
/// both names of a field, numbers as numbers or text, base64 in both alphabets with or without padding, null for absence; unknown
/// fields are passed over, a field given twice is refused.
/// </summary>
internal readonly ref struct JsonToWire(PooledBuffer output)
{
    // As deep as Google's binary parsers go.
    private const int MaxDepth = 100;

    private static readonly JsonReaderOptions Strict = new() { MaxDepth = MaxDepth };
    private static readonly JsonParser Google = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));

    /// <summary>Reads one message.</summary>
    /// <exception cref="JsonException">It is no JSON, or not of this message.</exception>
    public void Read(MessageShape shape, ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, Strict);
        try
        {
            reader.Read();
            ReadMessage(shape, ref reader, json);
            // Reads on to the end, so that what follows the object is refused.
            if (reader.Read())
                throw new JsonException("unexpected data after the message");
        }
        catch (InvalidOperationException e)
        {
            // What Utf8JsonReader throws for text that is no UTF-8 and for lone surrogates.
            throw new JsonException("invalid UTF-8 in string", e);
        }
    }

    private void ReadMessage(MessageShape shape, ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        if (shape.IsSpecial)
        {
            ReadSpecial(shape, ref reader, json);
            return;
        }
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Unexpected(shape.Name, ref reader);
        Span<ulong> seen = stackalloc ulong[(shape.Fields.Count + 63) / 64];
        Span<ulong> oneofs = stackalloc ulong[(shape.Fields.Count + 63) / 64];
        seen.Clear();
        oneofs.Clear();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var field = shape.ByName(ref reader);
            reader.Read();
            if (field is null)
            {
                reader.Skip();
                continue;
            }
            if (!Mark(seen, field.Index))
                throw new JsonException($"duplicate field \"{field.JsonName}\"");
            if (reader.TokenType == JsonTokenType.Null && !field.HasNull && field.Message is not { Name: "google.protobuf.Value" })
                continue;
            if (field.Oneof >= 0 && !Mark(oneofs, field.Oneof))
                throw new JsonException($"the oneof of \"{field.JsonName}\" is already set");
            ReadField(field, ref reader, json);
        }
    }

    private static bool Mark(Span<ulong> bits, int index)
    {
        var bit = 1UL << (index & 63);
        var fresh = (bits[index >> 6] & bit) == 0;
        bits[index >> 6] |= bit;
        return fresh;
    }

    private void ReadField(FieldShape field, ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        if (field.IsMap)
        {
            ReadMap(field, ref reader, json);
            return;
        }
        if (!field.IsRepeated)
        {
            ReadTagged(field, ref reader, json);
            return;
        }
        if (reader.TokenType != JsonTokenType.StartArray)
            throw Unexpected(field.JsonName.Value, ref reader);
        if (!field.IsPacked)
        {
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                ReadTagged(field, ref reader, json);
            return;
        }
        output.WriteVarint(field.LengthTag);
        var start = output.BeginLength();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            ReadScalar(field, ref reader);
        output.EndLength(start);
    }

    private void ReadTagged(FieldShape field, ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        var before = output.Length;
        output.WriteVarint(field.Tag);
        if (field.Message is not null)
        {
            var start = output.BeginLength();
            ReadMessage(field.Message, ref reader, json);
            output.EndLength(start);
        }
        else if (!ReadScalar(field, ref reader))
        {
            output.Truncate(before);
        }
    }

    /// <summary>A map is repeated entries: key 1, value 2.</summary>
    private void ReadMap(FieldShape field, ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Unexpected(field.JsonName.Value, ref reader);
        var key = field.Message!.ByNumber(1)!;
        var value = field.Message.ByNumber(2)!;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            output.WriteVarint(field.LengthTag);
            var start = output.BeginLength();
            output.WriteVarint(key.Tag);
            if (key.Type == FieldType.Bool)
                output.WriteVarint(reader.ValueTextEquals("true"u8) ? 1UL : reader.ValueTextEquals("false"u8) ? 0UL : throw Unexpected("a map's key", ref reader));
            else
                ReadScalar(key, ref reader);
            reader.Read();
            ReadTagged(value, ref reader, json);
            output.EndLength(start);
        }
    }

    /// <summary>Writes a value that is no message; false for the unknown name of an enum, which is passed over.</summary>
    private bool ReadScalar(FieldShape field, ref Utf8JsonReader reader)
    {
        switch (field.Type)
        {
            case FieldType.String:
                ReadText(field, ref reader);
                break;
            case FieldType.Bytes:
                ReadBytes(field, ref reader);
                break;
            case FieldType.Bool:
                output.WriteVarint(reader.TokenType switch { JsonTokenType.True => 1UL, JsonTokenType.False => 0UL, _ => throw Unexpected(field.JsonName.Value, ref reader) });
                break;
            case FieldType.Enum:
                return ReadEnum(field, ref reader);
            case FieldType.Double:
                output.WriteFixed64(BitConverter.DoubleToUInt64Bits(JsonNumber.Double(field.JsonName.Value, ref reader)));
                break;
            case FieldType.Float:
                output.WriteFixed32(BitConverter.SingleToUInt32Bits(JsonNumber.Single(field.JsonName.Value, ref reader)));
                break;
            default:
                ReadInteger(field, ref reader);
                break;
        }
        return true;
    }

    private void ReadInteger(FieldShape field, ref Utf8JsonReader reader)
    {
        var name = field.JsonName.Value;
        switch (field.Type)
        {
            case FieldType.Int32:
                output.WriteVarint((ulong)JsonNumber.Signed(name, ref reader, int.MinValue, int.MaxValue));
                break;
            case FieldType.Int64:
                output.WriteVarint((ulong)JsonNumber.Signed(name, ref reader, long.MinValue, long.MaxValue));
                break;
            case FieldType.UInt32:
                output.WriteVarint(JsonNumber.Unsigned(name, ref reader, uint.MaxValue));
                break;
            case FieldType.UInt64:
                output.WriteVarint(JsonNumber.Unsigned(name, ref reader, ulong.MaxValue));
                break;
            case FieldType.SInt32:
                output.WriteVarint(ZigZag(JsonNumber.Signed(name, ref reader, int.MinValue, int.MaxValue)));
                break;
            case FieldType.SInt64:
                output.WriteVarint(ZigZag(JsonNumber.Signed(name, ref reader, long.MinValue, long.MaxValue)));
                break;
            case FieldType.Fixed32:
                output.WriteFixed32((uint)JsonNumber.Unsigned(name, ref reader, uint.MaxValue));
                break;
            case FieldType.SFixed32:
                output.WriteFixed32((uint)(int)JsonNumber.Signed(name, ref reader, int.MinValue, int.MaxValue));
                break;
            case FieldType.Fixed64:
                output.WriteFixed64(JsonNumber.Unsigned(name, ref reader, ulong.MaxValue));
                break;
            case FieldType.SFixed64:
                output.WriteFixed64((ulong)JsonNumber.Signed(name, ref reader, long.MinValue, long.MaxValue));
                break;
            default:
                throw new JsonException($"fields of type {field.Type} have no JSON here: {name}");
        }
    }

    private bool ReadEnum(FieldShape field, ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Null when field.HasNull:
                output.WriteVarint(0);
                return true;
            case JsonTokenType.Number:
                output.WriteVarint((ulong)JsonNumber.Signed(field.JsonName.Value, ref reader, int.MinValue, int.MaxValue));
                return true;
            case JsonTokenType.String when field.EnumNumbers!.TryGetValue(reader.GetString()!, out var number):
                output.WriteVarint((ulong)number);
                return true;
            case JsonTokenType.String:
                return false;
            default:
                throw Unexpected(field.JsonName.Value, ref reader);
        }
    }

    private void ReadText(FieldShape field, ref Utf8JsonReader reader)
    {
        var start = output.BeginLength();
        CopyText(field, ref reader);
        output.EndLength(start);
    }

    private void ReadBytes(FieldShape field, ref Utf8JsonReader reader)
    {
        var start = output.BeginLength();
        CopyText(field, ref reader);
        // Decoded where it was copied to: the bytes are fewer than the characters.
        if (!Base64Text.TryDecodeInPlace(output.Written[start..], out var length))
            throw new JsonException($"invalid value for bytes field {field.JsonName}: no base64");
        output.Truncate(start + length);
        output.EndLength(start);
    }

    private void CopyText(FieldShape field, ref Utf8JsonReader reader)
    {
        if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName))
            throw Unexpected(field.JsonName.Value, ref reader);
        output.Advance(reader.CopyString(output.GetSpan(reader.ValueSpan.Length)));
    }

    private void ReadSpecial(MessageShape shape, ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        var text = Encoding.UTF8.GetString(json[start..(int)reader.BytesConsumed]);
        try
        {
            Google.Parse(text, shape.Descriptor).WriteTo(output);
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or InvalidJsonException or FormatException or OverflowException or InvalidOperationException)
        {
            throw new JsonException($"invalid value of {shape.Name}", e);
        }
    }

    private static ulong ZigZag(long value) => (ulong)((value << 1) ^ (value >> 63));

    private static JsonException Unexpected(string what, ref Utf8JsonReader reader) => new($"unexpected {reader.TokenType} for {what} at byte {reader.TokenStartIndex}");
}
