using System.Collections.Frozen;

namespace Pyro.Profiles.Labels;

/// <summary>Words and signs of PromQL that a selector must know to refuse them, or to take them as the names they may also be.</summary>
internal static class PromqlWords
{
    // Aggregations and keywords that may also be metric names.
    private static readonly FrozenSet<string> Aggregations = Words(
        "sum avg count min max group stddev stdvar topk bottomk count_values quantile limitk limit_ratio");

    private static readonly FrozenSet<string> NameKeywords = Words("offset by without start end step range anchored smoothed");

    private static readonly FrozenSet<string> SetOperators = Words("and or unless");

    private static readonly FrozenSet<string> OtherKeywords = Words("bool on ignoring group_left group_right");

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>>[] All =
        [.. new[] { Aggregations, NameKeywords, SetOperators, OtherKeywords }.Select(s => s.GetAlternateLookup<ReadOnlySpan<char>>())];

    /// <summary>Whether PromQL gives the word a meaning.</summary>
    public static bool Holds(ReadOnlySpan<char> word)
    {
        foreach (var set in All)
        {
            if (set.Contains(word))
            {
                return true;
            }
        }

        return word.Equals("atan2", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Whether the word is a number.</summary>
    public static bool IsNumber(ReadOnlySpan<char> word) =>
        word.Equals("inf", StringComparison.OrdinalIgnoreCase) || word.Equals("nan", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a word with a meaning may name a metric all the same.</summary>
    public static bool MayNameMetric(string word) =>
        Aggregations.Contains(word) || NameKeywords.Contains(word) || SetOperators.Contains(word);

    /// <summary>How messages name a word or sign.</summary>
    public static string Describe(string word)
    {
        if (Aggregations.Contains(word))
        {
            return $"<aggr:{word.ToLowerInvariant()}>";
        }

        if (word is "(" or "[")
        {
            return GoQuote.Text(word);
        }

        return NameKeywords.Contains(word) || OtherKeywords.Contains(word)
            ? $"<{word.ToLowerInvariant()}>"
            : $"<op:{word.ToLowerInvariant()}>";
    }

    private static FrozenSet<string> Words(string words) => words.Split(' ').ToFrozenSet(StringComparer.OrdinalIgnoreCase);
}
