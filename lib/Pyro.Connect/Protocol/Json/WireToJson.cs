using System.Buffers.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Pyro.Connect.Protocol.Json;

/// <summary>
/// Writes the JSON of a message from its wire form, without an object between: 64-bit integers as text, enums by name, bytes as
/// padded base64, fields by their JSON names. The values of a repeated field must lie together and no other field come twice, as
/// every protobuf writer has it: the bytes come from our own marshallers.
/// </summary>
internal readonly ref struct WireToJson(Utf8JsonWriter json)
{
    /// <summary>How the writer must be made: only our own output passes through it, so it need not be checked again.</summary>
    public static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true, MaxDepth = 1000 };

    private static readonly JsonFormatter Google = new(JsonFormatter.Settings.Default);

    /// <summary>Writes one message.</summary>
    /// <exception cref="InvalidDataException">The bytes are none.</exception>
    public void Write(MessageShape shape, ReadOnlySpan<byte> wire)
    {
        if (shape.IsSpecial)
        {
            json.WriteRawValue(JsonBlanks.Remove(Google.Format(shape.Descriptor.Parser.ParseFrom(wire.ToArray()))));
            return;
        }
        json.WriteStartObject();
        FieldShape? open = null;
        while (!wire.IsEmpty)
        {
            var tag = WireReader.Varint(ref wire);
            var field = shape.ByNumber((int)(tag >> 3));
            if (field != open)
            {
                Close(open);
                Open(field);
                open = field;
            }
            if (field is null)
                WireReader.Skip(ref wire, (int)tag & 7);
            else if (field.IsMap)
                WriteEntry(field.Message!, WireReader.Bytes(ref wire));
            else if (((int)tag & 7) == 2 && field.WireType != 2)
                WritePacked(field, WireReader.Bytes(ref wire));
            else
                WriteValue(field, ref wire);
        }
        Close(open);
        json.WriteEndObject();
    }

    private void Open(FieldShape? field)
    {
        if (field is null)
            return;
        json.WritePropertyName(field.JsonName);
        if (field.IsMap)
            json.WriteStartObject();
        else if (field.IsRepeated)
            json.WriteStartArray();
    }

    private void Close(FieldShape? field)
    {
        if (field is { IsMap: true })
            json.WriteEndObject();
        else if (field is { IsRepeated: true })
            json.WriteEndArray();
    }

    private void WritePacked(FieldShape field, ReadOnlySpan<byte> values)
    {
        while (!values.IsEmpty)
            WriteValue(field, ref values);
    }

    private void WriteEntry(MessageShape entry, ReadOnlySpan<byte> wire)
    {
        // The key's JSON is a text whatever its type; key and value are both present or default.
        var key = "";
        var value = ReadOnlySpan<byte>.Empty;
        var keyShape = entry.ByNumber(1)!;
        var valueShape = entry.ByNumber(2)!;
        if (keyShape.Type != FieldType.String)
            key = keyShape.Type == FieldType.Bool ? "false" : "0";
        while (!wire.IsEmpty)
        {
            var tag = WireReader.Varint(ref wire);
            if (tag >> 3 == 1)
                key = KeyText(keyShape, ref wire);
            else
                value = WireReader.Raw(ref wire, (int)tag & 7);
        }
        json.WritePropertyName(key);
        if (!value.IsEmpty)
            WriteValue(valueShape, ref value);
        else
            WriteDefault(valueShape);
    }

    private static string KeyText(FieldShape key, ref ReadOnlySpan<byte> wire) => key.Type switch
    {
        FieldType.String => System.Text.Encoding.UTF8.GetString(WireReader.Bytes(ref wire)),
        FieldType.Bool => WireReader.Varint(ref wire) != 0 ? "true" : "false",
        FieldType.Fixed32 => WireReader.Fixed32(ref wire).ToString(),
        FieldType.SFixed32 => ((int)WireReader.Fixed32(ref wire)).ToString(),
        FieldType.Fixed64 => WireReader.Fixed64(ref wire).ToString(),
        FieldType.SFixed64 => ((long)WireReader.Fixed64(ref wire)).ToString(),
        FieldType.SInt32 or FieldType.SInt64 => UnZigZag(WireReader.Varint(ref wire)).ToString(),
        FieldType.UInt32 or FieldType.UInt64 => WireReader.Varint(ref wire).ToString(),
        _ => ((long)WireReader.Varint(ref wire)).ToString(),
    };

    private void WriteDefault(FieldShape field)
    {
        ReadOnlySpan<byte> zero = [0, 0, 0, 0, 0, 0, 0, 0];
        WriteValue(field, ref zero);
    }

    private void WriteValue(FieldShape field, ref ReadOnlySpan<byte> wire)
    {
        switch (field.Type)
        {
            case FieldType.String:
                json.WriteStringValue(WireReader.Bytes(ref wire));
                break;
            case FieldType.Bytes:
                json.WriteBase64StringValue(WireReader.Bytes(ref wire));
                break;
            case FieldType.Message:
                Write(field.Message!, WireReader.Bytes(ref wire));
                break;
            case FieldType.Bool:
                json.WriteBooleanValue(WireReader.Varint(ref wire) != 0);
                break;
            case FieldType.Enum:
                WriteEnum(field, (int)WireReader.Varint(ref wire));
                break;
            case FieldType.Double:
                WriteDouble(BitConverter.UInt64BitsToDouble(WireReader.Fixed64(ref wire)));
                break;
            case FieldType.Float:
                WriteFloat(BitConverter.UInt32BitsToSingle(WireReader.Fixed32(ref wire)));
                break;
            default:
                WriteInteger(field.Type, ref wire);
                break;
        }
    }

    private void WriteInteger(FieldType type, ref ReadOnlySpan<byte> wire)
    {
        switch (type)
        {
            case FieldType.Int64:
                WriteQuoted((long)WireReader.Varint(ref wire));
                break;
            case FieldType.Int32:
                json.WriteNumberValue((int)WireReader.Varint(ref wire));
                break;
            case FieldType.UInt64:
                WriteQuoted(WireReader.Varint(ref wire));
                break;
            case FieldType.UInt32:
                json.WriteNumberValue((uint)WireReader.Varint(ref wire));
                break;
            case FieldType.SInt64:
                WriteQuoted(UnZigZag(WireReader.Varint(ref wire)));
                break;
            case FieldType.SInt32:
                json.WriteNumberValue((int)UnZigZag(WireReader.Varint(ref wire)));
                break;
            case FieldType.Fixed64:
                WriteQuoted(WireReader.Fixed64(ref wire));
                break;
            case FieldType.SFixed64:
                WriteQuoted((long)WireReader.Fixed64(ref wire));
                break;
            case FieldType.Fixed32:
                json.WriteNumberValue(WireReader.Fixed32(ref wire));
                break;
            case FieldType.SFixed32:
                json.WriteNumberValue((int)WireReader.Fixed32(ref wire));
                break;
            default:
                throw new NotSupportedException($"Fields of type {type} have no JSON here.");
        }
    }

    private void WriteQuoted(long value)
    {
        Span<byte> text = stackalloc byte[24];
        text[0] = (byte)'"';
        Utf8Formatter.TryFormat(value, text[1..], out var length);
        text[length + 1] = (byte)'"';
        json.WriteRawValue(text[..(length + 2)], skipInputValidation: true);
    }

    private void WriteQuoted(ulong value)
    {
        Span<byte> text = stackalloc byte[24];
        text[0] = (byte)'"';
        Utf8Formatter.TryFormat(value, text[1..], out var length);
        text[length + 1] = (byte)'"';
        json.WriteRawValue(text[..(length + 2)], skipInputValidation: true);
    }

    private void WriteEnum(FieldShape field, int number)
    {
        if (field.HasNull)
            json.WriteNullValue();
        else if (field.EnumNames!.TryGetValue(number, out var name))
            json.WriteStringValue(name);
        else
            json.WriteNumberValue(number);
    }

    private void WriteDouble(double value)
    {
        if (double.IsFinite(value))
            json.WriteNumberValue(value);
        else
            json.WriteStringValue(double.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
    }

    private void WriteFloat(float value)
    {
        if (float.IsFinite(value))
            json.WriteNumberValue(value);
        else
            WriteDouble(value);
    }

    private static long UnZigZag(ulong value) => (long)(value >> 1) ^ -(long)(value & 1);
}
