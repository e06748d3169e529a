using Pyro.Blocks.Index;
using Pyro.Blocks.Meta;
using Pyro.Blocks.Parquet;
using Pyro.Blocks.Reading;
using Pyro.Blocks.Symbols;

namespace Pyro.Blocks.Verifying;

/// <summary>What the rows of a table come to.</summary>
/// <param name="Totals">Sum of the values of each series; wraps.</param>
internal sealed record RowSums(long[] Totals)
{
    /// <summary>Rows.</summary>
    public long Rows { get; set; }

    /// <summary>Samples of all rows.</summary>
    public long Samples { get; set; }

    /// <summary>Time of the earliest row, in ns; the largest number without rows.</summary>
    public long MinTime { get; set; } = long.MaxValue;

    /// <summary>Time of the latest row, in ns; the smallest number without rows.</summary>
    public long MaxTime { get; set; } = long.MinValue;

    /// <summary>Whether all rows could be read.</summary>
    public bool IsWhole { get; set; } = true;
}

/// <summary>
/// Goes through the rows of a table: their order, series, times, partitions, stacks and totals. A row that is wrong is named by the page that
/// holds the value.
/// </summary>
internal sealed class RowCheck
{
    private const int SeriesAt = 0, TimeAt = 1, PartitionAt = 2, StackAt = 3, ValueAt = 4, TotalAt = 5;

    private readonly ParquetFile _table;
    private readonly BlockMeta? _meta;
    private readonly SeriesEntry[]? _series;
    private readonly SymbolsFile? _symbols;
    private readonly FaultList _faults;
    private readonly ParquetColumn[] _columns;
    private readonly RowSums _sums;
    private readonly HashSet<ulong> _unknown = [];
    private readonly List<(int Column, int Row, string Fault)> _found = [];
    private readonly bool[] _seen;
    private long _lastSeries = -1, _lastTime;

    private RowCheck(ParquetFile table, BlockMeta? meta, SeriesEntry[]? series, SymbolsFile? symbols, FaultList faults)
    {
        (_table, _meta, _series, _symbols, _faults) = (table, meta, series, symbols, faults);
        var profiles = new ProfileTable(table);
        var columns = new List<ParquetColumn> { profiles.SeriesIndex, profiles.Time, profiles.Partition, profiles.StackId, profiles.Value };
        if (profiles.TryTotal(out var total))
        {
            columns.Add(total);
        }

        foreach (var beside in (ReadOnlySpan<string>)["Samples.list.element.SpanID", "Samples.list.element.TraceID"])
        {
            if (total is not null && table.TryColumn(beside, out var column))
            {
                columns.Add(column);
            }
        }

        _columns = [.. columns];
        _sums = new RowSums(new long[series?.Length ?? 0]);
        _seen = new bool[series?.Length ?? 0];
    }

    /// <summary>Checks rows.</summary>
    /// <param name="table">profiles.parquet, or a downsampled table.</param>
    /// <param name="sound">The rows that can be decoded.</param>
    /// <param name="meta">What tells when the block begins and ends; null for a downsampled table, whose times are rounded.</param>
    /// <param name="series">All series of the index in its order; null when they could not be read.</param>
    /// <param name="symbols">The symbols; null when they could not be opened.</param>
    /// <param name="faults">Gets the faults.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async ValueTask<RowSums> Run(
        ParquetFile table, RowRanges sound, BlockMeta? meta, SeriesEntries? series, SymbolsFile? symbols, FaultList faults, CancellationToken cancellation)
    {
        var check = new RowCheck(table, meta, series?.Series.ToArray(), symbols, faults);
        check._sums.IsWhole = sound.Rows == table.RowCount && series is not null;
        await using (var scan = new ProfileTable(table).Scan(sound, check._columns))
        {
            while (await scan.Next(cancellation))
            {
                check.Batch(scan);
                await check.Tell(cancellation);
            }
        }

        check.Unseen();
        return check._sums;
    }

    private void Batch(RowScan scan)
    {
        var ordinal = 0;
        var from = 0;
        foreach (var (first, count) in scan.Rows)
        {
            for (var i = 0; i < count; i++, ordinal++)
            {
                var end = scan[StackAt].RowEnds[ordinal];
                Row(scan, first + i, ordinal, from, end);
                from = end;
            }
        }
    }

    private void Row(RowScan scan, int row, int ordinal, int from, int end)
    {
        _sums.Rows++;
        _sums.Samples += end - from;
        var series = scan[SeriesAt].Numbers[ordinal];
        Series(row, series, scan[TimeAt].Numbers[ordinal]);
        Counts(scan, row, ordinal);
        var values = Entries(scan[ValueAt], ordinal);
        var sum = 0L;
        foreach (var value in scan[ValueAt].Numbers[values])
        {
            sum += value;
        }

        if (_columns.Length > TotalAt && scan[TotalAt].Numbers[ordinal] is var total && total != sum)
        {
            _found.Add((TotalAt, row, $"total {(ulong)total} is not the sum of the values, {(ulong)sum}"));
        }

        if (series < _sums.Totals.Length)
        {
            _sums.Totals[series] += sum;
        }

        Stacks(row, (ulong)scan[PartitionAt].Numbers[ordinal], scan[StackAt].Numbers[from..end]);
    }

    private void Series(int row, long series, long time)
    {
        if (series < _lastSeries)
        {
            _found.Add((SeriesAt, row, $"is of series {series} and follows one of series {_lastSeries}"));
        }
        else if (series == _lastSeries && time < _lastTime)
        {
            _found.Add((TimeAt, row, $"has time {time} and follows one of time {_lastTime}"));
        }

        (_lastSeries, _lastTime) = (series, time);
        (_sums.MinTime, _sums.MaxTime) = (Math.Min(_sums.MinTime, time), Math.Max(_sums.MaxTime, time));
        if (_series is not null && series >= _series.Length)
        {
            _found.Add((SeriesAt, row, $"is of series {series} of {_series.Length}"));
            return;
        }

        if (_series is not null)
        {
            _seen[series] = true;
        }

        if (_meta is null)
        {
            return;
        }

        if (BlockTime.FromNanos(time) is var ms && (ms < _meta.MinTime || ms > _meta.MaxTime))
        {
            _found.Add((TimeAt, row, $"has time {time}, outside of the times of meta.json"));
        }
        else if (_series is not null && (time < _series[series].MinTime || time > _series[series].MaxTime))
        {
            _found.Add((TimeAt, row, $"has time {time}, outside of the times of its series in {BlockPaths.Index}"));
        }
    }

    // Columns of samples beside the stacks have as many entries in each row; spans and traces may be left out as a whole.
    private void Counts(RowScan scan, int row, int ordinal)
    {
        var stacks = Entries(scan[StackAt], ordinal);
        var expected = stacks.End.Value - stacks.Start.Value;
        for (var c = ValueAt; c < _columns.Length; c++)
        {
            if (c == TotalAt)
            {
                continue;
            }

            var entries = Entries(scan[c], ordinal);
            if (entries.End.Value - entries.Start.Value != expected)
            {
                _found.Add((c, row, $"has {entries.End.Value - entries.Start.Value} entries for {expected} stacks"));
            }
        }
    }

    private static Range Entries(ColumnBatch batch, int ordinal) => (ordinal == 0 ? 0 : batch.RowEnds[ordinal - 1])..batch.RowEnds[ordinal];

    private void Stacks(int row, ulong partition, ReadOnlySpan<long> stacks)
    {
        if (_symbols is null)
        {
            return;
        }

        if (!_symbols.TryPartition(partition, out var symbols))
        {
            // Told once: all rows of a lost partition are wrong in the same way.
            if (_unknown.Add(partition))
            {
                _found.Add((PartitionAt, row, $"is of partition {partition:x16}, which the symbols do not have"));
            }

            return;
        }

        foreach (var stack in stacks)
        {
            if (!symbols.HasStack((ulong)stack))
            {
                _found.Add((StackAt, row, $"has stack {(ulong)stack}, and partition {partition:x16} has only {symbols.Counts.Stacks} nodes"));
                return;
            }
        }
    }

    private void Unseen()
    {
        if (!_sums.IsWhole)
        {
            return;
        }

        for (var i = 0; i < _seen.Length; i++)
        {
            if (!_seen[i])
            {
                _faults.Add(_table.Name, -1, $"series {i} of {BlockPaths.Index} has no rows");
            }
        }
    }

    private async ValueTask Tell(CancellationToken cancellation)
    {
        foreach (var (column, row, fault) in _found)
        {
            var offset = await _table.OffsetOf(_columns[column], row, cancellation);
            _faults.Add(_table.Name, offset, $"column {_columns[column].Path}: row {row} {fault}");
        }

        _found.Clear();
    }
}
