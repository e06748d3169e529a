using Pyro.Blocks.Answers;
using Pyro.Blocks.Index;
using Pyro.Blocks.Parquet;
using Pyro.Memory;

namespace Pyro.Blocks.Reading;

/// <summary>
/// The rows of a block that an answer is made of. They are found by the series of the index: pages of SeriesIndex say where their rows
/// lie, and times and ids are looked at only where the series alone does not tell. Their memory is counted until they are disposed of.
/// </summary>
internal sealed class ChosenRows : IDisposable
{
    private readonly Reservation? _owned;

    private ChosenRows(Reservation? owned, ProfileTable table, SeriesEntries? series, SeriesRuns? runs, RowRanges rows) =>
        (_owned, Table, Series, Runs, Rows) = (owned, table, series, runs, rows);

    /// <summary>The table.</summary>
    public ProfileTable Table { get; }

    /// <summary>The series that may have rows here; null when they were not asked for.</summary>
    public SeriesEntries? Series { get; }

    /// <summary>The rows with the series of each; null when these were not asked for.</summary>
    public SeriesRuns? Runs { get; }

    /// <summary>The rows.</summary>
    public RowRanges Rows { get; }

    /// <summary>Chooses rows.</summary>
    /// <param name="lease">The block.</param>
    /// <param name="selection">What is selected.</param>
    /// <param name="plan">Which part of that; null: all.</param>
    /// <param name="withSeries">Whether the series of rows are needed.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="MemoryBudgetException">There is no room for what tells which they are.</exception>
    public static async ValueTask<ChosenRows> Of(
        BlockLease lease, CompiledSelection selection, RowPlan? plan, bool withSeries, CancellationToken cancellation)
    {
        var memory = lease.Block.Reserve();
        try
        {
            return await Of(lease, selection, plan, withSeries, memory, isOwner: true, cancellation);
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    /// <summary>Chooses rows to be summed by stack: downsampled ones where they are exact.</summary>
    /// <param name="lease">The block.</param>
    /// <param name="selection">What is selected.</param>
    /// <param name="plan">Which part of that; null: all.</param>
    /// <param name="memory">Where what tells which they are is counted; it must last as long as they.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="MemoryBudgetException">There is no room for what tells which they are.</exception>
    public static async ValueTask<IReadOnlyList<ChosenRows>> ToSum(
        BlockLease lease, CompiledSelection selection, RowPlan? plan, Reservation memory, CancellationToken cancellation)
    {
        var tables = plan is null or { HasKeys: false } && lease.Block.IsDownsampled ? DownsampledTable.Of(lease.Block.Meta) : [];
        var parts = DownsampledTable.Parts(tables, lease.Block.Meta, selection);
        if (parts is [(_, null)])
        {
            return [await Of(lease, selection, plan, withSeries: false, memory, isOwner: false, cancellation)];
        }

        var chosen = new List<ChosenRows>(parts.Count);
        var series = await SeriesOf(lease, selection, plan, withSeries: parts.Count > 1, memory, cancellation);
        foreach (var (part, table) in parts)
        {
            var file = table is null ? await lease.Profiles(cancellation) : await lease.Downsampled(table, cancellation);
            chosen.Add(await Of(new ProfileTable(file), lease.Block, series, part, plan, memory, isOwner: false, cancellation));
        }

        return chosen;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Series may be shared where memory is.
        if (_owned is not null)
        {
            Series?.Dispose();
            _owned.Dispose();
        }
    }

    private static async ValueTask<ChosenRows> Of(
        BlockLease lease, CompiledSelection selection, RowPlan? plan, bool withSeries, Reservation memory, bool isOwner, CancellationToken cancellation)
    {
        var opening = lease.Profiles(cancellation).AsTask();
        SeriesEntries? series;
        try
        {
            series = await SeriesOf(lease, selection, plan, withSeries, memory, cancellation);
        }
        finally
        {
            await Task.WhenAny(opening);
        }

        return await Of(new ProfileTable(await opening), lease.Block, series, selection, plan, memory, isOwner, cancellation);
    }

    // Null: all of them, with all their rows.
    private static async ValueTask<SeriesEntries?> SeriesOf(
        BlockLease lease, CompiledSelection selection, RowPlan? plan, bool withSeries, Reservation memory, CancellationToken cancellation)
    {
        var (block, whole) = (lease.Block, plan is null || plan.IsWhole);
        if (whole && !withSeries && selection.SelectsAllSeries && selection.CoversAll(block.MinMillis, block.MaxMillis))
        {
            return null;
        }

        var index = await lease.Index(cancellation);
        var series = await BlockSeries.Select(index, selection, memory, cancellation);
        return whole ? series : await BlockSeries.Keep(index, series, one => plan!.Names(one.Fingerprint), memory, cancellation);
    }

    private static async ValueTask<ChosenRows> Of(
        ProfileTable table,
        Block block,
        SeriesEntries? series,
        CompiledSelection selection,
        RowPlan? plan,
        Reservation memory,
        bool isOwner,
        CancellationToken cancellation)
    {
        var owned = isOwner ? memory : null;
        if (series is null)
        {
            return new ChosenRows(owned, table, null, null, RowRanges.All(table.File.RowCount));
        }

        var runs = await Find(table, series, memory, cancellation);
        if (!selection.CoversAll(block.MinMillis, block.MaxMillis))
        {
            runs = await InRange(table, series, runs, selection, memory, cancellation);
        }

        runs = plan is null || plan.IsWhole || !plan.HasKeys ? runs : await Listed(table, series, runs, plan, memory, cancellation);
        return new ChosenRows(owned, table, series, runs, runs.Rows());
    }

    /// <summary>The rows of series.</summary>
    public static async ValueTask<SeriesRuns> Find(ProfileTable table, SeriesEntries series, Reservation memory, CancellationToken cancellation)
    {
        memory.Take((sizeof(long) + sizeof(int)) * (long)series.Count);
        var numbers = new long[series.Count];
        var ordinals = new int[series.Count];
        for (var i = 0; i < numbers.Length; i++)
        {
            (numbers[i], ordinals[i]) = (series.Series[i].SeriesIndex, i);
        }

        Array.Sort(numbers, ordinals);
        var runs = new SeriesRuns(memory);
        var pages = await table.File.PagesWithAny(table.SeriesIndex, numbers, cancellation);
        using var room = ScanRoom.Take(memory.Ledger);
        await using var scan = table.Scan(pages, table.SeriesIndex);
        while (await scan.Next(cancellation))
        {
            var at = 0;
            foreach (var (first, count) in scan.Rows)
            {
                Take(scan[0].Numbers.Slice(at, count), first, numbers, ordinals, runs);
                at += count;
            }
        }

        return runs;
    }

    /// <summary>The rows in range, found by their times where the series' times do not tell.</summary>
    public static async ValueTask<SeriesRuns> InRange(
        ProfileTable table, SeriesEntries series, SeriesRuns runs, CompiledSelection selection, Reservation memory, CancellationToken cancellation)
    {
        bool IsCovered(SeriesRun run) => selection.CoversAll(BlockSeries.Min(series.Series[run.Series]), BlockSeries.Max(series.Series[run.Series]));
        var open = runs.Where(run => !IsCovered(run));
        if (open.Runs.IsEmpty)
        {
            return runs;
        }

        var found = new SeriesRuns(memory);
        await Scan(open, table.Scan(open.Rows(), table.Time), (scan, row, at, of) =>
        {
            if (selection.Covers(scan[0].Numbers[at]))
            {
                found.Add(row, row + 1, of);
            }
        }, cancellation);
        return found.With(runs.Where(IsCovered));
    }

    private static async ValueTask<SeriesRuns> Listed(
        ProfileTable table, SeriesEntries series, SeriesRuns runs, RowPlan plan, Reservation memory, CancellationToken cancellation)
    {
        var keys = new HashSet<(long, Profiles.Records.ProfileId)>?[series.Count];
        for (var i = 0; i < keys.Length; i++)
        {
            keys[i] = plan.Keys(series.Series[i].Fingerprint);
        }

        var open = runs.Where(run => keys[run.Series] is not null);
        var found = new SeriesRuns(memory);
        await Scan(open, table.Scan(open.Rows(), table.Time, table.Id), (scan, row, at, of) =>
        {
            if (keys[of]!.Contains((scan[0].Numbers[at], Profiles.Records.ProfileId.Read(scan[1].BytesOf(at)))))
            {
                found.Add(row, row + 1, of);
            }
        }, cancellation);
        return found.With(runs.Where(run => keys[run.Series] is null));
    }

    /// <summary>Looks at rows one by one.</summary>
    /// <param name="runs">The rows, with their series.</param>
    /// <param name="scan">A scan of just these rows; it is disposed of.</param>
    /// <param name="look">Told the row, its place in the batch and its series.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async ValueTask Scan(SeriesRuns runs, RowScan scan, Action<RowScan, int, int, int> look, CancellationToken cancellation)
    {
        await using var disposed = scan;
        using var room = ScanRoom.Take(runs.Memory.Ledger);
        var cursor = new RunCursor(runs);
        while (await scan.Next(cancellation))
        {
            cancellation.ThrowIfCancellationRequested();
            var at = 0;
            foreach (var (first, count) in scan.Rows)
            {
                for (var row = first; row < first + count; row++)
                {
                    look(scan, row, at++, cursor.Of(row).Series);
                }
            }
        }
    }

    // Rows of one series lie together, so that few numbers need be looked up.
    private static void Take(ReadOnlySpan<long> numbers, int first, long[] wanted, int[] ordinals, SeriesRuns runs)
    {
        while (!numbers.IsEmpty)
        {
            var other = numbers.IndexOfAnyExcept(numbers[0]);
            var count = other < 0 ? numbers.Length : other;
            var at = Array.BinarySearch(wanted, numbers[0]);
            if (at >= 0)
            {
                runs.Add(first, first + count, ordinals[at]);
            }

            numbers = numbers[count..];
            first += count;
        }
    }
}
