using Pyro.Blocks.Answers;
using Pyro.Ingester.Head;

namespace Pyro.Ingester.Queries;

/// <summary>Which series of a head a selection selects.</summary>
public static class HeadSelection
{
    /// <summary>The series of a head that selectors and shard select and that may have rows in range, by ascending id.</summary>
    public static List<HeadSeries> Series(this CompiledSelection selection, in HeadView view)
    {
        var chosen = new SelectedSeries(selection, view);
        var series = new List<HeadSeries>();
        foreach (var one in view.Index.Series)
        {
            if (chosen.Selects(one))
            {
                series.Add(one);
            }
        }

        return series;
    }
}
