using System.Runtime.InteropServices;

namespace Pyro.Query.Querier;

/// <summary>One series in one holding.</summary>
public readonly record struct HeldSeries(Described Holding, int Index)
{
    /// <summary>Fingerprint of the series.</summary>
    public ulong Fingerprint => Holding.Fingerprint(Index);
}

/// <summary>
/// Compares what is held of each writer's: replicas are written by different processes, whoever holds it now. Where all writers agree on a series one of
/// them is chosen; where they differ, the keys of that series must be exchanged first.
/// </summary>
public static class Agreement
{
    /// <summary>Plans every series on which the holders agree.</summary>
    /// <param name="described">What was described; a ULID that several holders have is the same holding.</param>
    /// <param name="plan">Takes the series agreed on.</param>
    /// <returns>The series to exchange keys of: all holdings of one after another.</returns>
    public static List<HeldSeries> PlanAgreed(IReadOnlyList<Described> described, SumPlan plan)
    {
        var held = InOrderOfFingerprint(described);
        var differing = new List<HeldSeries>();
        var all = CollectionsMarshal.AsSpan(held);
        for (int from = 0, to; from < all.Length; from = to)
        {
            var fingerprint = all[from].Fingerprint;
            for (to = from + 1; to < all.Length && all[to].Fingerprint == fingerprint;) to++;
            PlanSeries(all[from..to], plan, differing);
        }

        return differing;
    }

    private static List<HeldSeries> InOrderOfFingerprint(IReadOnlyList<Described> described)
    {
        var seen = new HashSet<Google.Protobuf.ByteString>();
        var held = new List<HeldSeries>();
        foreach (var holding in described.OrderBy(static d => d.Holding.Writer, StringComparer.Ordinal))
        {
            if (!seen.Add(holding.Holding.Ulid)) continue;
            for (var i = 0; i < holding.Count; i++) held.Add(new HeldSeries(holding, i));
        }

        // Stable: the holdings of a series stay in the order of the holders.
        var keys = new (ulong, int)[held.Count];
        for (var i = 0; i < keys.Length; i++) keys[i] = (held[i].Fingerprint, i);
        var items = held.ToArray();
        Array.Sort(keys, items);
        return [.. items];
    }

    private static void PlanSeries(ReadOnlySpan<HeldSeries> series, SumPlan plan, List<HeldSeries> differing)
    {
        var writers = ByWriter(series);
        var chosen = Choose(writers);
        if (chosen < 0)
        {
            differing.AddRange(series);
            return;
        }

        var (from, to) = (writers[chosen].From, writers[chosen].To);
        if (Overlap(series[from..to]))
        {
            differing.AddRange(series[from..to]);
            return;
        }

        foreach (var one in series[from..to]) plan.AddWhole(one.Holding, one.Fingerprint);
    }

    private static List<Total> ByWriter(ReadOnlySpan<HeldSeries> series)
    {
        var writers = new List<Total>(4);
        for (int from = 0, to; from < series.Length; from = to)
        {
            ulong rows = 0, checksum = 0;
            var cumulative = false;
            for (to = from; to < series.Length && series[to].Holding.Holding.Writer == series[from].Holding.Holding.Writer; to++)
            {
                rows += series[to].Holding.Rows(series[to].Index);
                checksum += series[to].Holding.Checksum(series[to].Index);
                cumulative |= series[to].Holding.Cumulative(series[to].Index) && series[to].Holding.Holding.Level <= 1;
            }

            writers.Add(new Total(from, to, rows, checksum, cumulative, series[from].Fingerprint));
        }

        return writers;
    }

    /// <summary>The writer to take a series from, spread evenly; below 0: they differ.</summary>
    private static int Choose(List<Total> writers)
    {
        var (agree, most) = (true, 0);
        for (var i = 1; i < writers.Count; i++)
        {
            agree &= writers[i].Rows == writers[0].Rows && writers[i].Checksum == writers[0].Checksum;
            if (writers[i].Rows > writers[most].Rows) most = i;
        }

        if (agree) return (int)(writers[0].Fingerprint % (ulong)writers.Count);
        return writers.Exists(static w => w.Cumulative) ? most : -1;
    }

    private static bool Overlap(ReadOnlySpan<HeldSeries> ofOneWriter)
    {
        for (var i = 1; i < ofOneWriter.Length; i++)
        {
            for (var j = 0; j < i; j++)
            {
                if (ofOneWriter[i].Holding.Overlaps(ofOneWriter[j].Holding)) return true;
            }
        }

        return false;
    }

    private readonly record struct Total(int From, int To, ulong Rows, ulong Checksum, bool Cumulative, ulong Fingerprint);
}
