using Pyro.Blocks.Parquet;
using Pyro.Profiles.Records;

namespace Pyro.Blocks.Writing;

/// <summary>Writes the rows of a block with the block's own stack ids, the samples of each ascending by them, and counts what it wrote.</summary>
internal sealed class BlockRows(ProfilesWriter writer, BlockSymbols symbols) : IDisposable
{
    private const int TraceSize = 16;

    // Fewer samples than this are sorted by comparing; more by the digits of their stack ids, which a profile's thousand samples need two of.
    private const int ComparedMax = 64;
    private const int DigitBits = 8, Digits = 1 << DigitBits;

    // Upper half: stack id, lower half: place in the row that came; so that equal stacks keep their order.
    private long[] _order = [], _other = [];
    private long[] _stacks = [], _values = [], _spans = [];
    private byte[] _traces = [];
    private int _series;
    private ProfileId _lastId;

    /// <summary>Rows.</summary>
    public long Count { get; private set; }

    /// <summary>Row groups that have ended.</summary>
    public int Groups => writer.GroupCount;

    /// <summary>Rows of the series.</summary>
    public long InSeries { get; private set; }

    /// <summary>Samples.</summary>
    public long Samples { get; private set; }

    /// <summary>Time of the first row of the series.</summary>
    public long FirstNanos { get; private set; }

    /// <summary>Time of the last row of the series.</summary>
    public long LastNanos { get; private set; }

    /// <summary>Earliest time of all.</summary>
    public long MinNanos { get; private set; } = long.MaxValue;

    /// <summary>Latest time of all.</summary>
    public long MaxNanos { get; private set; } = long.MinValue;

    /// <summary>Begins a series.</summary>
    public void Begin(int series) => (_series, InSeries) = (series, 0);

    /// <summary>Writes the row at which the source is.</summary>
    public ValueTask Add(IRowSource source, CancellationToken cancellation)
    {
        var row = source.Row;
        if (InSeries == 0)
        {
            FirstNanos = row.TimeNanos;
        }
        else if (row.TimeNanos < LastNanos || (row.TimeNanos == LastNanos && row.Id.CompareTo(_lastId) < 0))
        {
            throw new ArgumentException($"a row of {source.Labels} at {row.TimeNanos} may not follow one at {LastNanos}", nameof(source));
        }

        (LastNanos, _lastId) = (row.TimeNanos, row.Id);
        MinNanos = Math.Min(MinNanos, row.TimeNanos);
        MaxNanos = Math.Max(MaxNanos, row.TimeNanos);
        Count++;
        InSeries++;
        Samples += row.Stacks.Length;
        var n = row.Stacks.Length;
        Order(row);
        return writer.Add(
            new ProfileRow
            {
                Id = row.Id,
                SeriesIndex = _series,
                Partition = row.Partition,
                Stacks = _stacks.AsSpan(0, n),
                Values = _values.AsSpan(0, n),
                Spans = row.Spans.IsEmpty ? default : _spans.AsSpan(0, n),
                Traces = row.Traces.IsEmpty ? default : _traces.AsSpan(0, n * TraceSize),
                TimeNanos = row.TimeNanos,
                DurationNanos = row.DurationNanos,
                Period = row.Period,
                Annotations = row.Annotations,
            },
            cancellation);
    }

    /// <summary>Writes what is left, and syncs.</summary>
    /// <returns>Bytes of the file.</returns>
    public ValueTask<long> Finish(CancellationToken cancellation) => writer.Finish(cancellation);

    /// <inheritdoc/>
    public void Dispose() => writer.Dispose();

    private void Order(in SourceRow row)
    {
        var n = row.Stacks.Length;
        Reserve(n);
        var stacks = symbols.From(row.Partition, row.Symbols);
        var (last, highest, ascending) = (-1, 0, true);
        for (var i = 0; i < n; i++)
        {
            var id = stacks.Stack(row.Stacks[i]);
            _order[i] = ((long)id << 32) | (uint)i;
            ascending &= id >= last;
            highest = Math.Max(highest, id);
            last = id;
        }

        if (!ascending)
        {
            Sort(n, highest);
        }

        for (var i = 0; i < n; i++)
        {
            var from = (int)_order[i];
            _stacks[i] = _order[i] >> 32;
            _values[i] = row.Values[from];
            if (!row.Spans.IsEmpty)
            {
                _spans[i] = row.Spans[from];
            }

            if (!row.Traces.IsEmpty)
            {
                row.Traces.Slice(from * TraceSize, TraceSize).CopyTo(_traces.AsSpan(i * TraceSize));
            }
        }
    }

    private void Sort(int n, int highest)
    {
        if (n <= ComparedMax)
        {
            _order.AsSpan(0, n).Sort();
            return;
        }

        // From the lowest digit on: equal digits keep the order of those below.
        Span<int> starts = stackalloc int[Digits];
        for (var shift = 0; shift < 32 && highest >> shift > 0; shift += DigitBits)
        {
            Span<long> from = _order.AsSpan(0, n), to = _other.AsSpan(0, n);
            starts.Clear();
            foreach (var entry in from)
            {
                starts[(int)(entry >> (32 + shift)) & (Digits - 1)]++;
            }

            var start = 0;
            foreach (ref var digit in starts)
            {
                (digit, start) = (start, start + digit);
            }

            foreach (var entry in from)
            {
                to[starts[(int)(entry >> (32 + shift)) & (Digits - 1)]++] = entry;
            }

            (_order, _other) = (_other, _order);
        }
    }

    private void Reserve(int samples)
    {
        if (_order.Length >= samples)
        {
            return;
        }

        var size = Math.Max(samples, 2 * _order.Length);
        (_order, _other) = (new long[size], new long[size]);
        (_stacks, _values, _spans, _traces) = (new long[size], new long[size], new long[size], new byte[size * TraceSize]);
    }
}
