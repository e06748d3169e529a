namespace Pyro.Profiles.Trees;

/// <summary>The children of every node of a tree, in ascending byte order of their names. Disposed of when done.</summary>
internal sealed class SortedChildren : IDisposable
{
    // The children of a node from its start up to the start of the next.
    private readonly Rented<int> _start;
    private readonly Rented<int> _children;

    /// <summary>Gathers the children by counting, then sorts those of each node.</summary>
    public SortedChildren(NameTree tree)
    {
        var parents = tree.Parent;
        _start = new Rented<int>(parents.Length + 1, zeros: true);
        _children = new Rented<int>(parents.Length - 1);
        var start = _start.Span;
        var children = _children.Span;
        foreach (var parent in parents[1..])
        {
            start[parent]++;
        }

        for (var i = 1; i < start.Length; i++)
        {
            start[i] += start[i - 1];
        }

        // Now each stands where the next begins, and goes back to its own place.
        for (var i = parents.Length - 1; i > 0; i--)
        {
            children[--start[parents[i]]] = i;
        }

        Comparison<int> byName = (a, b) => tree.NameBytes(tree.Name[a]).SequenceCompareTo(tree.NameBytes(tree.Name[b]));
        for (var i = 0; i < parents.Length; i++)
        {
            if (start[i + 1] - start[i] > 1)
            {
                children[start[i]..start[i + 1]].Sort(byName);
            }
        }
    }

    /// <summary>The children of a node.</summary>
    public ReadOnlySpan<int> Of(int node)
    {
        var start = _start.Span;
        return _children.Span[start[node]..start[node + 1]];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _start.Dispose();
        _children.Dispose();
    }
}
