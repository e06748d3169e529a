using Pyro.Api.Types;
using Pyro.Profiles.Labels;

namespace Pyro.Query.Querier;

/// <summary>Orders label sets by their labels one after another: name, then value; a prefix comes first.</summary>
public sealed class LabelsOrder : IComparer<Labels>
{
    /// <summary>The one instance.</summary>
    public static LabelsOrder Comparer { get; } = new();

    /// <inheritdoc/>
    public int Compare(Labels? x, Labels? y) => Compare((IList<LabelPair>?)x?.Labels_ ?? [], (IList<LabelPair>?)y?.Labels_ ?? []);

    /// <summary>Compares two lists of labels.</summary>
    public static int Compare(IList<LabelPair> x, IList<LabelPair> y)
    {
        for (var i = 0; i < x.Count && i < y.Count; i++)
        {
            var order = Utf8Order.Comparer.Compare(x[i].Name, y[i].Name);
            if (order == 0) order = Utf8Order.Comparer.Compare(x[i].Value, y[i].Value);
            if (order != 0) return order;
        }

        return x.Count.CompareTo(y.Count);
    }
}
