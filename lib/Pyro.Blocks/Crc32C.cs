using System.Buffers.Binary;
using System.Numerics;

namespace Pyro.Blocks;

/// <summary>CRC-32C (Castagnoli, RFC 3720), which index.tsdb and symdb use, by the processor's instruction where it has one.</summary>
public static class Crc32C
{
    /// <summary>The checksum of some bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes) => Append(0, bytes);

    /// <summary>The checksum of bytes that follow others.</summary>
    /// <param name="checksum">Of the others; 0: there are none.</param>
    /// <param name="bytes">The bytes.</param>
    public static uint Append(uint checksum, ReadOnlySpan<byte> bytes)
    {
        var crc = ~checksum;
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var next in bytes)
        {
            crc = BitOperations.Crc32C(crc, next);
        }

        return ~crc;
    }
}
