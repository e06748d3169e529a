using System.Runtime.InteropServices;

namespace Pyro.Profiles.Pprof;

/// <summary>How many samples and tables' entries normalisation dropped or joined; the log line of an accepted profile carries them.</summary>
/// <param name="Samples">Samples before.</param>
/// <param name="Negative">Samples dropped because a value is negative.</param>
/// <param name="Zero">Samples dropped because no value is above zero.</param>
/// <param name="InvalidLocation">Samples dropped because a location is unknown or unusable.</param>
/// <param name="ValueMismatch">Samples dropped because they have another number of values than there are types.</param>
/// <param name="Duplicate">Samples added to an earlier one with the same stack and labels.</param>
public readonly record struct NormaliseCounts(int Samples, int Negative, int Zero, int InvalidLocation, int ValueMismatch, int Duplicate);

/// <summary>
/// Brings a profile into the form that is stored: only samples with something to count, each (stack, labels) once, only string
/// labels, every reference valid, no addresses where a mapping is symbolised. In place; tables keep entries that nothing refers to.
/// </summary>
public sealed class Normalisation
{
    private bool[] _usable = [];
    private bool _allUsable;
    private int[] _slots = [];
    private ulong[] _labels = [];

    /// <summary>Normalises a profile.</summary>
    public NormaliseCounts Normalise(PprofProfile p, DateTimeOffset now)
    {
        if (p.TimeNanos == 0)
        {
            p.TimeNanos = UnixTime.Nanos(now);
        }

        Strings(p);
        Locations(p);
        NormaliseCounts counts = Samples(p);
        Addresses(p);
        return counts;
    }

    /// <summary>References to strings that are not there become the empty string.</summary>
    private static void Strings(PprofProfile p)
    {
        if (p.StringCount == 0)
        {
            p.AddString([]);
        }

        Span<int> header = [p.PeriodType, p.PeriodUnit, p.DefaultSampleType, p.DropFrames, p.KeepFrames];
        Clamp(header, p.StringCount);
        (p.PeriodType, p.PeriodUnit, p.DefaultSampleType, p.DropFrames, p.KeepFrames) = (header[0], header[1], header[2], header[3], header[4]);
        Clamp(p.TypeName.AsSpan(0, p.TypeCount), p.StringCount);
        Clamp(p.TypeUnit.AsSpan(0, p.TypeCount), p.StringCount);
        Clamp(p.Comment.AsSpan(0, p.CommentCount), p.StringCount);
        Clamp(p.MappingFile.AsSpan(0, p.MappingCount), p.StringCount);
        Clamp(p.MappingBuildId.AsSpan(0, p.MappingCount), p.StringCount);
        Clamp(p.FunctionName.AsSpan(0, p.FunctionCount), p.StringCount);
        Clamp(p.FunctionSystemName.AsSpan(0, p.FunctionCount), p.StringCount);
        Clamp(p.FunctionFile.AsSpan(0, p.FunctionCount), p.StringCount);
        int labels = p.SampleLabelStart[p.SampleCount];
        Clamp(p.LabelKey.AsSpan(0, labels), p.StringCount);
        Clamp(p.LabelValue.AsSpan(0, labels), p.StringCount);
    }

    private static void Clamp(Span<int> references, int count)
    {
        foreach (ref int reference in references)
        {
            reference = (uint)reference < (uint)count ? reference : 0;
        }
    }

    /// <summary>
    /// A location is unusable with a mapping or function that is not there, or with neither lines nor an address. Locations that name
    /// no mapping share an empty one at the end of the table.
    /// </summary>
    private void Locations(PprofProfile p)
    {
        PprofProfile.Reserve(ref _usable, p.LocationCount);
        _allUsable = !p.StackLocation.AsSpan(0, p.SampleStackStart[p.SampleCount]).Contains(-1);
        int stub = -1;
        for (int i = 0; i < p.LocationCount; i++)
        {
            int from = p.LocationLineStart[i], to = p.LocationLineStart[i + 1];
            bool usable = p.LocationMapping[i] != -1 && (to > from || p.LocationAddress[i] != 0);
            for (int line = from; line < to; line++)
            {
                usable &= p.LineFunction[line] >= 0;
            }

            _usable[i] = usable;
            _allUsable &= usable;
            if (usable && p.LocationMapping[i] == PprofProfile.NoMapping)
            {
                if (stub < 0)
                {
                    stub = p.MappingCount;
                    p.AddMapping(0, 0, 0, 0, 0, 0, 0);
                }

                p.LocationMapping[i] = stub;
            }
        }
    }

    private NormaliseCounts Samples(PprofProfile p)
    {
        int size = 64;
        while (size < 2 * p.SampleCount)
        {
            size *= 2;
        }

        PprofProfile.Reserve(ref _slots, size);
        _slots.AsSpan(0, size).Clear();
        int kept = 0, negative = 0, zero = 0, invalid = 0, mismatch = 0, duplicate = 0, samples = p.SampleCount;
        int labels, labelsEnd = 0;
        for (int s = 0; s < samples; s++)
        {
            // Read before an earlier sample, shorter now by its numeric labels, ends over it.
            labels = labelsEnd;
            labelsEnd = p.SampleLabelStart[s + 1];
            switch (Judge(p, s))
            {
                case Verdict.Negative:
                    negative++;
                    continue;
                case Verdict.Zero:
                    zero++;
                    continue;
                case Verdict.ValueMismatch:
                    mismatch++;
                    continue;
                case Verdict.InvalidLocation:
                    invalid++;
                    continue;
            }

            Move(p, s, kept, labels, labelsEnd);
            int first = FindOrAdd(p, kept, size - 1);
            if (first == kept)
            {
                kept++;
                continue;
            }

            duplicate++;
            Span<long> sum = p.Values(first);
            ReadOnlySpan<long> values = p.Values(kept);
            for (int t = 0; t < sum.Length; t++)
            {
                sum[t] += values[t];
            }
        }

        p.SampleCount = kept;
        return new NormaliseCounts(samples, negative, zero, invalid, mismatch, duplicate);
    }

    private Verdict Judge(PprofProfile p, int sample)
    {
        ReadOnlySpan<long> values = p.Values(sample);
        bool positive = false;
        foreach (long value in values)
        {
            if (value < 0)
            {
                return Verdict.Negative;
            }

            positive |= value > 0;
        }

        if (!positive)
        {
            return Verdict.Zero;
        }

        if (values.Length != p.TypeCount)
        {
            return Verdict.ValueMismatch;
        }

        if (_allUsable)
        {
            return Verdict.Keep;
        }

        foreach (int location in p.Stack(sample))
        {
            if (location < 0 || !_usable[location])
            {
                return Verdict.InvalidLocation;
            }
        }

        return Verdict.Keep;
    }

    /// <summary>Moves a sample down to where the next kept one goes, without its numeric labels, the others sorted by key and value.</summary>
    private void Move(PprofProfile p, int from, int to, int label, int labelEnd)
    {
        ReadOnlySpan<int> stack = p.Stack(from);
        ReadOnlySpan<long> values = p.Values(from);
        if (from != to)
        {
            stack.CopyTo(p.StackLocation.AsSpan(p.SampleStackStart[to]));
            values.CopyTo(p.Value.AsSpan(p.SampleValueStart[to]));
        }

        p.SampleStackStart[to + 1] = p.SampleStackStart[to] + stack.Length;
        p.SampleValueStart[to + 1] = p.SampleValueStart[to] + values.Length;
        p.SampleLabelStart[to + 1] = MoveLabels(p, label, labelEnd, p.SampleLabelStart[to]);
    }

    private int MoveLabels(PprofProfile p, int from, int end, int to)
    {
        PprofProfile.Reserve(ref _labels, end - from);
        int count = 0;
        for (int label = from; label < end; label++)
        {
            if (p.LabelValue[label] != 0)
            {
                _labels[count++] = ((ulong)p.LabelKey[label] << 32) | (uint)p.LabelValue[label];
            }
        }

        Span<ulong> sorted = _labels.AsSpan(0, count);
        sorted.Sort();
        foreach (ulong label in sorted)
        {
            p.LabelKey[to] = (int)(label >> 32);
            p.LabelValue[to++] = (int)label;
        }

        return to;
    }

    private int FindOrAdd(PprofProfile p, int sample, int mask)
    {
        ReadOnlySpan<int> stack = p.Stack(sample), keys = Labels(p, p.LabelKey, sample), values = Labels(p, p.LabelValue, sample);
        ulong hash = SeededHash.Of(MemoryMarshal.AsBytes(stack));
        if (keys.Length > 0)
        {
            hash = SeededHash.Join(SeededHash.Join(hash, SeededHash.Of(MemoryMarshal.AsBytes(keys))), SeededHash.Of(MemoryMarshal.AsBytes(values)));
        }

        for (int i = (int)(hash >> 32) & mask; ; i = (i + 1) & mask)
        {
            int other = _slots[i] - 1;
            if (other < 0)
            {
                _slots[i] = sample + 1;
                return sample;
            }

            if (stack.SequenceEqual(p.Stack(other)) && keys.SequenceEqual(Labels(p, p.LabelKey, other)) && values.SequenceEqual(Labels(p, p.LabelValue, other)))
            {
                return other;
            }
        }
    }

    private static ReadOnlySpan<int> Labels(PprofProfile p, int[] column, int sample) =>
        column.AsSpan(p.SampleLabelStart[sample]..p.SampleLabelStart[sample + 1]);

    /// <summary>Where a mapping has its functions, addresses say nothing more and would only make equal locations differ.</summary>
    private static void Addresses(PprofProfile p)
    {
        for (int i = 0; i < p.MappingCount; i++)
        {
            if ((p.MappingFlags[i] & 1) != 0)
            {
                p.MappingStart[i] = p.MappingLimit[i] = p.MappingOffset[i] = 0;
            }
        }

        for (int i = 0; i < p.LocationCount; i++)
        {
            int mapping = p.LocationMapping[i];
            if (mapping >= 0 && (p.MappingFlags[mapping] & 1) != 0)
            {
                p.LocationAddress[i] = 0;
            }
        }
    }

    private enum Verdict
    {
        Keep,
        Negative,
        Zero,
        ValueMismatch,
        InvalidLocation,
    }
}
