using Pyro.Blocks.Answers;
using Pyro.Blocks.Index;
using Pyro.Memory;

namespace Pyro.Blocks.Reading;

/// <summary>Which series of a block a selection selects.</summary>
internal static class BlockSeries
{
    /// <summary>The series that selectors and shard select and that may have rows in range.</summary>
    public static async ValueTask<SeriesEntries> Select(
        TsdbIndex index, CompiledSelection selection, Reservation memory, CancellationToken cancellation)
    {
        var all = selection.Selectors.Count == 0
            ? await index.ReadAll(memory, cancellation)
            : await index.Read(await Matching(index, selection, cancellation), memory, cancellation);
        return await Keep(index, all, one => selection.IsInShard(one.Fingerprint) && selection.Overlaps(Min(one), Max(one)), memory, cancellation);
    }

    /// <summary>The same as <see cref="Only"/> for who needs nothing but the result.</summary>
    public static async ValueTask<SeriesEntries> Keep(
        TsdbIndex index, SeriesEntries series, Func<SeriesEntry, bool> condition, Reservation memory, CancellationToken cancellation)
    {
        var some = await Only(index, series, condition, memory, cancellation);
        if (!ReferenceEquals(some, series))
        {
            series.Dispose();
        }

        return some;
    }

    /// <summary>Those of some series that satisfy a condition; the series themselves when all do.</summary>
    public static async ValueTask<SeriesEntries> Only(
        TsdbIndex index, SeriesEntries series, Func<SeriesEntry, bool> condition, Reservation memory, CancellationToken cancellation)
    {
        var references = new List<uint>(series.Count);
        foreach (ref readonly var one in series.Series)
        {
            if (condition(one))
            {
                references.Add(one.Reference);
            }
        }

        return references.Count == series.Count ? series : await index.Read(references.ToArray(), memory, cancellation);
    }

    /// <summary>Oldest row of a series, ms.</summary>
    public static long Min(in SeriesEntry series) => CompiledSelection.Millis(series.MinTime);

    /// <summary>Newest row of a series, ms.</summary>
    public static long Max(in SeriesEntry series) => CompiledSelection.Millis(series.MaxTime);

    private static async ValueTask<uint[]> Matching(TsdbIndex index, CompiledSelection selection, CancellationToken cancellation)
    {
        if (selection.Selectors.Count == 1)
        {
            return await index.Select(selection.Selectors[0], cancellation);
        }

        var union = new HashSet<uint>();
        foreach (var selector in selection.Selectors)
        {
            union.UnionWith(await index.Select(selector, cancellation));
        }

        uint[] references = [.. union];
        Array.Sort(references);
        return references;
    }
}
