using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Pyro.Blocks.Parquet;

/// <summary>
/// DELTA_BINARY_PACKED: whole numbers as differences, in blocks of 128 and four mini-blocks of 32 that have a bit width each. Differences
/// wrap at the width of the type. Source: the Parquet format's Encodings.md; block-format 6.5.
/// </summary>
public static class DeltaBinaryPacked
{
    private const int BlockSize = 128, MiniBlocks = 4, MiniBlockSize = BlockSize / MiniBlocks;

    /// <summary>Header, and the head and mini-blocks of one block, at their longest.</summary>
    private const int HeaderBytesMax = 24, BlockBytesMax = 10 + MiniBlocks + (BlockSize * 8);

    /// <summary>
    /// Writes numbers of 64 bits.
    /// </summary>
    /// <param name="values">The numbers; none is five bytes.</param>
    /// <param name="output">Where to.</param>
    /// <param name="tight">
    /// Leaves the unfilled part of the last block out of its minimum: smaller, and as readable. Off: the bytes that Pyroscope writes,
    /// which takes zeros for it.
    /// </param>
    public static void Encode(ReadOnlySpan<long> values, IBufferWriter<byte> output, bool tight = false)
    {
        long last = values.IsEmpty ? 0 : values[0];
        Header(output, values.Length, last);
        Span<long> deltas = stackalloc long[BlockSize];
        for (int at = 1; at < values.Length; at += BlockSize)
        {
            int count = Math.Min(BlockSize, values.Length - at);
            long least = Deltas(values.Slice(at - 1, count + 1), deltas);
            if (count < BlockSize)
            {
                deltas[count..].Clear();
                least = tight ? least : Filled(least, count, -values[at + count - 1]);
            }

            Block(deltas, count, least, output);
        }
    }

    /// <summary>Writes numbers of 32 bits; see the other overload.</summary>
    public static void Encode(ReadOnlySpan<int> values, IBufferWriter<byte> output, bool tight = false)
    {
        Header(output, values.Length, values.IsEmpty ? 0 : values[0]);
        Span<long> deltas = stackalloc long[BlockSize];
        for (int at = 1; at < values.Length; at += BlockSize)
        {
            int count = Math.Min(BlockSize, values.Length - at);
            long least = int.MaxValue;
            for (int i = 0; i < count; i++)
            {
                int delta = values[at + i] - values[at + i - 1];
                deltas[i] = delta;
                least = Math.Min(least, delta);
            }

            if (count < BlockSize)
            {
                deltas[count..].Clear();
                least = tight ? least : Filled(least, count, -values[at + count - 1]);
            }

            Block(deltas, count, least, output);
        }
    }

    /// <summary>How many numbers follow, as the header says; each 128 of them take five bytes at least.</summary>
    /// <exception cref="InvalidDataException">No such header, or more numbers than the bytes can hold.</exception>
    public static int Count(ReadOnlySpan<byte> input)
    {
        var decoder = new DeltaDecoder();
        decoder.Start(input);
        return decoder.Count;
    }

    /// <summary>Reads numbers of 64 bits; answers the bytes read.</summary>
    /// <exception cref="InvalidDataException">They are damaged, or not as many as asked for.</exception>
    public static int Decode(ReadOnlySpan<byte> input, Span<long> values)
    {
        var decoder = new DeltaDecoder();
        decoder.Start(input);
        CheckCount(values.Length, decoder.Count);
        decoder.Read(input, values);
        return decoder.Finish(input);
    }

    /// <summary>Reads numbers of 32 bits; answers the bytes read.</summary>
    /// <exception cref="InvalidDataException">They are damaged, or not as many as asked for.</exception>
    public static int Decode(ReadOnlySpan<byte> input, Span<int> values)
    {
        var decoder = new DeltaDecoder();
        decoder.Start(input);
        CheckCount(values.Length, decoder.Count);
        Span<long> wide = stackalloc long[4 * BlockSize];
        while (!values.IsEmpty)
        {
            Span<long> some = wide[..Math.Min(wide.Length, values.Length)];
            decoder.Read(input, some);
            for (int i = 0; i < some.Length; i++)
            {
                // Sums that wrap at 64 bits are right in their lower 32.
                values[i] = (int)some[i];
            }

            values = values[some.Length..];
        }

        return decoder.Finish(input);
    }

    private static void CheckCount(int wanted, int found)
    {
        if (wanted != found)
        {
            throw new InvalidDataException($"{found} packed numbers where {wanted} belong");
        }
    }

    private static void Header(IBufferWriter<byte> output, int count, long first)
    {
        Span<byte> span = output.GetSpan(HeaderBytesMax);
        int n = Varint(span, 0, BlockSize);
        n = Varint(span, n, MiniBlocks);
        n = Varint(span, n, (ulong)count);
        n = Varint(span, n, Zigzag(first));
        output.Advance(n);
    }

    /// <summary>The least difference with zeros behind the last number: a first step down to zero, then none.</summary>
    private static long Filled(long least, int count, long step) => Math.Min(least, count == BlockSize - 1 ? step : Math.Min(step, 0));

    /// <summary>Differences of neighbours, one fewer than numbers; answers the least.</summary>
    private static long Deltas(ReadOnlySpan<long> values, Span<long> deltas)
    {
        int count = values.Length - 1, i = 0;
        long least = long.MaxValue;
        if (count >= Vector<long>.Count)
        {
            var leasts = new Vector<long>(long.MaxValue);
            for (; i <= count - Vector<long>.Count; i += Vector<long>.Count)
            {
                Vector<long> delta = new Vector<long>(values[(i + 1)..]) - new Vector<long>(values[i..]);
                leasts = Vector.Min(leasts, delta);
                delta.CopyTo(deltas[i..]);
            }

            for (int lane = 0; lane < Vector<long>.Count; lane++)
            {
                least = Math.Min(least, leasts[lane]);
            }
        }

        for (; i < count; i++)
        {
            deltas[i] = values[i + 1] - values[i];
            least = Math.Min(least, deltas[i]);
        }

        return least;
    }

    private static void Block(Span<long> deltas, int count, long least, IBufferWriter<byte> output)
    {
        Span<byte> span = output.GetSpan(BlockBytesMax);
        int n = Varint(span, 0, Zigzag(least));
        int widths = n;
        n += MiniBlocks;
        Span<ulong> over = MemoryMarshal.Cast<long, ulong>(deltas);
        for (int mini = 0; mini < MiniBlocks; mini++)
        {
            int filled = Math.Clamp(count - (mini * MiniBlockSize), 0, MiniBlockSize);
            Span<ulong> part = over.Slice(mini * MiniBlockSize, MiniBlockSize);
            ulong all = 0;
            for (int i = 0; i < filled; i++)
            {
                part[i] -= (ulong)least;
                all |= part[i];
            }

            int width = 64 - BitOperations.LeadingZeroCount(all);
            span[widths + mini] = (byte)width;
            if (width > 0)
            {
                Pack(part, width, span[n..]);
                n += width * MiniBlockSize / 8;
            }
        }

        output.Advance(n);
    }

    /// <summary>32 numbers of so many bits, lowest first: four bytes for each bit, and no byte beyond.</summary>
    private static void Pack(ReadOnlySpan<ulong> values, int width, Span<byte> into)
    {
        ulong word = 0;
        int bits = 0, n = 0;
        foreach (ulong value in values)
        {
            word |= value << bits;
            bits += width;
            if (bits >= 64)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(into[n..], word);
                n += 8;
                bits -= 64;
                word = bits == 0 ? 0 : value >> (width - bits);
            }
        }

        if (bits > 0)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(into[n..], (uint)word);
        }
    }

    private static ulong Zigzag(long value) => ((ulong)value << 1) ^ (ulong)(value >> 63);

    private static int Varint(Span<byte> span, int at, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            span[at++] = (byte)(value | 0x80);
        }

        span[at++] = (byte)value;
        return at;
    }
}
