using Pyro.Api.Types;
using Pyro.Profiles.Labels;
using Kind = Pyro.Api.Peers.LabelsRequest.Types.Kind;

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

    /// <summary>Compares two texts in UTF-8, or two sets by the bytes of their messages.</summary>
    /// <exception cref="Grpc.Core.RpcException">internal: a holder sent something else.</exception>
    public static int Compare(Kind kind, ReadOnlySpan<byte> a, ReadOnlySpan<byte> b) => kind == Kind.Series ? CompareEncoded(a, b) : a.SequenceCompareTo(b);

    /// <summary>Compares two sets by the bytes of their messages.</summary>
    /// <exception cref="Grpc.Core.RpcException">internal: a holder sent something else.</exception>
    public static int CompareEncoded(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        while (!a.IsEmpty && !b.IsEmpty)
        {
            var x = LabelReader.Field(ref a);
            var y = LabelReader.Field(ref b);
            if (!x.SequenceEqual(y))
            {
                var order = LabelReader.Field(ref x).SequenceCompareTo(LabelReader.Field(ref y));
                return order != 0 ? order : LabelReader.Field(ref x).SequenceCompareTo(LabelReader.Field(ref y));
            }
        }

        return a.Length - b.Length;
    }
}
