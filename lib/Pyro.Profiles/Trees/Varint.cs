using System.Buffers;

namespace Pyro.Profiles.Trees;

/// <summary>Unsigned LEB128, at most ten bytes.</summary>
internal static class Varint
{
    /// <summary>The most bytes that a number takes.</summary>
    public const int MaxLength = 10;

    /// <summary>Writes a number.</summary>
    public static void Write(IBufferWriter<byte> output, ulong value)
    {
        var span = output.GetSpan(MaxLength);
        var n = 0;
        while (value >= 0x80)
        {
            span[n++] = (byte)(value | 0x80);
            value >>= 7;
        }

        span[n++] = (byte)value;
        output.Advance(n);
    }

    /// <summary>Reads a number and moves past it.</summary>
    /// <exception cref="InvalidDataException">The bytes end too early or go on for more than 64 bits.</exception>
    public static ulong Read(ref ReadOnlySpan<byte> bytes)
    {
        if (!bytes.IsEmpty && bytes[0] < 0x80)
        {
            ulong small = bytes[0];
            bytes = bytes[1..];
            return small;
        }

        ulong value = 0;
        for (var n = 0; n < bytes.Length && n < MaxLength; n++)
        {
            var b = bytes[n];
            value |= (ulong)(b & 0x7F) << (7 * n);
            if (b < 0x80)
            {
                if (n == MaxLength - 1 && b > 1)
                {
                    break;
                }

                bytes = bytes[(n + 1)..];
                return value;
            }
        }

        throw new InvalidDataException("a number is cut off or too long");
    }

    /// <summary>Reads a number of things of which each takes at least <paramref name="bytesEach"/> of the bytes that are left.</summary>
    /// <exception cref="InvalidDataException">No number, or the rest cannot hold that many.</exception>
    public static int ReadCount(ref ReadOnlySpan<byte> bytes, int bytesEach)
    {
        var count = Read(ref bytes);
        if (count > (ulong)(bytes.Length / bytesEach))
        {
            throw new InvalidDataException($"{count} items do not fit into the {bytes.Length} bytes that are left");
        }

        return (int)count;
    }
}
