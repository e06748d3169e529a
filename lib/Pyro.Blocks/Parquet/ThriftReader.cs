namespace Pyro.Blocks.Parquet;

/// <summary>Types of thrift's compact protocol, as its bytes name them.</summary>
internal enum ThriftType : byte
{
    Stop = 0, True = 1, False = 2, Byte = 3, Int16 = 4, Int32 = 5, Int64 = 6, Double = 7, Binary = 8, List = 9, Set = 10, Map = 11, Struct = 12,
}

/// <summary>
/// Reads thrift's compact protocol from bytes of unknown origin. Every length is bounded by the bytes that are left, nesting by
/// <see cref="DepthMax"/>, and unknown fields are skipped.
/// </summary>
internal ref struct ThriftReader(ReadOnlySpan<byte> bytes)
{
    /// <summary>Structs, lists and maps within one another.</summary>
    private const int DepthMax = 32;

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _field;

    /// <summary>Bytes read so far.</summary>
    public int Position { get; private set; }

    /// <summary>Refuses bytes behind what was read.</summary>
    public readonly void ExpectEnd()
    {
        if (Position < _bytes.Length)
        {
            throw Fault($"{_bytes.Length - Position} bytes behind its end");
        }
    }

    /// <summary>Begins a struct within the current one; give the answer to <see cref="End"/> after its stop.</summary>
    public int Begin()
    {
        int outer = _field;
        _field = 0;
        return outer;
    }

    /// <summary>Goes on in the struct around.</summary>
    public void End(int outer) => _field = outer;

    /// <summary>The next field of the current struct; false at its end.</summary>
    public bool Next(out int field, out ThriftType type)
    {
        byte head = Byte();
        type = (ThriftType)(head & 15);
        if (head == 0)
        {
            field = 0;
            return false;
        }

        if (type is ThriftType.Stop or > ThriftType.Struct)
        {
            throw Fault($"type {(int)type} is unknown");
        }

        _field = head >> 4 != 0 ? _field + (head >> 4) : (short)Int64();
        field = _field;
        return true;
    }

    /// <summary>A boolean field, whose value is its type.</summary>
    public static bool Boolean(ThriftType type) => type switch
    {
        ThriftType.True => true,
        ThriftType.False => false,
        _ => throw Fault("a boolean is of another type"),
    };

    /// <summary>A whole number of 64 bits of a field of this type.</summary>
    public long Int64(ThriftType type) => type == ThriftType.Int64 ? Int64() : throw Fault("a number of 64 bits is of another type");

    /// <summary>A whole number of 32 bits of a field of this type.</summary>
    public int Int32(ThriftType type)
    {
        long value = type == ThriftType.Int32 ? Int64() : throw Fault("a number of 32 bits is of another type");
        return (int)value == value ? (int)value : throw Fault($"the number {value} has more than 32 bits");
    }

    /// <summary>A whole number of 32 bits that must not be negative.</summary>
    public int Count(ThriftType type)
    {
        int value = Int32(type);
        return value >= 0 ? value : throw Fault($"the count {value} is out of range");
    }

    /// <summary>Zigzag varint.</summary>
    public long Int64()
    {
        ulong raw = Unsigned();
        return (long)(raw >> 1) ^ -(long)(raw & 1);
    }

    /// <summary>Bytes or text of a field of this type.</summary>
    public ReadOnlySpan<byte> Binary(ThriftType type) => type == ThriftType.Binary ? Binary() : throw Fault("text is of another type");

    /// <summary>Bytes or text.</summary>
    public ReadOnlySpan<byte> Binary()
    {
        ulong length = Unsigned();
        if (length > (ulong)(_bytes.Length - Position))
        {
            throw Fault($"text of {length} bytes goes past the end");
        }

        ReadOnlySpan<byte> text = _bytes.Slice(Position, (int)length);
        Position += (int)length;
        return text;
    }

    /// <summary>The head of a list field whose items are of a type; answers their number, of which each takes at least one byte.</summary>
    public int List(ThriftType type, ThriftType items)
    {
        if (type is not (ThriftType.List or ThriftType.Set))
        {
            throw Fault("a list is of another type");
        }

        int count = ListHead(out ThriftType found);
        return count == 0 || found == items || (items == ThriftType.True && found == ThriftType.False)
            ? count
            : throw Fault("the items of a list are of another type");
    }

    /// <summary>A field or item of eight bits.</summary>
    public int ByteItem() => Byte();

    /// <summary>One boolean of a list.</summary>
    public bool BooleanItem() => Byte() switch
    {
        (byte)ThriftType.True => true,
        0 or (byte)ThriftType.False => false,
        byte other => throw Fault($"{other} is no boolean"),
    };

    /// <summary>Passes over a value.</summary>
    public void Skip(ThriftType type) => Skip(type, 0);

    private void Skip(ThriftType type, int depth)
    {
        if (depth > DepthMax)
        {
            throw Fault($"nested deeper than {DepthMax}");
        }

        switch (type)
        {
            case ThriftType.True or ThriftType.False:
                break;
            case ThriftType.Byte:
                Byte();
                break;
            case ThriftType.Int16 or ThriftType.Int32 or ThriftType.Int64:
                Unsigned();
                break;
            case ThriftType.Double:
                Take(8);
                break;
            case ThriftType.Binary:
                Binary();
                break;
            case ThriftType.List or ThriftType.Set:
                int count = ListHead(out ThriftType item);
                SkipItems(count, item, depth);
                break;
            case ThriftType.Map:
                SkipMap(depth);
                break;
            case ThriftType.Struct:
                int outer = Begin();
                while (Next(out _, out ThriftType inner))
                {
                    Skip(inner, depth + 1);
                }

                End(outer);
                break;
            default:
                throw Fault($"type {(int)type} is unknown");
        }
    }

    private void SkipItems(int count, ThriftType item, int depth)
    {
        for (int i = 0; i < count; i++)
        {
            // Outside of a struct's fields a boolean takes a byte.
            Skip(item is ThriftType.True or ThriftType.False ? ThriftType.Byte : item, depth + 1);
        }
    }

    private void SkipMap(int depth)
    {
        ulong count = Unsigned();
        if (count == 0)
        {
            return;
        }

        byte types = Byte();
        if (count > (ulong)(_bytes.Length - Position))
        {
            throw Fault($"a map of {count} entries goes past the end");
        }

        for (ulong i = 0; i < count; i++)
        {
            SkipItems(1, (ThriftType)(types >> 4), depth);
            SkipItems(1, (ThriftType)(types & 15), depth);
        }
    }

    private int ListHead(out ThriftType item)
    {
        byte head = Byte();
        item = (ThriftType)(head & 15);
        ulong count = head >> 4 == 15 ? Unsigned() : (ulong)(head >> 4);
        if (count > (ulong)(_bytes.Length - Position))
        {
            throw Fault($"a list of {count} items goes past the end");
        }

        return (int)count;
    }

    private ulong Unsigned()
    {
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            byte b = Byte();
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return value;
            }
        }

        throw Fault("a number is longer than ten bytes");
    }

    private byte Byte() => Position < _bytes.Length ? _bytes[Position++] : throw Fault("it ends too early");

    private void Take(int count)
    {
        if (_bytes.Length - Position < count)
        {
            throw Fault("it ends too early");
        }

        Position += count;
    }

    private static InvalidDataException Fault(string what) => new($"no thrift: {what}");
}
