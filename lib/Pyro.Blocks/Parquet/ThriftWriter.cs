using Pyro.Memory;

namespace Pyro.Blocks.Parquet;

/// <summary>Writes thrift's compact protocol: fields of a struct in ascending order of their numbers.</summary>
internal sealed class ThriftWriter(LeaseWriter output)
{
    private int _field;

    /// <summary>Begins a struct as a field; give the answer to <see cref="End"/>.</summary>
    public int Begin(int field)
    {
        Field(field, ThriftType.Struct);
        return Begin();
    }

    /// <summary>Begins a struct as an item of a list or as the whole.</summary>
    public int Begin()
    {
        int outer = _field;
        _field = 0;
        return outer;
    }

    /// <summary>Ends a struct.</summary>
    public void End(int outer)
    {
        Byte(0);
        _field = outer;
    }

    /// <summary>A field of 8 bits.</summary>
    public void Int8(int field, byte value)
    {
        Field(field, ThriftType.Byte);
        Byte(value);
    }

    /// <summary>A field of 32 bits.</summary>
    public void Int32(int field, int value)
    {
        Field(field, ThriftType.Int32);
        Number(value);
    }

    /// <summary>A field of 16 bits.</summary>
    public void Int16(int field, int value)
    {
        Field(field, ThriftType.Int16);
        Number(value);
    }

    /// <summary>A field of 64 bits.</summary>
    public void Int64(int field, long value)
    {
        Field(field, ThriftType.Int64);
        Number(value);
    }

    /// <summary>A boolean field.</summary>
    public void Boolean(int field, bool value) => Field(field, value ? ThriftType.True : ThriftType.False);

    /// <summary>A field of bytes or text.</summary>
    public void Binary(int field, ReadOnlySpan<byte> value)
    {
        Field(field, ThriftType.Binary);
        Binary(value);
    }

    /// <summary>Bytes or text as an item of a list.</summary>
    public void Binary(ReadOnlySpan<byte> value)
    {
        Unsigned((ulong)value.Length);
        output.Write(value);
    }

    /// <summary>A number as an item of a list.</summary>
    public void Number(long value) => Unsigned(((ulong)value << 1) ^ (ulong)(value >> 63));

    /// <summary>A boolean as an item of a list.</summary>
    public void Boolean(bool value) => Byte((byte)(value ? ThriftType.True : ThriftType.False));

    /// <summary>The head of a list; its items follow.</summary>
    public void List(int field, ThriftType items, int count)
    {
        Field(field, ThriftType.List);
        if (count < 15)
        {
            Byte((byte)((count << 4) | (int)items));
            return;
        }

        Byte((byte)(0xF0 | (int)items));
        Unsigned((ulong)count);
    }

    private void Field(int field, ThriftType type)
    {
        int step = field - _field;
        if (step is > 0 and < 16)
        {
            Byte((byte)((step << 4) | (int)type));
        }
        else
        {
            Byte((byte)type);
            Number(field);
        }

        _field = field;
    }

    private void Byte(byte value) => output.Write([value]);

    private void Unsigned(ulong value)
    {
        Span<byte> span = output.GetSpan(10);
        int n = 0;
        for (; value >= 0x80; value >>= 7)
        {
            span[n++] = (byte)(value | 0x80);
        }

        span[n++] = (byte)value;
        output.Advance(n);
    }
}
