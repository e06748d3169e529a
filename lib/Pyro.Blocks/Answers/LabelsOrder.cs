using Pyro.Api.Types;
using Pyro.Profiles.Labels;

namespace Pyro.Blocks.Answers;

/// <summary>Compares label sets pair by pair, name before value, in byte order; a set that ends first is the lesser.</summary>
public sealed class LabelsOrder : IComparer<Labels>
{
    /// <summary>The comparer.</summary>
    public static LabelsOrder Comparer { get; } = new();

    /// <inheritdoc/>
    public int Compare(Labels? x, Labels? y) => Compare(x!.Labels_, y!.Labels_);

    /// <summary>Compares the pairs of two sets.</summary>
    public static int Compare(IList<LabelPair> a, IList<LabelPair> b)
    {
        for (var i = 0; i < a.Count && i < b.Count; i++)
        {
            var order = Utf8Order.Comparer.Compare(a[i].Name, b[i].Name);
            if (order == 0)
            {
                order = Utf8Order.Comparer.Compare(a[i].Value, b[i].Value);
            }

            if (order != 0)
            {
                return order;
            }
        }

        return a.Count - b.Count;
    }
}
