using Pyro.Blocks.Meta;
using Pyro.Blocks.Parquet;
using Pyro.Blocks.Symbols;
using Pyro.Blocks.Writing;
using Pyro.Disk;
using Pyro.Profiles.Labels;
using Pyro.Profiles.Records;
using Pyro.Tests.Unit.Blocks.Symbols;

namespace Pyro.Tests.Unit.Blocks.Writing;

/// <summary>
/// Rows from a seed: with and without samples, spans, traces, durations and notes. The first row of each partition has all of its stacks in
/// order, so that they keep their numbers in the block. Nothing is allocated for a row.
/// </summary>
internal sealed class SeededBlock : IRowSource
{
    private const long Start = 1_700_000_000_000_000_000, Second = 1_000_000_000;
    private const int TraceSize = 16;

    private static readonly Annotation[] Notes =
    [
        new("throttled"u8.ToArray(), "2.5 MiB over the limit of tenant ä"u8.ToArray()), new(""u8.ToArray(), ""u8.ToArray()),
    ];

    private readonly Random _random;
    private readonly LabelSet[] _labels;
    private readonly int _rowsEach;
    private readonly int[] _stacks;
    private readonly long[] _values, _spans;
    private readonly byte[] _traces;
    private int _series = -1, _row, _number, _partition, _samples;
    private bool _hasSpans, _hasTraces;
    private ProfileId _id;
    private long _duration, _period;
    private ReadOnlyMemory<Annotation> _notes;

    public SeededBlock(int seed, int series, int rowsEach)
    {
        _random = new Random(seed);
        _rowsEach = rowsEach;
        _labels = [.. Enumerable.Range(0, series).Select(static i => LabelSet.From([new("__profile_type__", "a:b:c:d:e"), new("service_name", $"service {i:D9}")]))];
        Partitions = [(7, Symbols(seed)), (0xde2a11a9e18f56da, Symbols(seed + 1))];
        var most = Partitions.Max(static p => p.Tables.Stacks.Count);
        (_stacks, _values, _spans, _traces) = (new int[most], new long[most], new long[most], new byte[most * TraceSize]);
    }

    /// <summary>The symbols, by ascending id.</summary>
    public IReadOnlyList<(ulong Id, SymbolTables Tables)> Partitions { get; }

    public LabelSet Labels => _labels[_series];

    public ulong Fingerprint => Labels.Fingerprint;

    public int SeriesIndex => _series;

    public SourceRow Row => new()
    {
        Id = _id,
        TimeNanos = Start + (_row * Second) + 1,
        DurationNanos = _duration,
        Period = _period,
        Partition = Partitions[_partition].Id,
        Symbols = Partitions[_partition].Tables,
        Stacks = _stacks.AsSpan(0, _samples),
        Values = _values.AsSpan(0, _samples),
        Spans = _hasSpans ? _spans.AsSpan(0, _samples) : default,
        Traces = _hasTraces ? _traces.AsSpan(0, _samples * TraceSize) : default,
        Annotations = _notes.Span,
    };

    public ValueTask<bool> NextSeries(CancellationToken cancellation)
    {
        _row = -1;
        return ValueTask.FromResult(++_series < _labels.Length);
    }

    public ValueTask<bool> NextRow(CancellationToken cancellation)
    {
        if (++_row == _rowsEach)
        {
            return ValueTask.FromResult(false);
        }

        var isFirst = _number < Partitions.Count;
        _partition = isFirst ? _number : _random.Next(Partitions.Count);
        _id = new ProfileId((ulong)_random.NextInt64(), (ulong)_number++);
        (_duration, _period) = (_random.Next(2) * 10 * Second, _random.Next(2) * 10_000_000);
        _notes = Notes.AsMemory(0, _random.Next(9) == 0 ? Notes.Length : 0);
        var stackCount = Partitions[_partition].Tables.Stacks.Count;
        (_samples, var stack, var most) = (0, 0, isFirst ? stackCount : _random.Next(4));
        while (_samples < most && (stack += isFirst ? 1 : _random.Next(1, 1 + (stackCount / 4))) < stackCount)
        {
            _stacks[_samples] = stack;
            _values[_samples] = _random.Next(1, 9) * 10_000_000L;
            _spans[_samples] = _random.Next(3) == 0 ? 0 : _random.NextInt64(long.MinValue, long.MaxValue);
            var trace = _traces.AsSpan(_samples * TraceSize, TraceSize);
            trace.Clear();
            _random.NextBytes(trace[.._random.Next(TraceSize)]);
            _samples++;
        }

        (_hasSpans, _hasTraces) = (_random.Next(3) == 0, _random.Next(3) == 0);
        return ValueTask.FromResult(true);
    }

    /// <summary>Writes the block.</summary>
    public async Task<BlockMeta> Write(IDisk disk, string folder, int symbolsFormat)
    {
        var id = Ulid.NewUlid(DateTimeOffset.UnixEpoch);
        var named = new BlockMeta { Id = id, MinTime = 0, MaxTime = 0, Compaction = new BlockCompaction { Level = 1, Sources = [id] } };
        return (await new BlockWriter(disk, folder, symbolsFormat).Write(named, this, TestContext.Current.CancellationToken))!;
    }

    // As the writer numbers them when all stacks come in order.
    private static SymbolTables Symbols(int seed) => RandomSymbols.Rebuilt(RandomSymbols.Of(seed, 40, 90)).Tables;
}
