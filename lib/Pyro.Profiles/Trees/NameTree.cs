namespace Pyro.Profiles.Trees;

/// <summary>
/// Values summed by function names from the root: parent pointers in dense arrays, parents before children, node 0 the nameless
/// root. A node's total is not stored; see <see cref="Totals"/>.
/// </summary>
public sealed class NameTree
{
    /// <summary>Nodes, the root included.</summary>
    public int NodeCount { get; private set; } = 1;

    /// <summary>Parent of each node; of the root -1.</summary>
    public ReadOnlySpan<int> Parent => throw new NotImplementedException();

    /// <summary>Name id of each node.</summary>
    public ReadOnlySpan<int> Name => throw new NotImplementedException();

    /// <summary>Own value of each node.</summary>
    public Span<long> Self => throw new NotImplementedException();

    /// <summary>Value of descendants that a holder folded away below each node: no node yet, joins <c>other</c> when the tree is cut.</summary>
    public Span<long> Folded => throw new NotImplementedException();

    /// <summary>The id of a name (UTF-8), made when new.</summary>
    public int Intern(ReadOnlySpan<byte> name) => throw new NotImplementedException();

    /// <summary>Bytes of a name.</summary>
    public ReadOnlySpan<byte> NameBytes(int name) => throw new NotImplementedException();

    /// <summary>The child of a node with a name, made when new.</summary>
    public int Child(int parent, int name) => throw new NotImplementedException();

    /// <summary>Adds every node of another tree.</summary>
    public void Merge(NameTree other) => throw new NotImplementedException();

    /// <summary>Total of each node: own, folded and children's.</summary>
    public long[] Totals() => throw new NotImplementedException();
}
