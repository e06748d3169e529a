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
    /// The tree that a querier answers with: the merged tree cut to the limit in force three times (as it is summed, as a store answers, as the
    /// querier does), where from the second time on the nodes named <c>other</c> count. What the client then gets is cut once more, to the
    /// number that the client itself asked for (not at all when it asked for none). The first time, where a frame is really named
    /// <c>other</c> and large enough to stay, what falls away beside it is lost, as in Pyroscope.
    /// </summary>
    public static NameTree Thrice(NameTree tree, long maxNodes)
    {
        var cut = Cut(tree, maxNodes, framesNamedOtherWin: maxNodes > 0);
        for (var again = 0; again < 2; again++)
        {
            var next = Cut(cut, maxNodes);
            if (!ReferenceEquals(cut, tree))
            {
                cut.DisposeUnless(next);
            }

            cut = next;
        }

        return cut;
    }

    /// <summary>
    /// Folds nodes that cannot be among the <paramref name="keepNodes"/> largest into their parents'
    /// <see cref="NameTree.Folded"/>, so that any later cut to at most that many nodes gives the same tree. keepNodes &lt; 1: no fold.
    /// The tree itself comes back when nothing changes.
    /// </summary>
    public static NameTree Fold(NameTree tree, long keepNodes)
    {
        if (IsSmall(tree, keepNodes))
        {
            return tree;
        }

        using var totals = new Rented<long>(tree.NodeCount);
        tree.Totals(totals.Span);
        return Keep(tree, tree.Names.Share(), totals.Span, Threshold(totals.Span, keepNodes));
    }

    private static NameTree Cut(NameTree tree, long maxNodes, bool framesNamedOtherWin)
    {
        var small = IsSmall(tree, maxNodes);
        if (small && !tree.Folded.ContainsAnyExcept(0))
        {
            return tree;
        }

        using var totals = new Rented<long>(tree.NodeCount);
        tree.Totals(totals.Span);
        var names = tree.FindName("other"u8) >= 0 ? tree.Names.Share() : tree.Names.Copy();
        var cut = Keep(tree, names, totals.Span, small ? long.MinValue : Threshold(totals.Span, maxNodes));
        FoldedToOther(cut, framesNamedOtherWin);
        return cut;
    }

    // Which nodes have a child named other already is found in one pass, so that none need be looked up.
    private static void FoldedToOther(NameTree cut, bool framesNamedOtherWin)
    {
        var other = cut.Intern("other"u8);
        var n = cut.NodeCount;
        using var rented = new Rented<int>(n, zeros: true);
        var child = rented.Span;
        var parents = cut.Parent;
        var names = cut.Name;
        var folds = n - cut.Folded.Count(0);
        for (var i = 1; i < n; i++)
        {
            if (names[i] == other)
            {
                child[parents[i]] = i;
            }
        }

        cut.Reserve(folds);
        for (var i = 0; i < n; i++)
        {
            var value = cut.Folded[i];
            if (value != 0)
            {
                cut.Folded[i] = 0;
                var frame = child[i];
                if (frame == 0)
                {
                    frame = cut.Append(i, other);
                    cut.Self[frame] = value;
                }
                else if (!framesNamedOtherWin)
                {
                    cut.Self[frame] += value;
                }
            }
        }
    }

    // The nodes whose totals reach the threshold; the rest is folded. The names have the ids that they have in the tree.
    private static NameTree Keep(NameTree tree, NameTable table, ReadOnlySpan<long> totals, long least)
    {
        var room = 1;
        foreach (var total in totals)
        {
            room += total >= least ? 1 : 0;
        }

        var kept = new NameTree(table, room);
        kept.Self[0] = tree.Self[0];
        kept.Folded[0] = tree.Folded[0];
        var parents = tree.Parent;
        var names = tree.Name;
        var self = tree.Self;
        var folded = tree.Folded;
        using var rented = new Rented<int>(tree.NodeCount);
        var node = rented.Span;
        node[0] = 0;
        for (var i = 1; i < parents.Length; i++)
        {
            var parent = node[parents[i]];
            if (parent >= 0 && totals[i] >= least)
            {
                var made = node[i] = kept.Append(parent, names[i]);
                kept.Self[made] = self[i];
                kept.Folded[made] = folded[i];
                continue;
            }

            node[i] = -1;
            if (parent >= 0)
            {
                kept.Folded[parent] += totals[i];
            }
        }

        return kept;
    }

    private static bool IsSmall(NameTree tree, long maxNodes) => maxNodes < 1 || tree.NodeCount - 1 <= maxNodes;

    // Pyroscope finds it with a heap of the N largest while walking down, passing over what lies below a small node; as no node is
    // larger than its parent that is the N-th largest of all.
    private static long Threshold(ReadOnlySpan<long> totals, long maxNodes)
    {
        using var values = new Rented<long>(totals.Length - 1);
        totals[1..].CopyTo(values.Span);
        return NthLargest.Of(values.Span, (int)maxNodes);
    }
}
