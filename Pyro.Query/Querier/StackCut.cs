namespace Pyro.Query.Querier;

/// <summary>
/// Cuts stacks to the largest nodes of their tree of functions. A stack is kept up to and with the location in which its first small
/// function lies; what was called from there becomes one frame <c>other</c>. A stack whose first function is small is <c>other</c> alone.
/// </summary>
public static class StackCut
{
    private const int NotCut = -1;
    private const int CutAtRoot = 0;

    /// <summary>Cuts to about so many functions; below 1: no cut.</summary>
    public static void Cut(StackTable stacks, long maxNodes)
    {
        var functions = FunctionTree.Of(stacks);
        if (maxNodes < 1 || functions.Count <= maxNodes) return;
        var least = functions.Nth(maxNodes);
        var count = stacks.StackCount;
        var cuts = new int[count];
        cuts[0] = NotCut;
        var other = stacks.Named("other");
        for (var stack = 1; stack < count; stack++)
        {
            var cut = cuts[stacks.Parent(stack)];
            if (cut == NotCut && functions.FirstBelow(stack, least) is { } depth) cut = depth == 1 ? CutAtRoot : stack;
            cuts[stack] = cut;
            if (cut == NotCut || cut == stack || stacks.Value(stack) == 0) continue;
            stacks.Add(stacks.Push(cut, other), stacks.Take(stack));
        }
    }

    /// <summary>The functions on the stacks as a tree from the root, with totals.</summary>
    private sealed class FunctionTree(StackTable stacks)
    {
        private readonly Interned<(int Parent, int Function)> _nodes = new([(-1, -1)]);
        private readonly List<int> _depths = [0];
        private readonly int[] _ends = new int[stacks.StackCount];
        private long[] _totals = [];

        /// <summary>Nodes, the root not counted.</summary>
        public int Count => _nodes.Count - 1;

        public static FunctionTree Of(StackTable stacks)
        {
            var tree = new FunctionTree(stacks);
            for (var stack = 1; stack < tree._ends.Length; stack++) tree._ends[stack] = tree.End(stack);
            tree._totals = new long[tree._nodes.Count];
            for (var stack = 1; stack < tree._ends.Length; stack++) tree._totals[tree._ends[stack]] += stacks.Value(stack);
            for (var node = tree._totals.Length - 1; node > 0; node--) tree._totals[tree._nodes[node].Parent] += tree._totals[node];
            return tree;
        }

        /// <summary>The n-th largest total.</summary>
        public long Nth(long n)
        {
            var sorted = _totals[1..];
            Array.Sort(sorted);
            return sorted[^(int)n];
        }

        /// <summary>The depth of the first function of a stack's last location whose total is less.</summary>
        public int? FirstBelow(int stack, long least)
        {
            var first = 0;
            for (var node = _ends[stack]; node != _ends[stacks.Parent(stack)]; node = _nodes[node].Parent)
            {
                if (_totals[node] < least) first = _depths[node];
            }

            return first == 0 ? null : first;
        }

        private int End(int stack)
        {
            var node = _ends[stacks.Parent(stack)];
            var lines = stacks.Lines(stacks.Location(stack));
            for (var i = lines.Length - 1; i >= 0; i--)
            {
                var child = _nodes.Add((node, lines[i].Function));
                if (child == _depths.Count) _depths.Add(_depths[node] + 1);
                node = child;
            }

            return node;
        }
    }
}
