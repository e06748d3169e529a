using System.Buffers.Binary;

namespace Pyro.Blocks.Index;

/// <summary>
/// Reads the numbers and bytes of one entry. After the first failure everything reads as zero or empty, so that an entry is read to its
/// end and then asked whether that went well.
/// </summary>
internal ref struct EntryReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Bytes read.</summary>
    public int Place { get; private set; }

    /// <summary>The bytes ended before the entry did.</summary>
    public bool IsShort { get; private set; }

    /// <summary>What cannot be right, however many bytes follow; or null.</summary>
    public string? Fault { get; private set; }

    /// <summary>Bytes not read yet.</summary>
    public readonly int Left => _bytes.Length - Place;

    /// <summary>An unsigned LEB128 number.</summary>
    public ulong Uvarint()
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (Place == _bytes.Length)
            {
                IsShort = true;
                return 0;
            }

            var next = _bytes[Place++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                if (shift == 63 && next > 1)
                {
                    break;
                }

                return IsShort ? 0 : value;
            }
        }

        Fault ??= "a number has more than 64 bits";
        return 0;
    }

    /// <summary>An unsigned LEB128 number that may not be greater than a bound.</summary>
    public int Count(int most, string what)
    {
        var value = Uvarint();
        if (value <= (ulong)most)
        {
            return (int)value;
        }

        Fault ??= $"{what} of {value}, more than {most}";
        return 0;
    }

    /// <summary>A signed number: zigzag, then LEB128.</summary>
    public long Varint()
    {
        var value = Uvarint();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    /// <summary>Four bytes, the highest first.</summary>
    public uint UInt32()
    {
        var four = Bytes(sizeof(uint));
        return four.IsEmpty ? 0 : BinaryPrimitives.ReadUInt32BigEndian(four);
    }

    /// <summary>Eight bytes, the highest first.</summary>
    public ulong UInt64()
    {
        var eight = Bytes(sizeof(ulong));
        return eight.IsEmpty ? 0 : BinaryPrimitives.ReadUInt64BigEndian(eight);
    }

    /// <summary>So many bytes; none when there are fewer.</summary>
    public ReadOnlySpan<byte> Bytes(int count)
    {
        if (IsShort || Fault is not null || count > Left)
        {
            IsShort |= count > Left;
            return [];
        }

        Place += count;
        return _bytes.Slice(Place - count, count);
    }
}
