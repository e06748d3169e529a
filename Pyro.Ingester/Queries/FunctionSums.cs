using Pyro.Blocks.Answers;
using Pyro.Ingester.Head;
using Pyro.Profiles;
using Pyro.Profiles.Trees;

namespace Pyro.Ingester.Queries;

/// <summary>The sums of one partition by node of its function tree.</summary>
public sealed class FunctionSums
{
    private const int BlockNodes = 1 << Slabs<ulong>.Shift;
    // A node of a name tree with its slot and name.
    private const long NodeBytes = 48;

    private readonly FunctionTreeView _tree;
    private readonly SumMemory _memory;
    private readonly Rented<long> _own;
    private readonly Rented<long> _totals;

    private FunctionSums(in FunctionTreeView tree, SumMemory memory, Rented<long> own, Rented<long> totals)
    {
        _tree = tree;
        _memory = memory;
        _own = own;
        _totals = totals;
    }

    /// <summary>Joins sums by stack into sums by function node, which lie in the memory given.</summary>
    public static FunctionSums Of(Partition partition, ReadOnlySpan<long> sums, SumMemory memory)
    {
        var tree = partition.Functions.View();
        var rentedOwn = memory.Zeros(tree.Nodes.Count);
        var own = rentedOwn.Span;
        for (var start = 0; start < sums.Length; start += BlockNodes)
        {
            var ends = tree.Ends.Slab(start);
            var block = sums.Slice(start, Math.Min(BlockNodes, sums.Length - start));
            for (var i = 0; i < block.Length; i++)
            {
                if (block[i] != 0)
                {
                    own[ends[i]] += block[i];
                }
            }
        }

        // Stacks without any named frame are no part of a flame graph.
        own[0] = 0;
        var rentedTotals = memory.Zeros(own.Length);
        var totals = rentedTotals.Span;
        own.CopyTo(totals);
        for (var start = (own.Length - 1) / BlockNodes * BlockNodes; start >= 0; start -= BlockNodes)
        {
            var nodes = tree.Nodes.Slab(start);
            for (var i = nodes.Length - 1; i >= 0; i--)
            {
                var total = totals[start + i];
                if (total != 0 && start + i > 0)
                {
                    totals[StackTree.Parent(nodes[i])] += total;
                }
            }
        }

        return new FunctionSums(tree, memory, rentedOwn, rentedTotals);
    }

    /// <summary>Adds the nodes that have a value to a tree.</summary>
    /// <param name="into">The tree.</param>
    /// <param name="keep">Fold nodes that are smaller than the keep-th largest; 0: none.</param>
    /// <param name="cancellation">Looked at between blocks.</param>
    public void AddTo(NameTree into, long keep, CancellationToken cancellation)
    {
        var least = Threshold(keep);
        _memory.Reserve(NodeBytes * (keep > 0 ? Math.Min(keep, _own.Length) : _own.Length));
        var totals = _totals.Span;
        var own = _own.Span;
        using var rentedMap = new Rented<int>(own.Length, zeros: true);
        using var rentedNames = new Rented<int>(_tree.Strings.Count, zeros: true);
        using var rentedMade = new Rented<int>(_tree.Made.Count, zeros: true);
        var map = rentedMap.Span;
        var names = rentedNames.Span;
        var made = rentedMade.Span;

        // Nodes of one partition are all different, except that a made name may be another's own.
        var different = into.NodeCount == 1 && _tree.Made.Count == 0;
        into.Reserve(Kept(totals, least));
        for (var start = 0; start < map.Length; start += BlockNodes)
        {
            cancellation.ThrowIfCancellationRequested();
            var nodes = _tree.Nodes.Slab(start);
            for (var i = start == 0 ? 1 : 0; i < nodes.Length; i++)
            {
                var total = totals[start + i];
                if (total == 0)
                {
                    continue;
                }

                var parent = map[StackTree.Parent(nodes[i])];
                if (parent < 0 || total < least)
                {
                    if (parent >= 0)
                    {
                        into.Folded[parent] += total;
                    }

                    map[start + i] = -1;
                    continue;
                }

                var name = Name(into, StackTree.Location(nodes[i]), names, made);
                var node = different ? into.Append(parent, name) : into.Child(parent, name);
                into.Self[node] += own[start + i];
                map[start + i] = node;
            }
        }
    }

    private int Name(NameTree into, int name, Span<int> names, Span<int> made)
    {
        ref var known = ref name < 0 ? ref made[~name] : ref names[name];
        if (known == 0)
        {
            known = into.Intern(_tree.Name(name)) + 1;
        }

        return known - 1;
    }

    // As many as become nodes of their own, unless a parent's total is smaller than its child's.
    private static int Kept(ReadOnlySpan<long> totals, long least)
    {
        var n = 0;
        foreach (var total in totals)
        {
            n += total != 0 && total >= least ? 1 : 0;
        }

        return n;
    }

    private long Threshold(long keep)
    {
        var totals = _totals.Span;
        if (keep == 0 || keep >= totals.Length)
        {
            return long.MinValue;
        }

        _memory.Reserve(8L * totals.Length);
        using var rented = new Rented<long>(totals.Length);
        var values = rented.Span;
        var n = 0;
        foreach (var total in totals[1..])
        {
            if (total != 0)
            {
                values[n++] = total;
            }
        }

        return n <= keep ? long.MinValue : NthLargest.Of(values[..n], (int)keep);
    }
}
