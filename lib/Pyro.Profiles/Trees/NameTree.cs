using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Pyro.Profiles.Trees;

/// <summary>
/// Values summed by function names from the root: parent pointers in dense arrays, parents before children, node 0 the nameless
/// root. A node's total is not stored; see <see cref="Totals()"/>. One writer at a time; spans are valid until a node is added.
/// Its arrays are rented; who has a tree last disposes of it (one that nobody disposes of is collected like anything else).
/// </summary>
public sealed class NameTree : IDisposable
{
    private readonly NameTable _names;
    private int _room;
    private int[] _parent;
    private int[] _name;
    private long[] _self;
    private long[] _folded;

    // Open addressing over (parent, name): a slot holds a node, 0 is free since the root is nobody's child. Made when a child is
    // first looked for, and brought up to date then: many trees are only ever appended to.
    private int[] _slot = [];
    private int _mask;
    private int _indexed = 1;

    /// <summary>A tree that has only its root.</summary>
    public NameTree()
        : this(new NameTable(), 4)
    {
    }

    /// <summary>A tree that has only its root, and room for more.</summary>
    /// <param name="names">Its names, let go of in the end. Trees may share a table as long as no name is added to it.</param>
    /// <param name="room">Nodes that there is room for, the root included.</param>
    internal NameTree(NameTable names, int room)
    {
        _names = names;
        _room = room;
        _parent = ArrayPool<int>.Shared.Rent(room);
        _name = ArrayPool<int>.Shared.Rent(room);
        _self = ArrayPool<long>.Shared.Rent(room);
        _folded = ArrayPool<long>.Shared.Rent(room);
        _parent[0] = _name[0] = -1;
        _self[0] = _folded[0] = 0;
    }

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

    /// <summary>The names.</summary>
    internal NameTable Names => _names;

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
        // Most nodes have one child, which was made right after them, since stacks come whole.
        var next = parent + 1;
        if (next < NodeCount && _name[next] == name && _parent[next] == parent)
        {
            return next;
        }

        if (_indexed < NodeCount || _slot.Length == 0)
        {
            Index();
        }

        for (var i = Spread(parent, name) & _mask; ; i = (i + 1) & _mask)
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

    /// <summary>Makes a child that is known to be new: no other child of the node may have the name.</summary>
    public int Append(int parent, int name)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)parent, (uint)NodeCount);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)name, (uint)_names.Count);
        var node = NodeCount;
        if (node == _room)
        {
            Reserve(node);
        }

        _parent[node] = parent;
        _name[node] = name;
        _self[node] = _folded[node] = 0;
        NodeCount = node + 1;
        return node;
    }

    /// <summary>Makes room for more nodes.</summary>
    public void Reserve(int more)
    {
        var room = checked(NodeCount + more);
        if (room > _room)
        {
            Grow(ref _parent, room);
            Grow(ref _name, room);
            Grow(ref _self, room);
            Grow(ref _folded, room);
            _room = room;
        }
    }

    /// <summary>Adds every node of another tree.</summary>
    public void Merge(NameTree other)
    {
        using var rentedNames = new Rented<int>(other.NameCount);
        using var rentedNodes = new Rented<int>(other.NodeCount);
        var names = rentedNames.Span;
        for (var i = 0; i < names.Length; i++)
        {
            names[i] = Intern(other.NameBytes(i));
        }

        var nodes = rentedNodes.Span;
        nodes[0] = 0;
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
        Totals(totals);
        return totals;
    }

    /// <summary>Total of each node, into as many numbers as there are nodes.</summary>
    public void Totals(Span<long> totals)
    {
        for (var i = 0; i < totals.Length; i++)
        {
            totals[i] = _self[i] + _folded[i];
        }

        for (var i = totals.Length - 1; i > 0; i--)
        {
            totals[_parent[i]] += totals[i];
        }
    }

    /// <summary>Gives the arrays back; the tree must not be touched then.</summary>
    public void Dispose()
    {
        if (_room == 0)
        {
            return;
        }

        _room = NodeCount = 0;
        ArrayPool<int>.Shared.Return(_parent);
        ArrayPool<int>.Shared.Return(_name);
        ArrayPool<long>.Shared.Return(_self);
        ArrayPool<long>.Shared.Return(_folded);
        (_parent, _name, _self, _folded) = ([], [], [], []);
        if (_slot.Length > 0)
        {
            ArrayPool<int>.Shared.Return(_slot);
            _slot = [];
        }

        _names.LetGo();
    }

    /// <summary>Disposes of this tree when another took its place.</summary>
    /// <param name="kept">The tree that is used from now on; it may be this very one.</param>
    public void DisposeUnless(NameTree kept)
    {
        if (!ReferenceEquals(this, kept))
        {
            Dispose();
        }
    }

    private void Grow<T>(ref T[] column, int room)
    {
        var grown = ArrayPool<T>.Shared.Rent(room);
        column.AsSpan(0, NodeCount).CopyTo(grown);
        ArrayPool<T>.Shared.Return(column);
        column = grown;
    }

    private int Add(int parent, int name, int slot)
    {
        var node = Append(parent, name);
        _slot[slot] = node;
        _indexed = NodeCount;
        if (NodeCount * 2 > _mask + 1)
        {
            Index();
        }

        return node;
    }

    // Slots for all nodes that there is room for; at most half of them are taken.
    private void Index()
    {
        if (_slot.Length == 0 || _mask + 1 < NodeCount * 2)
        {
            if (_slot.Length > 0)
            {
                ArrayPool<int>.Shared.Return(_slot);
            }

            var slots = (int)BitOperations.RoundUpToPowerOf2((uint)_room * 2);
            _slot = ArrayPool<int>.Shared.Rent(slots);
            _slot.AsSpan(0, slots).Clear();
            _mask = slots - 1;
            _indexed = 1;
        }

        for (; _indexed < NodeCount; _indexed++)
        {
            var i = Spread(_parent[_indexed], _name[_indexed]) & _mask;
            while (_slot[i] != 0)
            {
                i = (i + 1) & _mask;
            }

            _slot[i] = _indexed;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Spread(int parent, int name)
    {
        var key = ((ulong)(uint)parent << 32 | (uint)name) * 0x9E3779B97F4A7C15;
        return (int)(key >> 32);
    }
}
