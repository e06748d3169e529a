using System.Text;
using Pyro.Api.Querier;
using Pyro.Profiles.Trees;

namespace Pyro.Query.Frontend;

/// <summary>
/// Lays two trees out as one: the union of their nodes, each bar seven numbers: gap, total and self of the left side, the same of the
/// right side, name index.
/// </summary>
public sealed class DiffLayout : IDisposable
{
    private const int BarLength = 7;
    private const string Other = "other";

    private readonly NameTree _union = new();
    private readonly List<(long Left, long Right)> _self = [default];
    private readonly (long Left, long Right)[] _total;
    private readonly int[][] _children;
    private readonly long _least;
    private readonly Dictionary<string, long> _names = new(StringComparer.Ordinal) { [""] = 0 };
    private readonly FlameGraphDiff _graph = new() { Names = { "total" } };

    // Bars of each level from right to left, which is the order of the walk.
    private readonly List<List<Bar>> _levels = [];

    private DiffLayout(NameTree left, NameTree right, long maxNodes)
    {
        Take(left, static (self, value) => (self.Left + value, self.Right));
        Take(right, static (self, value) => (self.Left, self.Right + value));
        _total = [.. _self];
        for (var node = _total.Length - 1; node > 0; node--)
        {
            ref var parent = ref _total[_union.Parent[node]];
            parent = (parent.Left + _total[node].Left, parent.Right + _total[node].Right);
        }

        _children = Children();
        _least = Threshold(maxNodes);
    }

    /// <summary>Lays two trees out; a node is kept when either side is among the <paramref name="maxNodes"/> largest (below 1: all).</summary>
    public static FlameGraphDiff Of(NameTree left, NameTree right, long maxNodes)
    {
        using var layout = new DiffLayout(left, right, maxNodes);
        layout.Walk();
        return layout._graph;
    }

    /// <inheritdoc/>
    public void Dispose() => _union.Dispose();

    private void Take(NameTree tree, Func<(long Left, long Right), long, (long Left, long Right)> add)
    {
        var nodes = new int[tree.NodeCount];
        for (var i = 1; i < nodes.Length; i++)
        {
            var node = nodes[i] = _union.Child(nodes[tree.Parent[i]], _union.Intern(tree.NameBytes(tree.Name[i])));
            while (_self.Count <= node) _self.Add(default);
            _self[node] = add(_self[node], tree.Self[i] + tree.Folded[i]);
        }
    }

    private int[][] Children()
    {
        var children = new List<int>?[_total.Length];
        for (var node = 1; node < children.Length; node++) (children[_union.Parent[node]] ??= []).Add(node);
        return Array.ConvertAll(children, list =>
        {
            list?.Sort((a, b) => _union.NameBytes(_union.Name[a]).SequenceCompareTo(_union.NameBytes(_union.Name[b])));
            return list?.ToArray() ?? [];
        });
    }

    private long Threshold(long maxNodes)
    {
        if (maxNodes < 1 || _total.Length <= maxNodes) return long.MinValue;
        var largest = Array.ConvertAll(_total, static t => Math.Max(t.Left, t.Right));
        Array.Sort(largest);
        return largest[^(int)maxNodes];
    }

    private void Walk()
    {
        var open = new Stack<(Bar Bar, int Level)>();
        open.Push((new Bar(0, 0, 0, _total[0], default), 0));
        while (open.TryPop(out var next))
        {
            var (bar, level) = next;
            var node = bar.Node;
            if (_levels.Count == level) _levels.Add([]);
            _levels[level].Add(bar with { Name = node == 0 ? 0 : Name(node) });
            _graph.MaxSelf = Math.Max(_graph.MaxSelf, Math.Max(bar.Self.Left, bar.Self.Right));
            if (node >= 0) Expand(bar, level + 1, open);
        }

        _graph.LeftTicks = _total[0].Left;
        _graph.RightTicks = _total[0].Right;
        _graph.Total = _graph.LeftTicks + _graph.RightTicks;
        foreach (var level in _levels) _graph.Levels.Add(Encode(level));
    }

    private void Expand(Bar parent, int level, Stack<(Bar, int)> open)
    {
        var (left, right) = (parent.Left + parent.Self.Left, parent.Right + parent.Self.Right);
        (long Left, long Right) rest = default;
        foreach (var child in _children[parent.Node])
        {
            var total = _total[child];
            if (Math.Max(total.Left, total.Right) < _least)
            {
                rest = (rest.Left + total.Left, rest.Right + total.Right);
                continue;
            }

            open.Push((new Bar(child, left, right, total, _self[child]), level));
            (left, right) = (left + total.Left, right + total.Right);
        }

        if (rest != default) open.Push((new Bar(-1, left, right, rest, rest), level));
    }

    private long Name(int node)
    {
        var name = node < 0 ? Other : Encoding.UTF8.GetString(_union.NameBytes(_union.Name[node]));
        if (_names.TryGetValue(name, out var known)) return known;
        _graph.Names.Add(name);
        return _names[name] = _graph.Names.Count - 1;
    }

    private static Level Encode(List<Bar> fromRight)
    {
        var level = new Level();
        level.Values.Capacity = fromRight.Count * BarLength;
        long left = 0, right = 0;
        for (var i = fromRight.Count - 1; i >= 0; i--)
        {
            var bar = fromRight[i];
            level.Values.Add(bar.Left - left);
            level.Values.Add(bar.Total.Left);
            level.Values.Add(bar.Self.Left);
            level.Values.Add(bar.Right - right);
            level.Values.Add(bar.Total.Right);
            level.Values.Add(bar.Self.Right);
            level.Values.Add(bar.Name);
            (left, right) = (bar.Left + bar.Total.Left, bar.Right + bar.Total.Right);
        }

        return level;
    }

    /// <summary>A bar at its place on both sides; node -1: what was cut.</summary>
    private readonly record struct Bar(int Node, long Left, long Right, (long Left, long Right) Total, (long Left, long Right) Self, long Name = 0);
}
