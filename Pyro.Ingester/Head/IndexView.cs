using Pyro.Profiles.Labels;

namespace Pyro.Ingester.Head;

/// <summary>The series of a head and their postings as they stood at one moment.</summary>
public readonly struct IndexView(HeadSeries[] series, int seriesCount, LabelPostings[] names, int nameCount)
{
    /// <summary>The series by id.</summary>
    public ReadOnlySpan<HeadSeries> Series => series.AsSpan(0, seriesCount);

    /// <summary>The label names by id.</summary>
    public ReadOnlySpan<LabelPostings> Names => names.AsSpan(0, nameCount);

    /// <summary>The id of a label name, or -1.</summary>
    public int NameId(string name)
    {
        for (var i = 0; i < nameCount; i++)
        {
            if (names[i].Name == name)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Every series.</summary>
    public SeriesSet All()
    {
        var all = new SeriesSet(seriesCount);
        all.Complement();
        return all;
    }

    /// <summary>The series that satisfy all matchers.</summary>
    public SeriesSet Select(IReadOnlyList<LabelMatcher> matchers)
    {
        var selected = All();
        foreach (var matcher in matchers)
        {
            selected.IntersectWith(Select(matcher));
        }

        return selected;
    }

    // A matcher that accepts absent labels is answered by taking away the series whose value it refuses.
    private SeriesSet Select(LabelMatcher matcher)
    {
        var set = new SeriesSet(seriesCount);
        var id = NameId(matcher.Name);
        var complement = matcher.MatchesEmpty;
        if (id >= 0)
        {
            var postings = names[id];
            var values = postings.Values;
            for (var v = 0; v < values.Length; v++)
            {
                if (matcher.Matches(values[v]) != complement)
                {
                    set.AddAll(postings.Series(v));
                }
            }
        }

        if (complement)
        {
            set.Complement();
        }

        return set;
    }
}
