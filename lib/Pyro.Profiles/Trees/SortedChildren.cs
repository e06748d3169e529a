namespace Pyro.Profiles.Trees;

/// <summary>The children of every node of a tree, in ascending byte order of their names.</summary>
internal readonly struct SortedChildren
{
    private readonly int[] _start;
    private readonly int[] _children;

    /// <summary>Sorts by name, then by parent, each by counting.</summary>
    public SortedChildren(NameTree tree)
    {
        var parents = tree.Parent;
        var names = tree.Name;
        var rank = NameRanks(tree);
        var byName = new int[parents.Length - 1];
        var next = new int[tree.NameCount + 1];
        for (var i = 1; i < names.Length; i++)
        {
            next[rank[names[i]] + 1]++;
        }

        Accumulate(next);
        for (var i = 1; i < names.Length; i++)
        {
            byName[next[rank[names[i]]]++] = i;
        }

        _start = new int[parents.Length + 1];
        for (var i = 1; i < parents.Length; i++)
        {
            _start[parents[i] + 1]++;
        }

        Accumulate(_start);
        _children = new int[parents.Length - 1];
        var at = _start.AsSpan().ToArray();
        foreach (var node in byName)
        {
            _children[at[parents[node]]++] = node;
        }
    }

    /// <summary>The children of a node.</summary>
    public ReadOnlySpan<int> Of(int node) => _children.AsSpan(_start[node], _start[node + 1] - _start[node]);

    private static int[] NameRanks(NameTree tree)
    {
        // Only names of nodes: a cut tree has those of the whole one too.
        var rank = new int[tree.NameCount];
        var order = new int[rank.Length];
        var n = 0;
        foreach (var name in tree.Name[1..])
        {
            if (rank[name] == 0)
            {
                rank[name] = 1;
                order[n++] = name;
            }
        }

        order.AsSpan(0, n).Sort((a, b) => tree.NameBytes(a).SequenceCompareTo(tree.NameBytes(b)));
        for (var i = 0; i < n; i++)
        {
            rank[order[i]] = i;
        }

        return rank;
    }

    private static void Accumulate(int[] counts)
    {
        for (var i = 1; i < counts.Length; i++)
        {
            counts[i] += counts[i - 1];
        }
    }
}
