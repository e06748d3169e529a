using System.Runtime.CompilerServices;
using Pyro.Profiles;

namespace Pyro.Ingester.Head;

/// <summary>
/// Stacks as a tree of parent pointers: a node is (parent, location), its id the index, parents before children, node 0 the root.
/// The id of a stack is its leaf's node; 0 is the empty stack. Known stacks are found by a hash of the whole location list, so that
/// their frames need not be walked. One writer at a time (the partition's lock).
/// </summary>
public sealed class StackTree
{
    private readonly ulong _seed;
    private readonly Slabs<ulong> _nodes = new();

    // Slot: node id, 0 is free (the root is nobody's child).
    private int[] _children = new int[64];

    // Whole stacks; two different ones are confused with probability 2^-64 a pair, as Pyroscope accepts too.
    private ulong[] _stackHash = new ulong[64];
    private int[] _stackNode = new int[64];
    private int _stackCount;

    /// <summary>A tree that has only its root.</summary>
    public StackTree(ulong seed)
    {
        _seed = seed;
        _nodes.Add(Key(-1, 0));
    }

    /// <summary>Bytes allocated.</summary>
    public long Bytes => _nodes.Bytes + (_children.Length * 4L) + (_stackHash.Length * 12L);

    /// <summary>Nodes, the root included.</summary>
    public int Count => _nodes.Count;

    /// <summary>The nodes until now: parent in the upper half, location in the lower.</summary>
    public SlabView<ulong> View => _nodes.View;

    /// <summary>Parent of a node's key; of the root -1.</summary>
    public static int Parent(ulong key) => (int)(key >> 32);

    /// <summary>Location of a node's key.</summary>
    public static int Location(ulong key) => (int)(uint)key;

    /// <summary>The id of a stack, made when new.</summary>
    /// <param name="stack">Locations as the record numbers them, leaf first.</param>
    /// <param name="location">The partition's id of each location of the record.</param>
    public int Intern(ReadOnlySpan<int> stack, int[] location)
    {
        var hash = _seed;
        foreach (var at in stack)
        {
            hash = SeededHash.Join(hash, (uint)location[at]);
        }

        var mask = _stackHash.Length - 1;
        var i = (int)hash & mask;
        for (; _stackNode[i] != 0; i = (i + 1) & mask)
        {
            if (_stackHash[i] == hash)
            {
                return _stackNode[i];
            }
        }

        var node = 0;
        for (var frame = stack.Length - 1; frame >= 0; frame--)
        {
            node = Child(node, location[stack[frame]]);
        }

        if (node != 0)
        {
            _stackHash[i] = hash;
            _stackNode[i] = node;
            if (++_stackCount * 4 > _stackHash.Length * 3)
            {
                GrowStacks();
            }
        }

        return node;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Key(int parent, int location) => (ulong)(uint)parent << 32 | (uint)location;

    private int Child(int parent, int location)
    {
        var key = Key(parent, location);
        var mask = _children.Length - 1;
        for (var i = (int)SeededHash.Join(_seed, key) & mask; ; i = (i + 1) & mask)
        {
            var node = _children[i];
            if (node == 0)
            {
                _children[i] = _nodes.Count;
                _nodes.Add(key);
                if (_nodes.Count * 2 > _children.Length)
                {
                    GrowChildren();
                }

                return _nodes.Count - 1;
            }

            if (_nodes[node] == key)
            {
                return node;
            }
        }
    }

    private void GrowChildren()
    {
        var slots = new int[_children.Length * 2];
        var mask = slots.Length - 1;
        for (var node = 1; node < _nodes.Count; node++)
        {
            var i = (int)SeededHash.Join(_seed, _nodes[node]) & mask;
            while (slots[i] != 0)
            {
                i = (i + 1) & mask;
            }

            slots[i] = node;
        }

        _children = slots;
    }

    private void GrowStacks()
    {
        var hashes = new ulong[_stackHash.Length * 2];
        var nodes = new int[hashes.Length];
        var mask = hashes.Length - 1;
        for (var slot = 0; slot < _stackHash.Length; slot++)
        {
            if (_stackNode[slot] != 0)
            {
                var i = (int)_stackHash[slot] & mask;
                while (nodes[i] != 0)
                {
                    i = (i + 1) & mask;
                }

                hashes[i] = _stackHash[slot];
                nodes[i] = _stackNode[slot];
            }
        }

        (_stackHash, _stackNode) = (hashes, nodes);
    }
}
