namespace Pyro.Blocks.Symbols;

/// <summary>
/// Which node a stack id of a row names. With one tree it is the node itself; with several (old blocks) each tree takes up as many ids
/// as it may have nodes, the first of them being its root.
/// </summary>
internal sealed class StackIds
{
    private readonly int[] _start;
    private readonly int[] _nodes;
    private readonly uint _maxNodes;

    /// <summary>The ids of a partition's trees.</summary>
    public StackIds(TreePlace[] trees)
    {
        Count = Nodes(trees);
        _start = new int[trees.Length];
        _nodes = new int[trees.Length];
        _maxNodes = trees.Length == 0 ? SymdbLayout.NoNodeLimit : trees[0].MaxNodes;
        var start = 0;
        for (var t = 0; t < trees.Length; t++)
        {
            _start[t] = start;
            _nodes[t] = trees[t].Nodes;
            start += Math.Max(0, trees[t].Nodes - 1);
        }
    }

    /// <summary>Nodes, the root included.</summary>
    public int Count { get; }

    /// <summary>Whether ids are nodes.</summary>
    public bool AreNodes => _start.Length < 2;

    /// <summary>Nodes of trees that have one root together.</summary>
    public static int Nodes(TreePlace[] trees)
    {
        long nodes = 1;
        foreach (var tree in trees)
        {
            nodes += Math.Max(0, tree.Nodes - 1);
        }

        return nodes <= int.MaxValue / 2 ? (int)nodes : throw new InvalidDataException($"{nodes} nodes are too many");
    }

    /// <summary>The node of an id; -1: there is none.</summary>
    public int NodeOf(ulong id)
    {
        if (AreNodes)
        {
            return id < (ulong)Count ? (int)id : -1;
        }

        var (tree, node) = (id / _maxNodes, id % _maxNodes);
        return tree >= (ulong)_start.Length || node >= (ulong)_nodes[tree] ? -1 : node == 0 ? 0 : _start[tree] + (int)node;
    }
}
