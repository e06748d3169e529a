using System.Buffers.Text;
using Pyro.Profiles.Pprof;

namespace Pyro.Profiles.Folded;

/// <summary>Text that is no folded stacks.</summary>
public sealed class FoldedFormatException(string message) : Exception(message);

/// <summary>
/// Reads stacks as text, root first, frames parted by semicolons, into the columns of a pprof profile with one sample type:
/// "groups" (<c>a;b;c 12</c>, one stack and its count a line) or "lines" (<c>a;b;c</c>, every line counts one). Equal
/// stacks are joined by normalisation, not here. Reusable, keeps its scratch space; not thread-safe.
/// </summary>
public sealed class FoldedProfile
{
    private int[] _slots = [];
    private ulong[] _stack = [];

    /// <summary>Reads groups. Lines without a space are passed over; the count is what follows the last space.</summary>
    /// <param name="text">The body, UTF-8.</param>
    /// <param name="type">What the counts are.</param>
    /// <param name="into">Filled; what it held before is gone.</param>
    /// <exception cref="FoldedFormatException">A count is no whole number, or too large when it is scaled.</exception>
    public void ReadGroups(ReadOnlySpan<byte> text, in FoldedType type, PprofProfile into)
    {
        Begin(type, into);
        foreach (Range range in text.Split((byte)'\n'))
        {
            ReadOnlySpan<byte> line = Trim(text[range]);
            int space = line.LastIndexOf((byte)' ');
            if (space < 0)
            {
                continue;
            }

            ReadOnlySpan<byte> digits = line[(space + 1)..];
            bool plus = digits.StartsWith("+"u8);
            if (digits.IsEmpty || !Utf8Parser.TryParse(plus ? digits[1..] : digits, out long count, out int used) || used + (plus ? 1 : 0) != digits.Length)
            {
                throw new FoldedFormatException($"a count is no whole number: \"{Relabeling.LabelText.Printable(Relabeling.LabelText.Decode(digits))}\"");
            }

            Add(line[..space], count, into);
        }

        End(type, into);
    }

    /// <summary>Reads lines; empty ones are passed over.</summary>
    public void ReadLines(ReadOnlySpan<byte> text, in FoldedType type, PprofProfile into)
    {
        Begin(type, into);
        foreach (Range range in text.Split((byte)'\n'))
        {
            ReadOnlySpan<byte> line = Trim(text[range]);
            if (!line.IsEmpty)
            {
                Add(line, 1, into);
            }
        }

        End(type, into);
    }

    /// <summary>Adds one stack, for formats that are read elsewhere; between <see cref="Begin"/> and <see cref="End"/>.</summary>
    /// <param name="stack">Frames, root first, parted by semicolons; one at the end adds no frame, and no frames no sample.</param>
    /// <param name="count">How often it was seen; added to an equal stack's.</param>
    /// <param name="into">The profile begun.</param>
    public void Add(ReadOnlySpan<byte> stack, long count, PprofProfile into)
    {
        if (stack.EndsWith(";"u8))
        {
            stack = stack[..^1];
        }
        else if (stack.IsEmpty)
        {
            return;
        }

        int depth = stack.Count((byte)';') + 1, at = depth;
        PprofProfile.Reserve(ref _stack, depth);
        foreach (Range range in stack.Split((byte)';'))
        {
            _stack[--at] = Frame(into, stack[range]);
        }

        into.AddSample(_stack.AsSpan(0, depth), [count]);
    }

    /// <summary>Empties a profile and gives it its sample type.</summary>
    public void Begin(in FoldedType type, PprofProfile into)
    {
        into.Clear();
        into.AddString([]);
        into.AddType(into.AddString(type.Type), into.AddString(type.Unit));
        if (type.PeriodType.Length > 0)
        {
            into.PeriodType = into.AddString(type.PeriodType);
            into.PeriodUnit = into.AddString(type.PeriodUnit);
            into.Period = type.Scale;
        }

        _slots.AsSpan().Clear();
    }

    /// <summary>Scales the values and finishes the columns.</summary>
    /// <exception cref="FoldedFormatException">A value does not fit when it is scaled.</exception>
    public static void End(in FoldedType type, PprofProfile into)
    {
        foreach (ref long value in into.Value.AsSpan(0, into.SampleValueStart[into.SampleCount]))
        {
            if (Math.BigMul(value, type.Scale) is var product && (product > long.MaxValue || product < long.MinValue))
            {
                throw new FoldedFormatException("a value is too large");
            }

            value = (long)product;
        }

        into.RawLength = into.TextLength;
        into.ResolveIds();
    }

    /// <summary>Id of the location of a frame, made with its function when new.</summary>
    private ulong Frame(PprofProfile into, ReadOnlySpan<byte> name)
    {
        if (2 * (into.LocationCount + 1) > _slots.Length)
        {
            Grow(into);
        }

        int mask = _slots.Length - 1;
        for (int i = (int)(SeededHash.Of(name) >> 32) & mask; ; i = (i + 1) & mask)
        {
            int id = _slots[i];
            if (id > 0 && into.String(into.FunctionName[id - 1]).SequenceEqual(name))
            {
                return (ulong)id;
            }

            if (id == 0)
            {
                ulong next = (ulong)into.LocationCount + 1;
                int text = name.IsEmpty ? 0 : into.AddString(name);
                into.AddFunction(next, text, text, 0, 0);
                into.AddLine(next, 0);
                into.AddLocation(next, 0, 0, folded: false);
                _slots[i] = (int)next;
                return next;
            }
        }
    }

    private void Grow(PprofProfile into)
    {
        _slots = new int[Math.Max(256, 2 * _slots.Length)];
        int mask = _slots.Length - 1;
        for (int id = 1; id <= into.LocationCount; id++)
        {
            int i = (int)(SeededHash.Of(into.String(into.FunctionName[id - 1])) >> 32) & mask;
            while (_slots[i] != 0)
            {
                i = (i + 1) & mask;
            }

            _slots[i] = id;
        }
    }

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> line) => line.EndsWith("\r"u8) ? line[..^1] : line;
}
