using System.Buffers;
using System.Buffers.Binary;

namespace Pyro.Connect.Protocol.Json;

/// <summary>Writes the protobuf wire format (protobuf.dev, "Encoding").</summary>
internal static class WireWriter
{
    public static void WriteVarint(this PooledBuffer output, ulong value)
    {
        var span = output.GetSpan(10);
        var length = Put(span, value);
        output.Advance(length);
    }

    public static void WriteFixed32(this PooledBuffer output, uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(output.GetSpan(4), value);
        output.Advance(4);
    }

    public static void WriteFixed64(this PooledBuffer output, ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(output.GetSpan(8), value);
        output.Advance(8);
    }

    /// <summary>Leaves room for the length of what follows, which is not known yet; <see cref="EndLength"/> writes it.</summary>
    /// <returns>Where the content begins.</returns>
    public static int BeginLength(this PooledBuffer output)
    {
        output.WriteByte(0);
        return output.Length;
    }

    /// <summary>Writes the length of all from <paramref name="start"/> on; content of 128 bytes and more moves to make room for it.</summary>
    public static void EndLength(this PooledBuffer output, int start)
    {
        var length = output.Length - start;
        Span<byte> prefix = stackalloc byte[10];
        var size = Put(prefix, (ulong)length);
        if (size > 1)
        {
            output.GetSpan(size - 1);
            output.Advance(size - 1);
            output.Written.Slice(start, length).CopyTo(output.Written[(start + size - 1)..]);
        }
        prefix[..size].CopyTo(output.Written[(start - 1)..]);
    }

    private static int Put(Span<byte> span, ulong value)
    {
        var length = 0;
        while (value >= 0x80)
        {
            span[length++] = (byte)(value | 0x80);
            value >>= 7;
        }
        span[length++] = (byte)value;
        return length;
    }
}
