using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Pyro.Blocks.Index;

/// <summary>Numbers and texts of an index put together in memory.</summary>
internal class EntryBody
{
    private readonly ArrayBufferWriter<byte> _buffer = new();

    /// <summary>What was put together.</summary>
    public ReadOnlySpan<byte> Bytes => _buffer.WrittenSpan;

    /// <summary>The same, to be written.</summary>
    public ReadOnlyMemory<byte> Memory => _buffer.WrittenMemory;

    /// <summary>Begins anew.</summary>
    public void Reset() => _buffer.ResetWrittenCount();

    /// <summary>A number of four bytes, the highest first.</summary>
    public void UInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_buffer.GetSpan(sizeof(uint)), value);
        _buffer.Advance(sizeof(uint));
    }

    /// <summary>Puts another number in the place of four bytes.</summary>
    public void ReplaceUInt32(int at, uint value) =>
        BinaryPrimitives.WriteUInt32BigEndian(MemoryMarshal.AsMemory(_buffer.WrittenMemory).Span[at..], value);

    /// <summary>A number of eight bytes, the highest first.</summary>
    public void UInt64(ulong value)
    {
        BinaryPrimitives.WriteUInt64BigEndian(_buffer.GetSpan(sizeof(ulong)), value);
        _buffer.Advance(sizeof(ulong));
    }

    /// <summary>An unsigned LEB128 number.</summary>
    public void Uvarint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            Byte((byte)(value | 0x80));
        }

        Byte((byte)value);
    }

    /// <summary>A signed number: zigzag, then LEB128.</summary>
    public void Varint(long value) => Uvarint((ulong)(value << 1) ^ (ulong)(value >> 63));

    /// <summary>Length and bytes of a text.</summary>
    public void Text(string text)
    {
        Uvarint((ulong)Encoding.UTF8.GetByteCount(text));
        Encoding.UTF8.GetBytes(text, _buffer);
    }

    /// <summary>Bytes as they are.</summary>
    public void Append(ReadOnlySpan<byte> bytes) => _buffer.Write(bytes);

    /// <summary>One byte.</summary>
    public void Byte(byte value)
    {
        _buffer.GetSpan(1)[0] = value;
        _buffer.Advance(1);
    }
}
