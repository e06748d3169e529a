using Pyro.Blocks.Answers;
using Pyro.Ingester.Head;

namespace Pyro.Ingester.Queries;

/// <summary>Tells of the series of a head whether a selection selects them.</summary>
public readonly struct SelectedSeries
{
    private readonly CompiledSelection _selection;
    private readonly HeadView _view;
    private readonly SeriesSet? _matching;

    /// <summary>Tries the matchers on the head.</summary>
    public SelectedSeries(CompiledSelection selection, in HeadView view)
    {
        (_selection, _view) = (selection, view);
        IsAll = selection.SelectsAllSeries && selection.CoversAll(view.MinMillis, view.MaxMillis);
        _matching = selection.SelectsAllSeries || selection.Selectors.Count == 0 ? null : Matching(selection, view.Index);
    }

    /// <summary>Whether every series has a selected row.</summary>
    public bool IsAll { get; }

    /// <summary>Whether selectors and shard select a series and it may have rows in range.</summary>
    public bool Selects(HeadSeries series) => IsAll
        || ((_matching is null || _matching[series.Id]) && _selection.Overlaps(series.MinMillis, series.MaxMillis) && _selection.IsInShard(series.Fingerprint));

    /// <summary>Whether a series has a selected row.</summary>
    public bool SelectsRowOf(HeadSeries series) => IsAll || (Selects(series) && HasRow(series));

    private static SeriesSet Matching(CompiledSelection selection, in IndexView index)
    {
        var set = index.Select(selection.Selectors[0]);
        for (var i = 1; i < selection.Selectors.Count; i++)
        {
            set.UnionWith(index.Select(selection.Selectors[i]));
        }

        return set;
    }

    // A series whose oldest or newest row lies in range needs no look at the others.
    private bool HasRow(HeadSeries series)
    {
        if (series.MinMillis >= _selection.StartMillis || series.MaxMillis <= _selection.EndMillis)
        {
            return true;
        }

        var rows = _view.Rows;
        foreach (var row in series.Rows)
        {
            if (row < rows.Count && _selection.Covers(rows.Times[row]))
            {
                return true;
            }
        }

        return false;
    }
}
