using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Text;
using System.Text.Json;
using Google.Protobuf.Reflection;

namespace Pyro.Connect.Protocol.Json;

/// <summary>What JSON and the wire say of one message type, read from its descriptor once.</summary>
internal sealed class MessageShape
{
    private static readonly ConcurrentDictionary<MessageDescriptor, MessageShape> Known = new();

    // Types whose JSON has a form of its own (protobuf.dev, "ProtoJSON format").
    private static readonly FrozenSet<string> Special = new[]
    {
        "Any", "Timestamp", "Duration", "FieldMask", "Struct", "Value", "ListValue", "NullValue", "DoubleValue", "FloatValue", "Int64Value",
        "UInt64Value", "Int32Value", "UInt32Value", "BoolValue", "StringValue", "BytesValue",
    }.Select(name => "google.protobuf." + name).ToFrozenSet(StringComparer.Ordinal);

    private readonly MessageDescriptor _descriptor;
    private FieldShape[] _fields = [];
    private FieldShape?[] _byNumber = [];

    private MessageShape(MessageDescriptor descriptor)
    {
        _descriptor = descriptor;
        IsSpecial = Special.Contains(descriptor.FullName);
    }

    /// <summary>Full name, for error texts.</summary>
    public string Name => _descriptor.FullName;

    public MessageDescriptor Descriptor => _descriptor;

    /// <summary>The JSON form is one of its own, which Google's library knows.</summary>
    public bool IsSpecial { get; }

    /// <summary>Fields by number, ascending.</summary>
    public IReadOnlyList<FieldShape> Fields => _fields;

    public static MessageShape Of(MessageDescriptor descriptor)
    {
        if (Known.TryGetValue(descriptor, out var known))
            return known;
        var made = new Dictionary<MessageDescriptor, MessageShape>();
        var shape = Make(descriptor, made);
        // Published when whole: another thread never sees a shape without its fields.
        foreach (var (key, value) in made)
            Known.TryAdd(key, value);
        return shape;
    }

    /// <summary>The field with a number, or null.</summary>
    public FieldShape? ByNumber(int number)
    {
        if ((uint)number < (uint)_byNumber.Length)
            return _byNumber[number];
        foreach (var field in _fields)
        {
            if (field.Number == number)
                return field;
        }
        return null;
    }

    /// <summary>The field that a property of a JSON object names, by its JSON name or its original one; null when there is none.</summary>
    public FieldShape? ByName(ref Utf8JsonReader property)
    {
        foreach (var field in _fields)
        {
            if (property.ValueTextEquals(field.JsonName.EncodedUtf8Bytes) || property.ValueTextEquals(field.OriginalName))
                return field;
        }
        return null;
    }

    private static MessageShape Make(MessageDescriptor descriptor, Dictionary<MessageDescriptor, MessageShape> made)
    {
        if (made.TryGetValue(descriptor, out var shape) || Known.TryGetValue(descriptor, out shape))
            return shape;
        made[descriptor] = shape = new MessageShape(descriptor);
        if (shape.IsSpecial)
            return shape;
        var fields = descriptor.Fields.InFieldNumberOrder();
        shape._fields = [.. fields.Select((field, index) => new FieldShape(field, index, field.FieldType == FieldType.Message ? Make(field.MessageType, made) : null))];
        var highest = fields.Count == 0 ? 0 : fields.Max(field => field.FieldNumber);
        shape._byNumber = new FieldShape?[Math.Min(highest + 1, 256)];
        foreach (var field in shape._fields)
        {
            if (field.Number < shape._byNumber.Length)
                shape._byNumber[field.Number] = field;
        }
        return shape;
    }
}

/// <summary>One field.</summary>
internal sealed class FieldShape
{
    public FieldShape(FieldDescriptor field, int index, MessageShape? message)
    {
        Index = index;
        Number = field.FieldNumber;
        Type = field.FieldType;
        JsonName = JsonEncodedText.Encode(field.JsonName);
        OriginalName = Encoding.UTF8.GetBytes(field.Name);
        IsRepeated = field.IsRepeated;
        IsMap = field.IsMap;
        // Descriptors of proto3 call repeated texts and messages packed as well.
        IsPacked = field.IsPacked && WireType != 2;
        Oneof = field.RealContainingOneof?.Index ?? -1;
        Message = message;
        if (field.FieldType != FieldType.Enum)
            return;
        EnumNumbers = field.EnumType.Values.ToFrozenDictionary(value => value.Name, value => value.Number, StringComparer.Ordinal);
        EnumNames = field.EnumType.Values.DistinctBy(value => value.Number).ToFrozenDictionary(value => value.Number, value => JsonEncodedText.Encode(value.Name));
        HasNull = field.EnumType.FullName == "google.protobuf.NullValue";
    }

    /// <summary>Its place among the message's fields.</summary>
    public int Index { get; }

    public int Number { get; }

    public FieldType Type { get; }

    public JsonEncodedText JsonName { get; }

    public byte[] OriginalName { get; }

    public bool IsRepeated { get; }

    public bool IsMap { get; }

    public bool IsPacked { get; }

    /// <summary>The oneof that it is a member of, -1 for none.</summary>
    public int Oneof { get; }

    public MessageShape? Message { get; }

    public FrozenDictionary<string, int>? EnumNumbers { get; }

    public FrozenDictionary<int, JsonEncodedText>? EnumNames { get; }

    /// <summary>null is a value of this field, not its absence.</summary>
    public bool HasNull { get; }

    /// <summary>The tag before a single value.</summary>
    public uint Tag => ((uint)Number << 3) | (uint)WireType;

    /// <summary>The tag before packed values, or before bytes.</summary>
    public uint LengthTag => ((uint)Number << 3) | 2;

    /// <summary>How a single value lies on the wire: 0 varint, 1 eight bytes, 2 with a length, 5 four bytes.</summary>
    public int WireType => Type switch
    {
        FieldType.Double or FieldType.Fixed64 or FieldType.SFixed64 => 1,
        FieldType.String or FieldType.Bytes or FieldType.Message => 2,
        FieldType.Float or FieldType.Fixed32 or FieldType.SFixed32 => 5,
        _ => 0,
    };
}
