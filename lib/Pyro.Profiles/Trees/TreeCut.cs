using System.Buffers;

namespace Pyro.Profiles.Trees;

/// <summary>
/// Cuts a tree to its largest nodes as Pyroscope does. The threshold is the N-th largest total of all nodes but the root; what is
/// smaller falls away and is summed into a child named <c>other</c> of the nearest node that stays. A tree of at most N nodes
/// stays whole.
/// </summary>
public static class TreeCut
{
    /// <summary>
    /// A tree of at least the <paramref name="maxNodes"/> largest nodes (ties stay, and nodes named <c>other</c> that come into
    /// being are not counted); maxNodes &lt; 1: no cut. What was folded away joins <c>other</c> in any case. The tree itself comes
    /// back when nothing changes.
    /// </summary>
    public static NameTree Cut(NameTree tree, long maxNodes) => Cut(tree, maxNodes, framesNamedOtherWin: false);

    /// <summary>
    /// The tree that stores answer a query with: the merged tree cut to the limit in force, twice, where the second time the nodes
    /// named <c>other</c> count. What the client then gets is cut once more, to the number that the client itself asked for (not at
    /// all when it asked for none). The first time, where a frame is really named <c>other</c> and large enough to stay, what falls
    /// away beside it is lost, as in Pyroscope.
    /// </summary>
    public static NameTree Twice(NameTree tree, long maxNodes) =>
        Cut(Cut(tree, maxNodes, framesNamedOtherWin: maxNodes > 0), maxNodes);

    /// <summary>
    /// Folds nodes that cannot be among the <paramref name="keepNodes"/> largest into their parents'
    /// <see cref="NameTree.Folded"/>, so that any later cut to at most that many nodes gives the same tree. keepNodes &lt; 1: no fold.
    /// The tree itself comes back when nothing changes.
    /// </summary>
    public static NameTree Fold(NameTree tree, long keepNodes)
    {
        var totals = tree.Totals();
        var least = Threshold(totals, keepNodes);
        return least == long.MinValue ? tree : Keep(tree, totals, least);
    }

    private static NameTree Cut(NameTree tree, long maxNodes, bool framesNamedOtherWin)
    {
        var totals = tree.Totals();
        var least = Threshold(totals, maxNodes);
        if (least == long.MinValue && !tree.Folded.ContainsAnyExcept(0))
        {
            return tree;
        }

        var cut = Keep(tree, totals, least);
        var other = cut.Intern("other"u8);
        for (int i = 0, n = cut.NodeCount; i < n; i++)
        {
            var value = cut.Folded[i];
            if (value != 0)
            {
                cut.Folded[i] = 0;
                var child = cut.Child(i, other);
                cut.Self[child] += framesNamedOtherWin && child < n ? 0 : value;
            }
        }

        return cut;
    }

    // The nodes whose totals reach the threshold; the rest is folded.
    private static NameTree Keep(NameTree tree, long[] totals, long least)
    {
        var kept = new NameTree();
        kept.Self[0] = tree.Self[0];
        kept.Folded[0] = tree.Folded[0];
        var parents = tree.Parent;
        var names = tree.Name;
        var name = ArrayPool<int>.Shared.Rent(tree.NameCount);
        Array.Fill(name, -1, 0, tree.NameCount);
        var node = ArrayPool<int>.Shared.Rent(tree.NodeCount);
        node[0] = 0;
        for (var i = 1; i < parents.Length; i++)
        {
            var parent = node[parents[i]];
            if (parent < 0 || totals[i] < least)
            {
                node[i] = -1;
                if (parent >= 0)
                {
                    kept.Folded[parent] += totals[i];
                }

                continue;
            }

            ref var known = ref name[names[i]];
            if (known < 0)
            {
                known = kept.Intern(tree.NameBytes(names[i]));
            }

            var made = kept.Child(parent, known);
            kept.Self[made] = tree.Self[i];
            kept.Folded[made] = tree.Folded[i];
            node[i] = made;
        }

        ArrayPool<int>.Shared.Return(name);
        ArrayPool<int>.Shared.Return(node);
        return kept;
    }

    // Pyroscope finds it with a heap of the N largest while walking down, passing over what lies below a small node; as no node is
    // larger than its parent that is the N-th largest of all.
    private static long Threshold(long[] totals, long maxNodes)
    {
        if (maxNodes < 1 || totals.Length - 1 <= maxNodes)
        {
            return long.MinValue;
        }

        var values = ArrayPool<long>.Shared.Rent(totals.Length - 1);
        totals.AsSpan(1).CopyTo(values);
        var least = NthLargest.Of(values.AsSpan(0, totals.Length - 1), (int)maxNodes);
        ArrayPool<long>.Shared.Return(values);
        return least;
    }
}
