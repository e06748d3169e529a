using System.Buffers;
using System.Runtime.InteropServices;

namespace Pyro.Profiles.Pprof;

/// <summary>
/// Go names the instances of a generic function by shape, <c>Map[go.shape.int,go.shape.string]</c>. The sections are cut out, then
/// functions and locations that have become equal are joined (samples follow in normalisation). For validated profiles.
/// </summary>
public static class GoTypeParameters
{
    /// <summary>Removes every section; false: there was none and nothing changed.</summary>
    public static bool Remove(PprofProfile p)
    {
        bool changed = false;
        for (int i = 0; i < p.StringCount; i++)
        {
            int length = Cut(p.Text.AsSpan(p.StringOffset[i], p.StringLength[i]));
            changed |= length != p.StringLength[i];
            p.StringLength[i] = length;
        }

        if (changed)
        {
            int[] text = Strings(p);
            JoinFunctions(p, text);
            ArrayPool<int>.Shared.Return(text);
            JoinLocations(p);
        }

        return changed;
    }

    /// <summary>Cuts sections out in place and returns the new length.</summary>
    private static int Cut(Span<byte> text)
    {
        ReadOnlySpan<byte> opening = "[go.shape."u8;
        int length = 0;
        for (int at = 0; ;)
        {
            int before = text[at..].IndexOf(opening), end = before < 0 ? -1 : SectionEnd(text, at + before);
            ReadOnlySpan<byte> kept = end < 0 ? text[at..] : text.Slice(at, before);
            kept.CopyTo(text[length..]);
            length += kept.Length;
            if (end < 0)
            {
                return length;
            }

            at = end;
        }
    }

    /// <summary>Behind the bracket that closes a section, or -1.</summary>
    private static int SectionEnd(ReadOnlySpan<byte> text, int start)
    {
        int depth = 0;
        for (int at = start; at < text.Length; at++)
        {
            depth += text[at] == '[' ? 1 : text[at] == ']' ? -1 : 0;
            if (depth == 0)
            {
                return at + 1;
            }
        }

        return -1;
    }

    /// <summary>The first string equal to each string.</summary>
    private static int[] Strings(PprofProfile p) => First(p.StringCount, i => SeededHash.Of(p.String(i)), (a, b) => p.String(a).SequenceEqual(p.String(b)));

    private static void JoinFunctions(PprofProfile p, int[] text)
    {
        (int, int, int, long) Key(int f) => (text[p.FunctionName[f]], text[p.FunctionSystemName[f]], text[p.FunctionFile[f]], p.FunctionStartLine[f]);
        int[] first = First(p.FunctionCount, f => (uint)Key(f).GetHashCode() * 0x9E3779B97F4A7C15UL, (a, b) => Key(a) == Key(b));
        Map(p.LineFunction.AsSpan(0, p.LineCount), first);
    }

    private static void JoinLocations(PprofProfile p)
    {
        static ReadOnlySpan<T> Lines<T>(PprofProfile p, T[] column, int l) => column.AsSpan(p.LocationLineStart[l]..p.LocationLineStart[l + 1]);
        ulong Hash(int l) => SeededHash.Join(
            SeededHash.Of(MemoryMarshal.AsBytes(Lines(p, p.LineFunction, l))) ^ (ulong)p.LocationMapping[l],
            SeededHash.Of(MemoryMarshal.AsBytes(Lines(p, p.LineNumber, l))) ^ p.LocationAddress[l]);
        bool Same(int a, int b) => p.LocationMapping[a] == p.LocationMapping[b] && p.LocationAddress[a] == p.LocationAddress[b]
            && p.LocationFolded[a] == p.LocationFolded[b] && Lines(p, p.LineFunction, a).SequenceEqual(Lines(p, p.LineFunction, b))
            && Lines(p, p.LineNumber, a).SequenceEqual(Lines(p, p.LineNumber, b));
        Map(p.StackLocation.AsSpan(0, p.SampleStackStart[p.SampleCount]), First(p.LocationCount, Hash, Same));
    }

    /// <summary>Points references to the first of equal entries and gives the table back.</summary>
    private static void Map(Span<int> references, int[] first)
    {
        foreach (ref int reference in references)
        {
            reference = reference < 0 ? reference : first[reference];
        }

        ArrayPool<int>.Shared.Return(first);
    }

    /// <summary>For each entry the first one equal to it, in a rented array.</summary>
    private static int[] First(int count, Func<int, ulong> hash, Func<int, int, bool> same)
    {
        int[] first = ArrayPool<int>.Shared.Rent(count);
        int size = 16;
        while (size < 2 * count)
        {
            size *= 2;
        }

        int[] slots = ArrayPool<int>.Shared.Rent(size);
        slots.AsSpan(0, size).Clear();
        for (int i = 0; i < count; i++)
        {
            for (int slot = (int)(hash(i) >> 32) & (size - 1); ; slot = (slot + 1) & (size - 1))
            {
                int other = slots[slot] - 1;
                if (other < 0 || same(other, i))
                {
                    first[i] = other < 0 ? i : other;
                    slots[slot] = first[i] + 1;
                    break;
                }
            }
        }

        ArrayPool<int>.Shared.Return(slots);
        return first;
    }
}
