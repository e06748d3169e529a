using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Pyro.Profiles.Records;

/// <summary>
/// A column of whole numbers in the smallest width that holds them all: one byte with the width (0, 1, 2, 4 or 8 bytes), then the
/// numbers, little endian. Width 0 means all zero. Narrowing and widening run at the speed of memory, unlike varints.
/// </summary>
internal static class PackedColumn
{
    /// <summary>Writes a column; with <paramref name="least"/> 1 its length in bytes bounds its count for the reader.</summary>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<uint> values, int least)
    {
        uint all = 0;
        foreach (uint value in values)
        {
            all |= value;
        }

        int width = values.IsEmpty ? 0 : Math.Max(least, Width(all));
        Span<byte> target = Begin(output, width, values.Length);
        switch (width)
        {
            case 1:
                for (int i = 0; i < target.Length; i++)
                {
                    target[i] = (byte)values[i];
                }

                break;
            case 2:
                Narrow(values, MemoryMarshal.Cast<byte, ushort>(target));
                break;
            case 4:
                MemoryMarshal.AsBytes(values).CopyTo(target);
                break;
        }

        output.Advance(1 + target.Length);
    }

    /// <summary>Writes a column; see the other overload.</summary>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<ulong> values, int least)
    {
        ulong all = 0;
        foreach (ulong value in values)
        {
            all |= value;
        }

        int width = values.IsEmpty ? 0 : Math.Max(least, Width(all));
        Span<byte> target = Begin(output, width, values.Length);
        switch (width)
        {
            case 1:
                for (int i = 0; i < target.Length; i++)
                {
                    target[i] = (byte)values[i];
                }

                break;
            case 2:
                Span<ushort> shorts = MemoryMarshal.Cast<byte, ushort>(target);
                for (int i = 0; i < shorts.Length; i++)
                {
                    shorts[i] = (ushort)values[i];
                }

                break;
            case 4:
                Span<uint> ints = MemoryMarshal.Cast<byte, uint>(target);
                for (int i = 0; i < ints.Length; i++)
                {
                    ints[i] = (uint)values[i];
                }

                break;
            case 8:
                MemoryMarshal.AsBytes(values).CopyTo(target);
                break;
        }

        output.Advance(1 + target.Length);
    }

    /// <summary>Reads a column of known count and returns its largest number.</summary>
    /// <exception cref="RecordFormatException">It ends too early or has another width.</exception>
    public static uint Read(ref ReadOnlySpan<byte> input, Span<uint> into)
    {
        int width = Take(ref input, into.Length, 4, out ReadOnlySpan<byte> packed);
        uint most = 0;
        switch (width)
        {
            case 0:
                into.Clear();
                break;
            case 1:
                for (int i = 0; i < into.Length; i++)
                {
                    into[i] = packed[i];
                    most = Math.Max(most, packed[i]);
                }

                break;
            case 2:
                return Widen(MemoryMarshal.Cast<byte, ushort>(packed), into);
            default:
                packed.CopyTo(MemoryMarshal.AsBytes(into));
                foreach (uint value in into)
                {
                    most = Math.Max(most, value);
                }

                break;
        }

        return most;
    }

    /// <summary>Reads a column of known count.</summary>
    /// <exception cref="RecordFormatException">It ends too early or has another width.</exception>
    public static void Read(ref ReadOnlySpan<byte> input, Span<ulong> into)
    {
        int width = Take(ref input, into.Length, 8, out ReadOnlySpan<byte> packed);
        switch (width)
        {
            case 0:
                into.Clear();
                break;
            case 1:
                for (int i = 0; i < into.Length; i++)
                {
                    into[i] = packed[i];
                }

                break;
            case 2:
                ReadOnlySpan<ushort> shorts = MemoryMarshal.Cast<byte, ushort>(packed)[..into.Length];
                for (int i = 0; i < shorts.Length; i++)
                {
                    into[i] = shorts[i];
                }

                break;
            case 4:
                ReadOnlySpan<uint> ints = MemoryMarshal.Cast<byte, uint>(packed)[..into.Length];
                for (int i = 0; i < ints.Length; i++)
                {
                    into[i] = ints[i];
                }

                break;
            default:
                packed.CopyTo(MemoryMarshal.AsBytes(into));
                break;
        }
    }

    private static int Width(ulong all) => all switch { 0 => 0, <= byte.MaxValue => 1, <= ushort.MaxValue => 2, <= uint.MaxValue => 4, _ => 8 };

    private static Span<byte> Begin(IBufferWriter<byte> output, int width, int count)
    {
        int size = checked(width * count);
        Span<byte> span = output.GetSpan(1 + size);
        span[0] = (byte)width;
        return span.Slice(1, size);
    }

    private static int Take(ref ReadOnlySpan<byte> input, int count, int most, out ReadOnlySpan<byte> packed)
    {
        if (input.IsEmpty || input[0] > most || input[0] is not (0 or 1 or 2 or 4 or 8))
        {
            throw new RecordFormatException("a column has no valid width");
        }

        int width = input[0];
        long size = (long)width * count;
        if (size > input.Length - 1)
        {
            throw new RecordFormatException("a column ends too early");
        }

        packed = input.Slice(1, (int)size);
        input = input[(1 + (int)size)..];
        return width;
    }

    private static void Narrow(ReadOnlySpan<uint> values, Span<ushort> into)
    {
        int i = 0, step = Vector<ushort>.Count;
        into = into[..values.Length];
        for (; i + step <= values.Length; i += step)
        {
            Vector.Narrow(new Vector<uint>(values[i..]), new Vector<uint>(values[(i + (step / 2))..])).CopyTo(into[i..]);
        }

        for (; i < values.Length; i++)
        {
            into[i] = (ushort)values[i];
        }
    }

    private static uint Widen(ReadOnlySpan<ushort> packed, Span<uint> into)
    {
        int i = 0, step = Vector<ushort>.Count;
        var most = Vector<ushort>.Zero;
        packed = packed[..into.Length];
        for (; i + step <= packed.Length; i += step)
        {
            var part = new Vector<ushort>(packed[i..]);
            most = Vector.Max(most, part);
            Vector.Widen(part, out Vector<uint> low, out Vector<uint> high);
            low.CopyTo(into[i..]);
            high.CopyTo(into[(i + (step / 2))..]);
        }

        uint max = 0;
        for (int lane = 0; lane < step; lane++)
        {
            max = Math.Max(max, most[lane]);
        }

        for (; i < packed.Length; i++)
        {
            into[i] = packed[i];
            max = Math.Max(max, packed[i]);
        }

        return max;
    }
}
