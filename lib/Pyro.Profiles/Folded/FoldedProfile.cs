using System.Buffers.Text;
using Pyro.Profiles.Pprof;

namespace Pyro.Profiles.Folded;

/// <summary>Text that is no folded stacks.</summary>
public sealed class FoldedFormatException(string message) : Exception(message);

/// <summary>
/// Reads stacks as text, root first, frames parted by semicolons, into the columns of a pprof profile with one sample type:
/// "groups" (<c>a;b;c 12</c>, one stack and its count a line) or "lines" (<c>a;b;c</c>, every line counts one). Equal
/// stacks are joined by normalisation, not here. A text that breaks a limit is read to its end, so that a wrong line is found, but nothing
/// more of it is kept: validation then refuses the profile. Reusable, keeps its scratch space; not thread-safe.
/// </summary>
public sealed class FoldedProfile
{
    /// <summary>Bytes of a wrong count that its message repeats.</summary>
    private const int ShownBytesMax = 64;

    private int[] _slots = [];
    private ulong[] _stack = [];
    private ProfileLimits _limits;
    private Action<long>? _take;
    private long _taken;

    // Bytes of the name that broke the limit of size; it is not kept.
    private int _excess;

    /// <summary>Bytes held on to.</summary>
    public long RetainedBytes => (4L * _slots.Length) + (8L * _stack.Length);

    /// <summary>Reads groups. Lines without a space are passed over; the count is what follows the last space.</summary>
    /// <param name="text">The body, UTF-8.</param>
    /// <param name="type">What the counts are.</param>
    /// <param name="into">Filled; what it held before is gone.</param>
    /// <param name="limits">What the profile may be; only its size, samples and depth matter here.</param>
    /// <param name="take">Told of so many bytes that the profile has grown by; may throw.</param>
    /// <exception cref="FoldedFormatException">A count is no whole number, or too large when it is scaled.</exception>
    public void ReadGroups(ReadOnlySpan<byte> text, in FoldedType type, PprofProfile into, in ProfileLimits limits = default, Action<long>? take = null)
    {
        Begin(type, into, limits, take);
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
                ReadOnlySpan<byte> shown = digits[..Math.Min(digits.Length, ShownBytesMax)];
                throw new FoldedFormatException($"a count is no whole number: \"{Relabeling.LabelText.Printable(Relabeling.LabelText.Decode(shown))}\"");
            }

            Add(line[..space], count, into);
        }

        End(type, into);
    }

    /// <summary>Reads lines; empty ones are passed over.</summary>
    public void ReadLines(ReadOnlySpan<byte> text, in FoldedType type, PprofProfile into, in ProfileLimits limits = default, Action<long>? take = null)
    {
        Begin(type, into, limits, take);
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

        if (_excess > 0 || (_limits.MaxSamples > 0 && into.SampleCount >= _limits.MaxSamples))
        {
            into.SamplesLeftOut++;
            return;
        }

        // Validation cuts at the leaf, which comes last here: those frames give their names only.
        int depth = stack.Count((byte)';') + 1;
        depth = _limits.MaxStackDepth > 0 ? Math.Min(depth, _limits.MaxStackDepth) : depth;
        int at = depth;
        PprofProfile.Reserve(ref _stack, depth);
        foreach (Range range in stack.Split((byte)';'))
        {
            ulong location = Frame(into, stack[range]);
            if (location == 0)
            {
                into.SamplesLeftOut++;
                return;
            }

            if (at > 0)
            {
                _stack[--at] = location;
            }
        }

        into.AddSample(_stack.AsSpan(0, depth), [count]);
        Account(into);
    }

    /// <summary>Empties a profile and gives it its sample type.</summary>
    public void Begin(in FoldedType type, PprofProfile into, in ProfileLimits limits = default, Action<long>? take = null)
    {
        into.Clear();
        (_limits, _take, _taken, _excess) = (limits, take, into.RetainedBytes + RetainedBytes, 0);
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
    public void End(in FoldedType type, PprofProfile into)
    {
        foreach (ref long value in into.Value.AsSpan(0, into.SampleValueStart[into.SampleCount]))
        {
            if (Math.BigMul(value, type.Scale) is var product && (product > long.MaxValue || product < long.MinValue))
            {
                throw new FoldedFormatException("a value is too large");
            }

            value = (long)product;
        }

        into.RawLength = into.TextLength + _excess;
        _take = null;
        into.ResolveIds();
    }

    /// <summary>Tells of what the columns have grown by since the last time.</summary>
    private void Account(PprofProfile into)
    {
        if (_take is { } take && into.RetainedBytes + RetainedBytes is var now && now > _taken)
        {
            take(now - _taken);
            _taken = now;
        }
    }

    /// <summary>Id of the location of a frame, made with its function when new; 0 when its name makes the profile too large.</summary>
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
                if (_limits.MaxSizeBytes > 0 && into.TextLength + (long)name.Length > _limits.MaxSizeBytes)
                {
                    _excess = name.Length;
                    return 0;
                }

                ulong next = (ulong)into.LocationCount + 1;
                int text = name.IsEmpty ? 0 : into.AddString(name);
                into.AddFunction(next, text, text, 0, 0);
                into.AddLine(next, 0);
                into.AddLocation(next, 0, 0, folded: false);
                _slots[i] = (int)next;
                if ((next & 0xFFF) == 0)
                {
                    // One stack may name very many frames.
                    Account(into);
                }

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
