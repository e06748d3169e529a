using System.Runtime.CompilerServices;
using Grpc.Core;
using Pyro.Api.Peers;
using Pyro.Blocks.Parquet;
using Pyro.Blocks.Reading;
using Pyro.Blocks.Symbols;
using Pyro.Memory;

namespace Pyro.Blocks.Answers;

/// <summary>Sums the totals of rows of blocks over time.</summary>
internal static class BlockPoints
{
    /// <summary>The points of some rows, by ascending labels, in pieces.</summary>
    public static async IAsyncEnumerable<SumResponse> Of(
        IReadOnlyList<PlannedBlock> planned,
        CompiledSelection selection,
        PointsForm form,
        SumMemory memory,
        MemoryLedger ledger,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var groups = new PointGroups(form, memory);
        while (!await TryFill(groups, planned, selection, form, ledger, cancellation))
        {
            groups = new PointGroups(form, memory);
        }

        foreach (var points in groups.Pieces())
        {
            yield return new SumResponse { Points = points };
        }
    }

    // False: a block seemed damaged while it was added, and all is to be added anew.
    private static async ValueTask<bool> TryFill(
        PointGroups groups,
        IReadOnlyList<PlannedBlock> planned,
        CompiledSelection selection,
        PointsForm form,
        MemoryLedger ledger,
        CancellationToken cancellation)
    {
        var choosing = Ahead.InOrder(
            planned,
            (one, stop) => BlockFaults.Reading(
                one.Lease, async () => new Chosen(one.Lease, await one.Choose(selection, withSeries: form.GroupBy.Count > 0, stop)), stop),
            cancellation);
        RpcException? damaged = null;
        await foreach (var chosen in choosing)
        {
            using var disposed = chosen;
            try
            {
                if (!await BlockFaults.TryReading(chosen.Lease, () => Add(chosen, form, groups, ledger, cancellation), cancellation))
                {
                    return false;
                }
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.DataLoss)
            {
                // The others are looked at, too, so that all damage is known.
                damaged ??= e;
            }
        }

        return damaged is null ? true : throw damaged;
    }

    private static async ValueTask Add(Chosen chosen, PointsForm form, PointGroups groups, MemoryLedger ledger, CancellationToken cancellation)
    {
        var rows = chosen.Rows;
        if (rows.Rows.Rows == 0)
        {
            return;
        }

        var cells = await CellsOf(chosen, form, groups, cancellation);
        using var room = ScanRoom.Take(ledger);
        if (form.CallSite.Count == 0 && rows.Table.TryTotal(out var total))
        {
            await using var scan = rows.Table.Scan(rows.Rows, rows.Table.Time, total);
            await Add(scan, rows.Runs, cells, groups, static (scan, row) => scan[1].Numbers[row], cancellation);
            return;
        }

        using var values = new ValuesUnder(await chosen.Lease.Symbols(cancellation), rows.Table, form.CallSite);
        await using var samples = rows.Table.Scan(rows.Rows, rows.Table.Time, rows.Table.Partition, rows.Table.StackId, rows.Table.Value);
        var cursor = new RunCursor(rows.Runs);
        while (await samples.Next(cancellation))
        {
            await values.Load(samples, cancellation);
            cursor = Add(samples, cursor, rows.Runs is not null, cells, groups, values.Of);
        }
    }

    private static async ValueTask Add(
        RowScan scan, SeriesRuns? runs, PointCells[] cells, PointGroups groups, Func<RowScan, int, long> value, CancellationToken cancellation)
    {
        var cursor = new RunCursor(runs);
        while (await scan.Next(cancellation))
        {
            cancellation.ThrowIfCancellationRequested();
            cursor = Add(scan, cursor, runs is not null, cells, groups, value);
        }
    }

    private static RunCursor Add(
        RowScan scan, RunCursor cursor, bool bySeries, PointCells[] cells, PointGroups groups, Func<RowScan, int, long> value)
    {
        var times = scan[0].Numbers;
        var at = 0;
        foreach (var (first, count) in scan.Rows)
        {
            for (var row = first; row < first + count; row++, at++)
            {
                var step = groups.StepOf(CompiledSelection.Millis(times[at]));
                if (step >= 0)
                {
                    cells[bySeries ? cursor.Of(row).Series : 0].Add(step, value(scan, at));
                }
            }
        }

        return cursor;
    }

    // By series, or one for all rows when series do not matter.
    private static async ValueTask<PointCells[]> CellsOf(Chosen chosen, PointsForm form, PointGroups groups, CancellationToken cancellation)
    {
        if (chosen.Rows.Runs is null || form.GroupBy.Count == 0)
        {
            var all = groups.CellsOf(new Api.Types.Labels());
            return chosen.Rows.Series is null ? [all] : [.. Enumerable.Repeat(all, Math.Max(1, chosen.Rows.Series.Count))];
        }

        var index = await chosen.Lease.Index(cancellation);
        var series = await index.GroupBy(chosen.Rows.Series!, form.GroupBy, cancellation);
        var cells = Array.ConvertAll(series.Labels, labels => groups.CellsOf(WireLabels.Of(labels)));
        return Array.ConvertAll(series.GroupOf, group => cells[group]);
    }

    private sealed record Chosen(BlockLease Lease, ChosenRows Rows) : IDisposable
    {
        public void Dispose() => Rows.Dispose();
    }

    /// <summary>The value of a row under a call path, or its whole value when there is none.</summary>
    private sealed class ValuesUnder(SymbolsFile symbols, ProfileTable table, IReadOnlyList<string> path) : IDisposable
    {
        private readonly Dictionary<ulong, (PartitionSymbols Partition, bool[] Under)> _partitions = [];

        /// <summary>Makes the partitions of a batch known.</summary>
        public async ValueTask Load(RowScan scan, CancellationToken cancellation)
        {
            if (!scan[2].RowEnds.SequenceEqual(scan[3].RowEnds))
            {
                throw table.Damaged("rows have stacks and values in unequal numbers");
            }

            foreach (var id in path.Count == 0 ? [] : Unknown(scan[1].Numbers))
            {
                var partition = symbols.TryPartition(id, out var found) ? found
                    : throw table.Damaged($"rows name partition {id:x16}, which has no symbols");
                using var loaded = await partition.Load(cancellation);
                _partitions.Add(id, (partition, CallPath.Under(loaded.Tables, path)));
            }
        }

        public long Of(RowScan scan, int row)
        {
            var (from, to) = (row == 0 ? 0 : scan[2].RowEnds[row - 1], scan[2].RowEnds[row]);
            var stacks = scan[2].Numbers[from..to];
            var values = scan[3].Numbers[from..to];
            long total = 0;
            if (path.Count == 0)
            {
                foreach (var value in values)
                {
                    total = unchecked(total + value);
                }

                return total;
            }

            var (partition, under) = _partitions[(ulong)scan[1].Numbers[row]];
            for (var i = 0; i < stacks.Length; i++)
            {
                if (under[partition.NodeOf((ulong)stacks[i])])
                {
                    total = unchecked(total + values[i]);
                }
            }

            return total;
        }

        public void Dispose() => _partitions.Clear();

        private List<ulong> Unknown(ReadOnlySpan<long> partitions)
        {
            var unknown = new List<ulong>();
            while (!partitions.IsEmpty)
            {
                var id = (ulong)partitions[0];
                if (!_partitions.ContainsKey(id) && !unknown.Contains(id))
                {
                    unknown.Add(id);
                }

                var other = partitions.IndexOfAnyExcept(partitions[0]);
                partitions = other < 0 ? [] : partitions[other..];
            }

            return unknown;
        }
    }
}
