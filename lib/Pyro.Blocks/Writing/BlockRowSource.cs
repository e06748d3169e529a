using Pyro.Blocks.Index;
using Pyro.Blocks.Parquet;
using Pyro.Blocks.Reading;
using Pyro.Blocks.Symbols;
using Pyro.Profiles.Labels;
using Pyro.Profiles.Records;

namespace Pyro.Blocks.Writing;

/// <summary>
/// All rows of a block, to be written again. Rows of one series and time are put in the order of their IDs, which blocks of Pyroscope do not
/// keep. What pprof's string numbers name is left out: in a block they name nothing (block-format 5.2).
/// </summary>
public sealed class BlockRowSource : IRowSource, IAsyncDisposable
{
    private readonly LabelSet[] _labels;
    private readonly SeriesEntries _series;
    private readonly BlockRowScan _rows;
    private readonly SymbolsFile _symbols;
    private readonly Dictionary<ulong, (PartitionSymbols Partition, LoadedSymbols Loaded)> _loaded = [];

    // Rows of one time, in the order of their IDs.
    private readonly List<BlockRow> _run = [];
    private readonly Stack<BlockRow> _idle = [];
    private BlockRow? _ahead;
    private int _at = -1, _atRow;

    private BlockRowSource(SeriesEntries series, LabelSet[] labels, BlockRowScan rows, SymbolsFile symbols) =>
        (_series, _labels, _rows, _symbols) = (series, labels, rows, symbols);

    /// <inheritdoc/>
    public bool HasOwnIds => _rows.HasOwnIds;

    /// <inheritdoc/>
    public LabelSet Labels => _labels[_at];

    /// <inheritdoc/>
    public ulong Fingerprint => _series.Series[_at].Fingerprint;

    /// <inheritdoc/>
    public SourceRow Row => _run[_atRow].ToSource();

    /// <summary>Reads the series of a block; its rows are read as they are asked for.</summary>
    /// <param name="lease">The block, which stays leased until this is disposed of.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="DamagedBlockException">The block is damaged.</exception>
    public static async ValueTask<BlockRowSource> Open(BlockLease lease, CancellationToken cancellation)
    {
        var index = await lease.Index(cancellation);
        var series = await index.ReadAll(cancellation);
        return new BlockRowSource(
            series,
            await index.Labels(series, cancellation),
            new BlockRowScan(await lease.Profiles(cancellation)),
            await lease.Symbols(cancellation));
    }

    /// <inheritdoc/>
    public ValueTask<bool> NextSeries(CancellationToken cancellation)
    {
        Free();
        _at++;
        if (_ahead is { } row && (_at == _series.Count || row.SeriesIndex < _series.Series[_at].SeriesIndex))
        {
            throw _rows.Damaged($"a row of series {row.SeriesIndex} is out of order, or the index does not have the series");
        }

        return ValueTask.FromResult(_at < _series.Count);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> NextRow(CancellationToken cancellation)
    {
        if (++_atRow < _run.Count)
        {
            return true;
        }

        Free();
        while (await Ahead(cancellation) is { } row && row.SeriesIndex == _series.Series[_at].SeriesIndex
            && (_run.Count == 0 || row.TimeNanos == _run[0].TimeNanos))
        {
            _run.Add(row);
            _ahead = null;
        }

        _run.Sort(static (a, b) => a.Id.CompareTo(b.Id));
        _atRow = 0;
        return _run.Count > 0;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _rows.DisposeAsync();
        foreach (var (_, loaded) in _loaded.Values)
        {
            loaded.Dispose();
        }
    }

    private void Free()
    {
        foreach (var row in _run)
        {
            _idle.Push(row);
        }

        _run.Clear();
        _atRow = 0;
    }

    private async ValueTask<BlockRow?> Ahead(CancellationToken cancellation)
    {
        if (_ahead is null)
        {
            var row = _idle.Count > 0 ? _idle.Pop() : new BlockRow();
            if (!await _rows.Next(row, cancellation))
            {
                return null;
            }

            var (partition, loaded) = await Symbols(row.Partition, cancellation);
            row.Resolve(partition, loaded.Tables);
            _ahead = row;
        }

        return _ahead;
    }

    private async ValueTask<(PartitionSymbols Partition, LoadedSymbols Loaded)> Symbols(ulong id, CancellationToken cancellation)
    {
        if (!_loaded.TryGetValue(id, out var known))
        {
            if (!_symbols.TryPartition(id, out var partition))
            {
                throw _rows.Damaged($"a row names partition {id:x16}, which the symbols do not have");
            }

            _loaded.Add(id, known = (partition, await partition.Load(cancellation)));
        }

        return known;
    }
}
