using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Pyro.Profiles.Labels;
using Pyro.Profiles.Records;
using Pyro.Profiles.Relabeling;

namespace Pyro.Profiles.Pprof;

/// <summary>
/// Splits a normalised profile into series by the labels of its samples and relabels each. Labels <c>span_id</c> (and its old name
/// <c>profile_id</c>) do not split: they stay on the samples, as spans. Reusable, keeps its scratch space; not thread-safe.
/// </summary>
public sealed class SampleSplit
{
    private readonly RecordBuilder _builder = new();
    private readonly List<SplitSeries> _series = [], _spare = [];
    private readonly List<Label> _labels = [];
    private readonly List<int> _groupFirst = [];
    private readonly Dictionary<LabelSet, int> _seriesOf = [];
    private int[] _slots = [], _group = [], _target = [];
    private ulong[] _span = [];
    private bool[] _isSpanKey = [];
    private bool _spans;
    private PprofProfile _profile = null!;

    /// <summary>How many series came out; 0: the rules dropped everything.</summary>
    public int Count => _series.Count;

    /// <summary>The final labels of a series, sorted by name.</summary>
    public IReadOnlyList<Label> Labels(int series) => _series[series].Labels;

    /// <summary>Samples of a series.</summary>
    public int SampleCount(int series) => _series[series].Samples.Count;

    /// <summary>Splits a profile; its samples' values are summed in place where stack and span have become equal.</summary>
    /// <exception cref="ProfileRejectedException">The labels of some series may not be stored.</exception>
    public void Split(PprofProfile p, ReadOnlySpan<Label> series, RelabelRules rules, in LabelLimits limits)
    {
        _profile = p;
        _spare.AddRange(_series);
        _series.Clear();
        _seriesOf.Clear();
        Group(p);
        PprofProfile.Reserve(ref _target, _groupFirst.Count);
        for (int g = 0; g < _groupFirst.Count; g++)
        {
            _target[g] = Series(p, _groupFirst[g], series, rules, limits);
        }

        bool labelled = p.SampleLabelStart[p.SampleCount] > 0;
        for (int s = 0; s < p.SampleCount; s++)
        {
            int target = _target[_group[s]];
            if (target >= 0)
            {
                _series[target].Samples.Add(s);
                _series[target].Spans.Add(labelled ? _span[s] : 0);
            }
        }

        for (int i = 0; labelled && i < _series.Count; i++)
        {
            Join(p, _series[i]);
        }
    }

    /// <summary>Fills a record with a series; the labels may have been added to since. The id is left to the caller.</summary>
    public void Build(int series, LabelSet labels, ProfileRecord into)
    {
        SplitSeries from = _series[series];
        _builder.Build(_profile, labels, CollectionsMarshal.AsSpan(from.Samples), CollectionsMarshal.AsSpan(from.Spans), into);
    }

    /// <summary>Gives each sample its group, by its labels without spans, and its span.</summary>
    private void Group(PprofProfile p)
    {
        _groupFirst.Clear();
        PprofProfile.Reserve(ref _group, p.SampleCount);
        if (p.SampleLabelStart[p.SampleCount] == 0)
        {
            _group.AsSpan(0, p.SampleCount).Clear();
            if (p.SampleCount > 0)
            {
                _groupFirst.Add(0);
            }

            return;
        }

        PprofProfile.Reserve(ref _span, p.SampleCount);
        SpanKeys(p);
        int mask = Slots(p.SampleCount);
        for (int s = 0; s < p.SampleCount; s++)
        {
            _span[s] = TakeSpan(p, s);
            ReadOnlySpan<int> keys = Keys(p, s), values = Values(p, s);
            ulong hash = SeededHash.Join(SeededHash.Of(MemoryMarshal.AsBytes(keys)), SeededHash.Of(MemoryMarshal.AsBytes(values)));
            for (int i = (int)(hash >> 32) & mask; ; i = (i + 1) & mask)
            {
                int group = _slots[i] - 1;
                if (group < 0)
                {
                    group = _groupFirst.Count;
                    _groupFirst.Add(s);
                    _slots[i] = group + 1;
                }

                if (keys.SequenceEqual(Keys(p, _groupFirst[group])) && values.SequenceEqual(Values(p, _groupFirst[group])))
                {
                    _group[s] = group;
                    break;
                }
            }
        }
    }

    private void SpanKeys(PprofProfile p)
    {
        _spans = false;
        PprofProfile.Reserve(ref _isSpanKey, p.StringCount);
        for (int i = 0; i < p.StringCount; i++)
        {
            _isSpanKey[i] = p.StringLength[i] is 7 or 10 && (p.String(i).SequenceEqual("span_id"u8) || p.String(i).SequenceEqual("profile_id"u8));
            _spans |= _isSpanKey[i];
        }
    }

    /// <summary>Moves a sample's span labels out of the way, behind its other labels, and returns the span.</summary>
    private ulong TakeSpan(PprofProfile p, int sample)
    {
        if (!_spans)
        {
            return 0;
        }

        ulong span = 0;
        int to = p.SampleLabelStart[sample];
        for (int i = to; i < p.SampleLabelStart[sample + 1]; i++)
        {
            int key = p.LabelKey[i], value = p.LabelValue[i];
            if (_isSpanKey[key])
            {
                span = span == 0 ? ParseSpan(p.String(value)) : span;
                p.LabelKey[i] = -1;
            }
            else
            {
                p.LabelKey[i] = -1;
                p.LabelKey[to] = key;
                p.LabelValue[to++] = value;
            }
        }

        return span;
    }

    /// <summary>Eight bytes in hex, as a little endian number; 0 when malformed.</summary>
    private static ulong ParseSpan(ReadOnlySpan<byte> text)
    {
        Span<byte> bytes = stackalloc byte[8];
        return text.Length == 16 && Convert.FromHexString(text, bytes, out _, out _) == System.Buffers.OperationStatus.Done
            ? BinaryPrimitives.ReadUInt64LittleEndian(bytes)
            : 0;
    }

    private static ReadOnlySpan<int> Keys(PprofProfile p, int sample)
    {
        ReadOnlySpan<int> keys = p.LabelKey.AsSpan(p.SampleLabelStart[sample]..p.SampleLabelStart[sample + 1]);
        int end = keys.IndexOf(-1);
        return end < 0 ? keys : keys[..end];
    }

    private static ReadOnlySpan<int> Values(PprofProfile p, int sample) => p.LabelValue.AsSpan(p.SampleLabelStart[sample], Keys(p, sample).Length);

    /// <summary>The series of a group of samples, an existing one when the final labels are the same, or -1 when it is dropped.</summary>
    private int Series(PprofProfile p, int sample, ReadOnlySpan<Label> series, RelabelRules rules, in LabelLimits limits)
    {
        _labels.Clear();
        _labels.AddRange(series);
        ReadOnlySpan<int> keys = Keys(p, sample), values = Values(p, sample);
        for (int i = 0; i < keys.Length; i++)
        {
            string name = Encoding.UTF8.GetString(p.String(keys[i]));
            if (!_labels.Exists(label => label.Name == name))
            {
                _labels.Add(new Label(name, Encoding.UTF8.GetString(p.String(values[i]))));
            }
        }

        if (!rules.Apply(_labels))
        {
            return -1;
        }

        LabelValidation.Validate(_labels, limits);
        if (_groupFirst.Count > 1 && !_seriesOf.TryAdd(LabelSet.FromStoredOrder([.. _labels]), _series.Count))
        {
            return _seriesOf[LabelSet.FromStoredOrder([.. _labels])];
        }

        SplitSeries added = Spare();
        added.Labels.AddRange(_labels);
        _series.Add(added);
        return _series.Count - 1;
    }

    private SplitSeries Spare()
    {
        if (_spare.Count == 0)
        {
            return new SplitSeries();
        }

        SplitSeries spare = _spare[^1];
        _spare.RemoveAt(_spare.Count - 1);
        spare.Labels.Clear();
        spare.Samples.Clear();
        spare.Spans.Clear();
        return spare;
    }

    /// <summary>Adds up samples of a series that have the same stack and span.</summary>
    private void Join(PprofProfile p, SplitSeries series)
    {
        int mask = Slots(series.Samples.Count), kept = 0;
        for (int n = 0; n < series.Samples.Count; n++)
        {
            int sample = series.Samples[n];
            ulong span = series.Spans[n];
            ReadOnlySpan<int> stack = p.Stack(sample);
            ulong hash = SeededHash.Join(SeededHash.Of(MemoryMarshal.AsBytes(stack)), span);
            for (int i = (int)(hash >> 32) & mask; ; i = (i + 1) & mask)
            {
                int other = _slots[i] - 1;
                if (other < 0)
                {
                    series.Samples[kept] = sample;
                    series.Spans[kept] = span;
                    _slots[i] = ++kept;
                    break;
                }

                if (series.Spans[other] == span && stack.SequenceEqual(p.Stack(series.Samples[other])))
                {
                    Add(p.Values(sample), p.Values(series.Samples[other]));
                    break;
                }
            }
        }

        CollectionsMarshal.SetCount(series.Samples, kept);
        CollectionsMarshal.SetCount(series.Spans, kept);
    }

    private static void Add(ReadOnlySpan<long> values, Span<long> sums)
    {
        for (int t = 0; t < sums.Length; t++)
        {
            sums[t] += values[t];
        }
    }

    private int Slots(int count)
    {
        int size = 64;
        while (size < 2 * count)
        {
            size *= 2;
        }

        PprofProfile.Reserve(ref _slots, size);
        _slots.AsSpan(0, size).Clear();
        return size - 1;
    }

    private sealed class SplitSeries
    {
        public List<Label> Labels { get; } = [];

        public List<int> Samples { get; } = [];

        public List<ulong> Spans { get; } = [];
    }
}
