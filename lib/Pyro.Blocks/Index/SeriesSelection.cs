using Pyro.Profiles.Labels;

namespace Pyro.Blocks.Index;

/// <summary>
/// Answers matchers by set operations over lists of series. A label that a series lacks counts as empty text, so a matcher that accepts
/// empty text is answered by taking away the series whose value it refuses.
/// </summary>
internal static class SeriesSelection
{
    /// <summary>References of the series that satisfy all matchers, ascending.</summary>
    public static async ValueTask<uint[]> Select(
        PostingsTable table, PostingsReader postings, IReadOnlyList<LabelMatcher> matchers, CancellationToken cancellation)
    {
        ReferenceSet? selected = null;
        foreach (var matcher in matchers.Where(static m => !m.MatchesEmpty).OrderBy(static m => m.Op))
        {
            var lists = await Lists(table, matcher, accepted: true, cancellation);
            if (lists.Count == 0)
            {
                return [];
            }

            var accepted = await postings.Union(lists, cancellation);
            if (selected is null)
            {
                selected = accepted;
            }
            else
            {
                selected.IntersectWith(accepted);
            }

            if (selected.IsEmpty)
            {
                return [];
            }
        }

        selected ??= await postings.Union([table.All], cancellation);
        foreach (var matcher in matchers.Where(static m => m.MatchesEmpty))
        {
            if (await Lists(table, matcher, accepted: false, cancellation) is { Count: > 0 } lists)
            {
                selected.ExceptWith(await postings.Union(lists, cancellation));
            }
        }

        return selected.ToArray();
    }

    // The lists of the values that a matcher accepts or refuses.
    private static async ValueTask<List<long>> Lists(PostingsTable table, LabelMatcher matcher, bool accepted, CancellationToken cancellation)
    {
        if (Texts(matcher, accepted) is { } texts)
        {
            var lists = new List<long>(texts.Count);
            foreach (var text in texts)
            {
                if (await table.Find(matcher.Name, text, cancellation) is >= 0 and var list)
                {
                    lists.Add(list);
                }
            }

            return lists;
        }

        // Compared with empty text, every value there is answers alike.
        Func<string, bool>? condition = matcher.Op is MatchOp.Equal or MatchOp.NotEqual ? null : value => matcher.Matches(value) == accepted;
        return await table.FindAll(matcher.Name, condition, cancellation);
    }

    // The only values that a matcher accepts or refuses, when they are few; else null.
    private static IReadOnlyList<string>? Texts(LabelMatcher matcher, bool accepted) => matcher.Op switch
    {
        MatchOp.Equal or MatchOp.Regex when accepted => matcher.SetMatches,
        MatchOp.NotEqual when !accepted => [matcher.Value],
        _ => null,
    };
}
