using Pyro.Ingester.Head;
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
    private readonly long[] _own;
    private readonly long[] _totals;

    private FunctionSums(in FunctionTreeView tree, SumMemory memory, long[] own, long[] totals)
    {
        _tree = tree;
        _memory = memory;
        _own = own;
        _totals = totals;
    }

    /// <summary>Joins sums by stack into sums by function node.</summary>
    public static FunctionSums Of(Partition partition, long[] sums, SumMemory memory)
    {
        var tree = partition.Functions.View();
        var own = memory.Zeros(tree.Nodes.Count);
        for (var start = 0; start < sums.Length; start += BlockNodes)
        {
            var ends = tree.Ends.Slab(start);
            var block = sums.AsSpan(start, Math.Min(BlockNodes, sums.Length - start));
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
        var totals = memory.Zeros(own.Length);
        own.CopyTo(totals, 0);
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

        return new FunctionSums(tree, memory, own, totals);
    }

    /// <summary>Adds the nodes that have a value to a tree.</summary>
    /// <param name="into">The tree.</param>
    /// <param name="keep">Fold nodes that are smaller than the keep-th largest; 0: none.</param>
    /// <param name="cancellation">Looked at between blocks.</param>
    public void AddTo(NameTree into, long keep, CancellationToken cancellation)
    {
        var least = Threshold(keep);
        _memory.Reserve(NodeBytes * (keep > 0 ? Math.Min(keep, _own.Length) : _own.Length));
        var map = new int[_own.Length];

        // Nodes of one partition are all different, except that a made name may be another's own.
        var different = into.NodeCount == 1 && _tree.Made.Count == 0;
        into.Reserve(_totals.Length - _totals.AsSpan().Count(0));
        var names = new int[_tree.Strings.Count];
        var made = new int[_tree.Made.Count];
        for (var start = 0; start < map.Length; start += BlockNodes)
        {
            cancellation.ThrowIfCancellationRequested();
            var nodes = _tree.Nodes.Slab(start);
            for (var i = start == 0 ? 1 : 0; i < nodes.Length; i++)
            {
                var total = _totals[start + i];
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
                into.Self[node] += _own[start + i];
                map[start + i] = node;
            }
        }
    }

    private int Name(NameTree into, int name, int[] names, int[] made)
    {
        ref var known = ref name < 0 ? ref made[~name] : ref names[name];
        if (known == 0)
        {
            known = into.Intern(_tree.Name(name)) + 1;
        }

        return known - 1;
    }

    private long Threshold(long keep)
    {
        if (keep == 0 || keep >= _totals.Length)
        {
            return long.MinValue;
        }

        var values = _memory.Zeros(_totals.Length);
        var n = 0;
        for (var i = 1; i < _totals.Length; i++)
        {
            if (_totals[i] != 0)
            {
                values[n++] = _totals[i];
            }
        }

        return n <= keep ? long.MinValue : NthLargest.Of(values.AsSpan(0, n), (int)keep);
    }
}
