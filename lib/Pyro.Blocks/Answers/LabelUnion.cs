using Google.Protobuf;
using Pyro.Memory;
using Kind = Pyro.Api.Peers.LabelsRequest.Types.Kind;

namespace Pyro.Blocks.Answers;

/// <summary>
/// Joins lists of texts or label sets, each in ascending order, into one that has each once. Lists are joined with others of their size, so that
/// however many come each text is compared but a few times, and no more is held than twice what is different.
/// </summary>
/// <param name="kind">What the lists are of.</param>
/// <param name="memory">Where what is held is counted; null: nowhere.</param>
public sealed class LabelUnion(Kind kind, Reservation? memory = null)
{
    private readonly List<(IReadOnlyList<ByteString> Pieces, long Bytes)> _lists = [];

    /// <summary>Adds a list.</summary>
    /// <exception cref="MemoryBudgetException">There is no room for it.</exception>
    public void Add(IReadOnlyList<ByteString> pieces)
    {
        if (pieces.Count == 0)
        {
            return;
        }

        var bytes = Bytes(pieces);
        memory?.Take(bytes);
        _lists.Add((pieces, bytes));
        while (_lists.Count > 1 && _lists[^2].Bytes <= 2 * _lists[^1].Bytes)
        {
            JoinLast();
        }
    }

    /// <summary>All of them together; one alone is given as it came.</summary>
    public IReadOnlyList<ByteString> Close()
    {
        while (_lists.Count > 1)
        {
            JoinLast();
        }

        return _lists.Count == 0 ? [] : _lists[0].Pieces;
    }

    private static long Bytes(IReadOnlyList<ByteString> pieces)
    {
        long bytes = 0;
        for (var i = 0; i < pieces.Count; i++)
        {
            bytes += pieces[i].Length;
        }

        return bytes;
    }

    private void JoinLast()
    {
        var joined = Join(_lists[^2].Pieces, _lists[^1].Pieces);
        memory?.Return(_lists[^2].Bytes + _lists[^1].Bytes);
        _lists.RemoveRange(_lists.Count - 2, 2);
        _lists.Add((joined, Bytes(joined)));
    }

    private IReadOnlyList<ByteString> Join(IReadOnlyList<ByteString> first, IReadOnlyList<ByteString> second)
    {
        var joined = new LabelPieces(kind, memory);
        var a = new LabelReader(first);
        var b = new LabelReader(second);
        var (hasA, hasB) = (a.MoveNext(), b.MoveNext());
        while (hasA || hasB)
        {
            var order = !hasA ? 1 : !hasB ? -1 : LabelsOrder.Compare(kind, a.Current, b.Current);
            joined.Add(order <= 0 ? a.Current : b.Current);
            hasA = order <= 0 ? a.MoveNext() : hasA;
            hasB = order >= 0 ? b.MoveNext() : hasB;
        }

        return joined.Close();
    }
}
