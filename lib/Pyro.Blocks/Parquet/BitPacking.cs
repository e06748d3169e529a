using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pyro.Blocks.Parquet;

/// <summary>Numbers of up to 32 bits side by side.</summary>
internal static class BitPacking
{
    /// <summary>For each byte, its eight bits as bytes, lowest first.</summary>
    private static readonly ulong[] Spread = [.. Enumerable.Range(0, 256).Select(SpreadBits)];

    /// <summary>Reads numbers from a bit on, lowest first; the bytes must hold them all.</summary>
    public static void Unpack(ReadOnlySpan<byte> bytes, int firstBit, int width, Span<uint> into)
    {
        ulong mask = (1UL << width) - 1;
        bytes = bytes[(firstBit >> 3)..];
        int bit = firstBit & 7, i = 0;
        for (; i < into.Length && (bit & 7) != 0; i++, bit += width)
        {
            into[i] = (uint)((Window(bytes, bit >> 3) >> (bit & 7)) & mask);
        }

        if (Avx2.IsSupported && width is > 0 and <= GroupShuffles.WidthMax)
        {
            int groups = Groups(bytes[(bit >> 3)..], width, into[i..]);
            i += 8 * groups;
            bit += 8 * width * groups;
        }

        for (; i < into.Length && (bit >> 3) + 8 <= bytes.Length; i++, bit += width)
        {
            ulong window = Unsafe.ReadUnaligned<ulong>(in bytes[bit >> 3]);
            into[i] = (uint)((window >> (bit & 7)) & mask);
        }

        for (; i < into.Length; i++, bit += width)
        {
            into[i] = (uint)((Tail(bytes, bit >> 3) >> (bit & 7)) & mask);
        }
    }

    /// <summary>Eight numbers at a time, as many as the loads allow, from a byte on; answers how often.</summary>
    private static int Groups(ReadOnlySpan<byte> bytes, int width, Span<uint> into)
    {
        int upper = width / 2, groups = Math.Min(into.Length / 8, (bytes.Length - upper - Vector128<byte>.Count + width) / width);
        if (groups <= 0)
        {
            return 0;
        }

        Vector256<byte> shuffle = Vector256.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(GroupShuffles.Bytes), (nuint)(width * 32));
        Vector256<uint> shifts = Vector256.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(GroupShuffles.Shifts), (nuint)(width * 8));
        Vector256<uint> mask = Vector256.Create((1u << width) - 1);
        ref byte from = ref MemoryMarshal.GetReference(bytes);
        ref uint to = ref MemoryMarshal.GetReference(into);
        for (int group = 0; group < groups; group++)
        {
            Vector256<byte> raw = Vector256.Create(Vector128.LoadUnsafe(ref from), Vector128.LoadUnsafe(ref from, (nuint)upper));
            (Avx2.ShiftRightLogicalVariable(Avx2.Shuffle(raw, shuffle).AsUInt32(), shifts) & mask).StoreUnsafe(ref to, (nuint)(8 * group));
            from = ref Unsafe.Add(ref from, width);
        }

        return groups;
    }

    /// <summary>Reads single bits as bytes 0 and 1.</summary>
    public static void UnpackBits(ReadOnlySpan<byte> bytes, int firstBit, Span<byte> into)
    {
        for (; (firstBit & 7) != 0 && !into.IsEmpty; firstBit++)
        {
            into[0] = (byte)((bytes[firstBit >> 3] >> (firstBit & 7)) & 1);
            into = into[1..];
        }

        bytes = bytes[(firstBit >> 3)..];
        int whole = into.Length / 8;
        Span<ulong> eights = MemoryMarshal.Cast<byte, ulong>(into[..(whole * 8)]);
        for (int i = 0; i < eights.Length; i++)
        {
            eights[i] = Spread[bytes[i]];
        }

        for (int i = whole * 8; i < into.Length; i++)
        {
            into[i] = (byte)((bytes[i >> 3] >> (i & 7)) & 1);
        }
    }

    /// <summary>Reads levels as BIT_PACKED of old files stores them: highest bit first.</summary>
    public static void UnpackBigEndian(ReadOnlySpan<byte> bytes, int width, int firstBit, Span<byte> into)
    {
        for (int i = 0; i < into.Length; i++)
        {
            int level = 0;
            for (int b = 0; b < width; b++)
            {
                int bit = firstBit + (i * width) + b;
                level = (level << 1) | ((bytes[bit >> 3] >> (7 - (bit & 7))) & 1);
            }

            into[i] = (byte)level;
        }
    }

    private static ulong Window(ReadOnlySpan<byte> bytes, int at) =>
        at + sizeof(ulong) <= bytes.Length ? Unsafe.ReadUnaligned<ulong>(in bytes[at]) : Tail(bytes, at);

    private static ulong Tail(ReadOnlySpan<byte> bytes, int at)
    {
        Span<byte> copy = stackalloc byte[8];
        copy.Clear();
        ReadOnlySpan<byte> rest = bytes[at..];
        rest[..Math.Min(8, rest.Length)].CopyTo(copy);
        return BinaryPrimitives.ReadUInt64LittleEndian(copy);
    }

    private static ulong SpreadBits(int value)
    {
        ulong spread = 0;
        for (int bit = 0; bit < 8; bit++)
        {
            spread |= (ulong)((value >> bit) & 1) << (8 * bit);
        }

        return spread;
    }
}
