using System.Runtime.CompilerServices;

namespace Pyro.Profiles.Trees;

/// <summary>
/// Values summed by function names from the root: parent pointers in dense arrays, parents before children, node 0 the nameless
/// root. A node's total is not stored; see <see cref="Totals"/>. One writer at a time; spans are valid until a node is added.
/// </summary>
public sealed class NameTree
{
    private readonly NameTable _names = new();
    private int[] _parent = [-1, 0, 0, 0];
    private int[] _name = [-1, 0, 0, 0];
    private long[] _self = new long[4];
    private long[] _folded = new long[4];

    // Open addressing over (parent, name): a slot holds a node, 0 is free since the root is nobody's child.
    private int[] _slot = new int[16];

    /// <summary>Nodes, the root included.</summary>
    public int NodeCount { get; private set; } = 1;

    /// <summary>Parent of each node; of the root -1.</summary>
    public ReadOnlySpan<int> Parent => _parent.AsSpan(0, NodeCount);

    /// <summary>Name id of each node; of the root -1.</summary>
    public ReadOnlySpan<int> Name => _name.AsSpan(0, NodeCount);

    /// <summary>Own value of each node.</summary>
    public Span<long> Self => _self.AsSpan(0, NodeCount);

    /// <summary>Value of descendants that a holder folded away below each node: no node yet, joins <c>other</c> when the tree is cut.</summary>
    public Span<long> Folded => _folded.AsSpan(0, NodeCount);

    /// <summary>How many names there are; ids run from 0.</summary>
    public int NameCount => _names.Count;

    /// <summary>Bytes of all names together.</summary>
    public int NameByteCount => _names.ByteCount;

    /// <summary>The id of a name (UTF-8), made when new.</summary>
    public int Intern(ReadOnlySpan<byte> name) => _names.Intern(name);

    /// <summary>The id of a name (UTF-8), or -1 when no node was ever given it.</summary>
    public int FindName(ReadOnlySpan<byte> name) => _names.Find(name);

    /// <summary>Bytes of a name.</summary>
    public ReadOnlySpan<byte> NameBytes(int name) => _names[name];

    /// <summary>The child of a node with a name, made when new.</summary>
    public int Child(int parent, int name)
    {
        var mask = _slot.Length - 1;
        for (var i = Spread(parent, name) & mask; ; i = (i + 1) & mask)
        {
            var node = _slot[i];
            if (node == 0)
            {
                return Add(parent, name, i);
            }

            if (_name[node] == name && _parent[node] == parent)
            {
                return node;
            }
        }
    }

    /// <summary>Adds every node of another tree.</summary>
    public void Merge(NameTree other)
    {
        var names = new int[other.NameCount];
        for (var i = 0; i < names.Length; i++)
        {
            names[i] = Intern(other.NameBytes(i));
        }

        var nodes = new int[other.NodeCount];
        _self[0] += other._self[0];
        _folded[0] += other._folded[0];
        for (var i = 1; i < nodes.Length; i++)
        {
            var node = Child(nodes[other._parent[i]], names[other._name[i]]);
            nodes[i] = node;
            _self[node] += other._self[i];
            _folded[node] += other._folded[i];
        }
    }

    /// <summary>Total of each node: own, folded and children's.</summary>
    public long[] Totals()
    {
        var totals = new long[NodeCount];
        for (var i = totals.Length - 1; i >= 0; i--)
        {
            totals[i] += _self[i] + _folded[i];
            if (i > 0)
            {
                totals[_parent[i]] += totals[i];
            }
        }

        return totals;
    }

    private int Add(int parent, int name, int slot)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)parent, (uint)NodeCount);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)name, (uint)_names.Count);
        var node = NodeCount;
        if (node == _parent.Length)
        {
            Array.Resize(ref _parent, node * 2);
            Array.Resize(ref _name, node * 2);
            Array.Resize(ref _self, node * 2);
            Array.Resize(ref _folded, node * 2);
        }

        _parent[node] = parent;
        _name[node] = name;
        NodeCount = node + 1;
        _slot[slot] = node;
        if (NodeCount * 2 > _slot.Length)
        {
            Grow();
        }

        return node;
    }

    private void Grow()
    {
        var slots = new int[_slot.Length * 2];
        var mask = slots.Length - 1;
        for (var node = 1; node < NodeCount; node++)
        {
            var i = Spread(_parent[node], _name[node]) & mask;
            while (slots[i] != 0)
            {
                i = (i + 1) & mask;
            }

            slots[i] = node;
        }

        _slot = slots;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Spread(int parent, int name)
    {
        var key = ((ulong)(uint)parent << 32 | (uint)name) * 0x9E3779B97F4A7C15;
        return (int)(key >> 32);
    }
}
