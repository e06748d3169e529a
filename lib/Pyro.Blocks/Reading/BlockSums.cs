using Pyro.Blocks.Parquet;
using Pyro.Blocks.Symbols;
using Pyro.Memory;

namespace Pyro.Blocks.Reading;

/// <summary>The values of some rows of one block, summed by stack: a dense list for each partition that has any, with its symbols.</summary>
internal sealed class BlockSums : IDisposable
{
    private readonly MemoryLedger _ledger;
    private readonly List<(StackSums Sums, LoadedSymbols Symbols)> _partitions = [];
    private readonly Dictionary<ulong, StackSums> _sums = [];

    private BlockSums(MemoryLedger ledger) => _ledger = ledger;

    /// <summary>The sums, partition by partition in ascending order, and the tables that stacks are to be found in.</summary>
    public IEnumerable<(StackSums Sums, SymbolTables Tables)> Partitions => _partitions.Select(static p => (p.Sums, p.Symbols.Tables));

    /// <summary>Sums rows.</summary>
    /// <param name="lease">The block.</param>
    /// <param name="rows">Its rows, of one table or several.</param>
    /// <param name="spans">Only samples of these spans; null: all.</param>
    /// <param name="ledger">Where the memory is counted.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="MemoryBudgetException">There is no room.</exception>
    public static async Task<BlockSums> Of(
        BlockLease lease, IReadOnlyList<ChosenRows> rows, HashSet<ulong>? spans, MemoryLedger ledger, CancellationToken cancellation)
    {
        var sums = new BlockSums(ledger);
        try
        {
            foreach (var part in rows)
            {
                await sums.Add(lease, part, spans, cancellation);
            }

            foreach (var one in sums._sums.OrderBy(static s => s.Key).Select(static s => s.Value))
            {
                sums._partitions.Add((one, await one.Partition.Load(cancellation)));
            }

            return sums;
        }
        catch
        {
            sums.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, symbols) in _partitions)
        {
            symbols.Dispose();
        }

        foreach (var sums in _sums.Values)
        {
            sums.Dispose();
        }

        _partitions.Clear();
        _sums.Clear();
    }

    private async ValueTask Add(BlockLease lease, ChosenRows rows, HashSet<ulong>? spans, CancellationToken cancellation)
    {
        ParquetColumn? span = null;
        if (rows.Rows.Rows == 0 || (spans is not null && !rows.Table.TrySpan(out span)))
        {
            return;
        }

        var symbols = await lease.Symbols(cancellation);
        using var room = ScanRoom.Take(_ledger);
        var table = rows.Table;
        await using var scan = span is null
            ? table.Scan(rows.Rows, table.Partition, table.StackId, table.Value)
            : table.Scan(rows.Rows, table.Partition, table.StackId, table.Value, span);
        while (await scan.Next(cancellation))
        {
            cancellation.ThrowIfCancellationRequested();
            Add(symbols, table, scan, spans);
        }
    }

    private void Add(SymbolsFile symbols, ProfileTable table, RowScan scan, HashSet<ulong>? spans)
    {
        var partitions = scan[0].Numbers;
        var ends = scan[1].RowEnds;
        var stacks = scan[1].Numbers;
        var values = scan[2].Numbers;
        if (!ends.SequenceEqual(scan[2].RowEnds) || (spans is not null && !ends.SequenceEqual(scan[3].RowEnds)))
        {
            throw table.Damaged("rows have stacks, values and spans in unequal numbers");
        }

        for (int row = 0, from = 0; row < partitions.Length;)
        {
            var id = partitions[row];
            var other = partitions[row..].IndexOfAnyExcept(id);
            row = other < 0 ? partitions.Length : row + other;
            var to = ends[row - 1];
            var sums = SumsOf(symbols, table, (ulong)id);
            if (spans is null)
            {
                sums.Add(stacks[from..to], values[from..to]);
            }
            else
            {
                Add(sums, stacks, values, scan[3].Numbers, from, to, spans);
            }

            from = to;
        }
    }

    private static void Add(
        StackSums sums, ReadOnlySpan<long> stacks, ReadOnlySpan<long> values, ReadOnlySpan<long> own, int from, int to, HashSet<ulong> spans)
    {
        for (var i = from; i < to; i++)
        {
            if (own[i] != 0 && spans.Contains((ulong)own[i]))
            {
                sums.Add(stacks.Slice(i, 1), values.Slice(i, 1));
            }
        }
    }

    private StackSums SumsOf(SymbolsFile symbols, ProfileTable table, ulong id)
    {
        if (!_sums.TryGetValue(id, out var sums))
        {
            var partition = symbols.TryPartition(id, out var found) ? found
                : throw table.Damaged($"rows name partition {id:x16}, which has no symbols");
            _sums.Add(id, sums = new StackSums(partition, _ledger));
        }

        return sums;
    }
}

/// <summary>The memory of what a scan fetches ahead and decodes, counted until disposed of.</summary>
internal sealed class ScanRoom : IDisposable
{
    private readonly MemoryLedger _ledger;

    private ScanRoom(MemoryLedger ledger) => _ledger = ledger;

    /// <summary>Counts the memory of one scan.</summary>
    /// <exception cref="MemoryBudgetException">There is no room.</exception>
    public static ScanRoom Take(MemoryLedger ledger) => ledger.TryReserve(ProfileTable.ScanBudget, MemoryKind.Accumulators)
        ? new ScanRoom(ledger)
        : throw new MemoryBudgetException(ledger.Budget);

    public void Dispose() => _ledger.Release(ProfileTable.ScanBudget, MemoryKind.Accumulators);
}
