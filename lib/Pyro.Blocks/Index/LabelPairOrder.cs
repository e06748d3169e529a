using Pyro.Profiles.Labels;

namespace Pyro.Blocks.Index;

/// <summary>
/// The order of series in a block: label by label in stored order, name before value, in byte order; a set that another begins with comes
/// first.
/// </summary>
public sealed class LabelPairOrder : IComparer<LabelSet>
{
    /// <summary>The one comparer.</summary>
    public static LabelPairOrder Comparer { get; } = new();

    int IComparer<LabelSet>.Compare(LabelSet? x, LabelSet? y) => Compare(x ?? LabelSet.Empty, y ?? LabelSet.Empty);

    /// <summary>Less than zero, zero or more than zero as <paramref name="x"/> comes before, with or after <paramref name="y"/>.</summary>
    public static int Compare(LabelSet x, LabelSet y)
    {
        var left = x.Labels;
        var right = y.Labels;
        for (var i = 0; i < Math.Min(left.Length, right.Length); i++)
        {
            var order = Compare(left[i].Name, right[i].Name);
            if (order == 0)
            {
                order = Compare(left[i].Value, right[i].Value);
            }

            if (order != 0)
            {
                return order;
            }
        }

        return left.Length - right.Length;
    }

    private static int Compare(string x, string y) => ReferenceEquals(x, y) ? 0 : Utf8Order.Compare(x, y);
}
