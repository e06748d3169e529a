namespace Pyro.Blocks.Answers;

/// <summary>A growing buffer of protobuf fields.</summary>
public sealed class ProtoBuffer
{
    private byte[] _bytes = new byte[256];

    /// <summary>Bytes written.</summary>
    public int Length { get; private set; }

    /// <summary>What is written.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    /// <summary>Forgets what is written.</summary>
    public void Clear() => Length = 0;

    /// <summary>Takes the first bytes out; the rest moves to the front.</summary>
    public byte[] Take(int count)
    {
        var taken = _bytes.AsSpan(0, count).ToArray();
        _bytes.AsSpan(count, Length - count).CopyTo(_bytes);
        Length -= count;
        return taken;
    }

    /// <summary>Writes a bare varint, as packed fields hold them.</summary>
    public void Varint(ulong value)
    {
        Reserve(10);
        for (; value >= 0x80; value >>= 7)
        {
            _bytes[Length++] = (byte)(value | 0x80);
        }

        _bytes[Length++] = (byte)value;
    }

    /// <summary>Writes a varint field; 0, the default, is left out.</summary>
    public void Field(int number, ulong value)
    {
        if (value != 0)
        {
            Varint((ulong)number << 3);
            Varint(value);
        }
    }

    /// <summary>Writes a field of bytes, a text, a message or packed varints, also when it is empty.</summary>
    public void Field(int number, ReadOnlySpan<byte> bytes)
    {
        Varint((ulong)number << 3 | 2);
        Varint((ulong)bytes.Length);
        Reserve(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(Length));
        Length += bytes.Length;
    }

    private void Reserve(int bytes)
    {
        if (Length + bytes > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + bytes));
        }
    }
}
