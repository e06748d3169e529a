using Pyro.Blocks.Answers;
using Pyro.Ingester.Head;

namespace Pyro.Ingester.Queries;

/// <summary>Which series of a head a selection selects.</summary>
public static class HeadSelection
{
    /// <summary>The series of a head that selectors and shard select and that may have rows in range, by ascending id.</summary>
    public static List<HeadSeries> Series(this CompiledSelection selection, in HeadView view)
    {
        var all = view.Index.Series;
        var series = new List<HeadSeries>();
        foreach (var id in Matching(selection, view.Index).ToArray())
        {
            var one = all[id];
            if (selection.Overlaps(one.MinMillis, one.MaxMillis) && selection.IsInShard(one.Fingerprint))
            {
                series.Add(one);
            }
        }

        return series;
    }

    /// <summary>The series of a head that have a selected row, by ascending id.</summary>
    public static List<HeadSeries> SeriesWithRows(this CompiledSelection selection, in HeadView view)
    {
        var series = selection.Series(view);
        if (selection.HasRange)
        {
            var rows = view.Rows;
            series.RemoveAll(s => !HasRow(selection, s, rows));
        }

        return series;
    }

    private static SeriesSet Matching(CompiledSelection selection, in IndexView index)
    {
        if (selection.Selectors.Count == 0)
        {
            return index.All();
        }

        var set = index.Select(selection.Selectors[0]);
        for (var i = 1; i < selection.Selectors.Count; i++)
        {
            set.UnionWith(index.Select(selection.Selectors[i]));
        }

        return set;
    }

    // A series whose oldest or newest row lies in range needs no look at the others.
    private static bool HasRow(CompiledSelection selection, HeadSeries series, in RowView rows)
    {
        if (series.MinMillis >= selection.StartMillis || series.MaxMillis <= selection.EndMillis)
        {
            return true;
        }

        foreach (var row in series.Rows)
        {
            if (row < rows.Count && selection.Covers(rows.Times[row]))
            {
                return true;
            }
        }

        return false;
    }
}
