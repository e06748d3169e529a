using Pyro.Api.Types;

namespace Pyro.Query.Querier;

/// <summary>Orders texts as their UTF-8 bytes are ordered.</summary>
public sealed class ByteOrder : IComparer<string>
{
    /// <summary>The one instance.</summary>
    public static ByteOrder Comparer { get; } = new();

    /// <inheritdoc/>
    public int Compare(string? x, string? y)
    {
        ReadOnlySpan<char> a = x, b = y;
        var same = a.CommonPrefixLength(b);
        if (same == a.Length || same == b.Length) return a.Length.CompareTo(b.Length);
        return Rank(a[same]).CompareTo(Rank(b[same]));
    }

    // UTF-16 differs from UTF-8 only in that surrogates stand below U+E000 to U+FFFF.
    private static int Rank(char c) => char.IsSurrogate(c) ? c + 0x10000 : c;
}

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
            var order = ByteOrder.Comparer.Compare(x[i].Name, y[i].Name);
            if (order == 0) order = ByteOrder.Comparer.Compare(x[i].Value, y[i].Value);
            if (order != 0) return order;
        }

        return x.Count.CompareTo(y.Count);
    }
}
