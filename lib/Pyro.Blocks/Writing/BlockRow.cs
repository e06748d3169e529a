using Pyro.Blocks.Parquet;
using Pyro.Blocks.Reading;
using Pyro.Blocks.Symbols;
using Pyro.Profiles.Records;

namespace Pyro.Blocks.Writing;

/// <summary>One row of a block, copied; used again.</summary>
internal sealed class BlockRow
{
    private long[] _ids = [], _values = [], _spans = [];
    private int[] _nodes = [];
    private byte[] _traces = [];
    private Annotation[] _annotations = [];
    private SymbolTables? _symbols;
    private int _count;
    private bool _hasSpans, _hasTraces;

    /// <summary>UUID.</summary>
    public ProfileId Id { get; set; }

    /// <summary>Number of the series.</summary>
    public long SeriesIndex { get; set; }

    /// <summary>Nanoseconds since 1970.</summary>
    public long TimeNanos { get; set; }

    /// <summary>Nanoseconds.</summary>
    public long DurationNanos { get; set; }

    /// <summary>Events between samples.</summary>
    public long Period { get; set; }

    /// <summary>The partition of the stacks.</summary>
    public ulong Partition { get; set; }

    /// <summary>Copies the samples; spans and traces may be empty.</summary>
    public void SetSamples(ReadOnlySpan<long> ids, ReadOnlySpan<long> values, ReadOnlySpan<long> spans, ReadOnlySpan<byte> traces)
    {
        _count = ids.Length;
        if (_ids.Length < _count)
        {
            (_ids, _values, _spans, _nodes) = (new long[_count], new long[_count], new long[_count], new int[_count]);
            _traces = new byte[_count * 16];
        }

        ids.CopyTo(_ids);
        values.CopyTo(_values);
        spans.CopyTo(_spans);
        traces.CopyTo(_traces);
        (_hasSpans, _hasTraces) = (spans.ContainsAnyExcept(0), traces.ContainsAnyExcept((byte)0));
    }

    /// <summary>Takes notes over.</summary>
    public void SetAnnotations(Annotation[] annotations) => _annotations = annotations;

    /// <summary>Finds the nodes of its stacks.</summary>
    /// <exception cref="DamagedBlockException">There is no such stack.</exception>
    public void Resolve(PartitionSymbols partition, SymbolTables symbols)
    {
        _symbols = symbols;
        for (var i = 0; i < _count; i++)
        {
            _nodes[i] = partition.NodeOf((ulong)_ids[i]);
        }
    }

    /// <summary>The row as it is written.</summary>
    public SourceRow ToSource() => new()
    {
        Id = Id,
        TimeNanos = TimeNanos,
        DurationNanos = DurationNanos,
        Period = Period,
        Partition = Partition,
        Symbols = _symbols!,
        Stacks = _nodes.AsSpan(0, _count),
        Values = _values.AsSpan(0, _count),
        Spans = _hasSpans ? _spans.AsSpan(0, _count) : default,
        Traces = _hasTraces ? _traces.AsSpan(0, _count * 16) : default,
        Annotations = _annotations,
    };
}

/// <summary>Reads profiles.parquet row by row. Columns that older blocks lack read as 0 or nothing.</summary>
internal sealed class BlockRowScan : IAsyncDisposable
{
    private const long Budget = 16 << 20;
    private static readonly string[] Wanted =
    [
        "SeriesIndex", "StacktracePartition", "TimeNanos", "ID", "Samples.list.element.StacktraceID", "Samples.list.element.Value",
        "Samples.list.element.SpanID", "Samples.list.element.TraceID", "DurationNanos", "Period",
        "Annotations.list.element.Key", "Annotations.list.element.Value",
    ];

    private readonly ParquetFile _file;
    private readonly RowScan _scan;

    // Place of each wanted column in the scan; -1: the block has none.
    private readonly int[] _place = new int[Wanted.Length];
    private int _at;

    public BlockRowScan(ParquetFile file)
    {
        _file = file;
        var columns = new List<ParquetColumn>();
        for (var i = 0; i < Wanted.Length; i++)
        {
            _place[i] = -1;
            if (i < 6)
            {
                _place[i] = columns.Count;
                columns.Add(file.Column(Wanted[i]));
            }
            else if (file.TryColumn(Wanted[i], out var column))
            {
                _place[i] = columns.Count;
                columns.Add(column);
            }
        }

        _scan = file.Scan(RowRanges.All(file.RowCount), Budget, [.. columns]);
    }

    public bool HasOwnIds => new ProfileTable(_file).HasOwnIds;

    public DamagedBlockException Damaged(string fault) => new(_file.Name, -1, fault);

    public async ValueTask<bool> Next(BlockRow into, CancellationToken cancellation)
    {
        if (_at == _scan.Count)
        {
            _at = 0;
            if (!await _scan.Next(cancellation))
            {
                return false;
            }
        }

        Read(into, _at++);
        return true;
    }

    public ValueTask DisposeAsync() => _scan.DisposeAsync();

    private void Read(BlockRow row, int at)
    {
        row.SeriesIndex = Column(0)!.Numbers[at];
        row.Partition = (ulong)Column(1)!.Numbers[at];
        row.TimeNanos = Column(2)!.Numbers[at];
        row.Id = ProfileId.Read(Column(3)!.BytesOf(at));
        row.DurationNanos = Column(8) is { } durations ? durations.Numbers[at] : 0;
        row.Period = Column(9) is { } periods ? periods.Numbers[at] : 0;
        var stacks = Column(4)!;
        var (first, end) = (at == 0 ? 0 : stacks.RowEnds[at - 1], stacks.RowEnds[at]);
        row.SetSamples(stacks.Numbers[first..end], Entries(5, at)!.Numbers[first..end], Spans(at, first, end), Traces(at, first, end));
        row.SetAnnotations(Annotations(at));
    }

    private ColumnBatch? Column(int wanted) => _place[wanted] < 0 ? null : _scan[_place[wanted]];

    // All columns of samples have as many entries.
    private ColumnBatch? Entries(int wanted, int at) => Column(wanted) is not { } batch ? null
        : batch.RowEnds[at] == Column(4)!.RowEnds[at] ? batch
        : throw Damaged($"row {_scan.FirstOrdinal + at} has not as many entries in {Wanted[wanted]} as in {Wanted[4]}");

    private ReadOnlySpan<long> Spans(int at, int first, int end) => Entries(6, at) is { } spans ? spans.Numbers[first..end] : default;

    private ReadOnlySpan<byte> Traces(int at, int first, int end) =>
        Entries(7, at) is { } traces ? traces.Bytes[(first * 16)..(end * 16)] : default;

    private Annotation[] Annotations(int at)
    {
        if (Column(10) is not { } keys || Column(11) is not { } values)
        {
            return [];
        }

        var (first, end) = (at == 0 ? 0 : keys.RowEnds[at - 1], keys.RowEnds[at]);
        if (values.RowEnds[at] != end)
        {
            throw Damaged($"row {_scan.FirstOrdinal + at} has not as many keys of annotations as values");
        }

        var annotations = new Annotation[end - first];
        for (var i = first; i < end; i++)
        {
            annotations[i - first] = new Annotation(keys.BytesOf(i).ToArray(), values.BytesOf(i).ToArray());
        }

        return annotations;
    }
}
