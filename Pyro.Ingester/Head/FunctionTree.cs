using System.Text;
using Pyro.Profiles;

namespace Pyro.Ingester.Head;

/// <summary>
/// A partition's stack tree by function names: the node that each stack ends in, and each node's parent and name. Made when first
/// asked for and carried on from there, so that a query translates only stacks that no query has seen. Its own lock; appends never wait
/// for it.
/// </summary>
/// <remarks>
/// A location with inlined functions is a chain of nodes, outermost first. A location without lines is one node, named by the base
/// name of its mapping's file and its address; without an address it is no node.
/// </remarks>
public sealed class FunctionTree(Partition partition, ulong seed, Action<long> grown)
{
    private readonly Lock _lock = new();
    private readonly Slabs<ulong> _nodes = new();
    private readonly Slabs<int> _ends = new();

    // Names of locations without lines; string ids of the partition name all others.
    private readonly StringTable _made = new(seed);
    private int[] _slots = new int[64];
    private long _bytes;

    /// <summary>The tree with all stacks until now.</summary>
    public FunctionTreeView View()
    {
        lock (_lock)
        {
            // Taken inside, so that no other query's nodes name what these symbols lack.
            var symbols = partition.View();
            if (_nodes.Count == 0)
            {
                _nodes.Add(Key(-1, 0));
                _ends.Add(0);
            }

            for (var stack = _ends.Count; stack < symbols.Stacks.Count; stack++)
            {
                _ends.Add(End(symbols, symbols.Stacks[stack]));
            }

            var bytes = _nodes.Bytes + _ends.Bytes + _made.Bytes + (_slots.Length * 4L);
            grown(bytes - _bytes);
            _bytes = bytes;

            return new FunctionTreeView(_ends.View, _nodes.View, symbols.Strings, _made.View);
        }
    }

    private static ulong Key(int parent, int name) => (ulong)(uint)parent << 32 | (uint)name;

    private int End(in PartitionView symbols, ulong stack)
    {
        var at = _ends[StackTree.Parent(stack)];
        var location = symbols.Locations[StackTree.Location(stack)];
        if (location.LineCount == 0)
        {
            return location.Address == 0 ? at : Child(at, ~_made.Intern(AddressName(symbols, location)));
        }

        for (var line = location.LineCount - 1; line >= 0; line--)
        {
            at = Child(at, symbols.Functions[symbols.Lines[location.LineStart + line].Function].Name);
        }

        return at;
    }

    private static byte[] AddressName(in PartitionView symbols, in LocationSymbol location)
    {
        var file = symbols.Mappings.Count == 0 ? default : symbols.Strings[symbols.Mappings[location.Mapping].File];
        file = file[(file.LastIndexOfAny((byte)'/', (byte)'\\') + 1)..];
        var address = Encoding.ASCII.GetBytes($"0x{location.Address:x}");
        return file.IsEmpty ? address : [.. file, (byte)' ', .. address];
    }

    private int Child(int parent, int name)
    {
        var key = Key(parent, name);
        var mask = _slots.Length - 1;
        for (var i = (int)SeededHash.Join(seed, key) & mask; ; i = (i + 1) & mask)
        {
            var node = _slots[i];
            if (node == 0)
            {
                _slots[i] = _nodes.Count;
                _nodes.Add(key);
                if (_nodes.Count * 2 > _slots.Length)
                {
                    GrowSlots();
                }

                return _nodes.Count - 1;
            }

            if (_nodes[node] == key)
            {
                return node;
            }
        }
    }

    private void GrowSlots()
    {
        var slots = new int[_slots.Length * 2];
        var mask = slots.Length - 1;
        for (var node = 1; node < _nodes.Count; node++)
        {
            var i = (int)SeededHash.Join(seed, _nodes[node]) & mask;
            while (slots[i] != 0)
            {
                i = (i + 1) & mask;
            }

            slots[i] = node;
        }

        _slots = slots;
    }
}

/// <summary>A function tree as it stood at one moment.</summary>
/// <param name="Ends">The node that each stack ends in.</param>
/// <param name="Nodes">Parent in the upper half, name in the lower.</param>
/// <param name="Strings">The partition's strings.</param>
/// <param name="Made">Names of locations without lines.</param>
public readonly record struct FunctionTreeView(SlabView<int> Ends, SlabView<ulong> Nodes, StringView Strings, StringView Made)
{
    /// <summary>Bytes of a name.</summary>
    public ReadOnlySpan<byte> Name(int name) => name < 0 ? Made[~name] : Strings[name];
}
