using System.Text;
using Pyro.Profiles.Trees;

namespace Pyro.Profiles.FlameGraphs;

/// <summary>Walks a tree from right to left and gives each node its bar.</summary>
internal sealed class FlameGraphLayout(NameTree tree)
{
    private const int NumbersPerBar = 4;
    private const int NotNamed = -1;

    private readonly SortedChildren _children = new(tree);
    private readonly long[] _totals = tree.Totals();
    private readonly int _other = tree.FindName("other"u8);
    private readonly List<Bar> _bars = new(tree.NodeCount);
    private readonly List<int> _barsOnLevel = [];
    private readonly Stack<Bar> _todo = new();
    private readonly List<string> _names = ["total"];
    private int[] _nameIndex = [];

    /// <summary>The flame graph.</summary>
    public FlameGraph Build()
    {
        _nameIndex = new int[tree.NameCount];
        Array.Fill(_nameIndex, NotNamed);
        if (tree.FindName("total"u8) is var named and >= 0)
        {
            _nameIndex[named] = 0;
        }

        // Values without any frame are no part of a flame graph.
        var total = _totals[0] - tree.Self[0];
        _todo.Push(new Bar(0, 0, NotNamed, 0, total, 0));
        var maxSelf = 0L;
        while (_todo.TryPop(out var bar))
        {
            maxSelf = Math.Max(maxSelf, bar.Self);
            Place(bar);
            if (bar.Node >= 0)
            {
                PushChildren(bar);
            }
        }

        return new FlameGraph { Names = _names, Levels = Levels(), Total = total, MaxSelf = maxSelf };
    }

    private void Place(in Bar bar)
    {
        if (bar.Level == _barsOnLevel.Count)
        {
            _barsOnLevel.Add(0);
        }

        _barsOnLevel[bar.Level]++;
        _bars.Add(bar with { Name = bar.Name == NotNamed ? 0 : NameIndex(bar.Name) });
    }

    private int NameIndex(int name)
    {
        ref var index = ref _nameIndex[name];
        if (index == NotNamed)
        {
            index = _names.Count;
            _names.Add(Encoding.UTF8.GetString(tree.NameBytes(name)));
        }

        return index;
    }

    // The last child is pushed last and so taken first.
    private void PushChildren(in Bar bar)
    {
        var x = bar.X + bar.Self;
        var other = 0L;
        foreach (var child in _children.Of(bar.Node))
        {
            if (tree.Name[child] == _other)
            {
                other += _totals[child];
                continue;
            }

            _todo.Push(new Bar(child, bar.Level + 1, tree.Name[child], x, _totals[child], tree.Self[child]));
            x += _totals[child];
        }

        if (other != 0)
        {
            _todo.Push(new Bar(-1, bar.Level + 1, _other, x, other, other));
        }
    }

    private long[][] Levels()
    {
        var levels = new long[_barsOnLevel.Count][];
        for (var i = 0; i < levels.Length; i++)
        {
            levels[i] = new long[_barsOnLevel[i] * NumbersPerBar];
        }

        // The walk met each level from right to left.
        foreach (var bar in _bars)
        {
            var numbers = levels[bar.Level].AsSpan(--_barsOnLevel[bar.Level] * NumbersPerBar, NumbersPerBar);
            numbers[0] = bar.X;
            numbers[1] = bar.Total;
            numbers[2] = bar.Self;
            numbers[3] = bar.Name;
        }

        foreach (var level in levels)
        {
            var end = 0L;
            for (var i = 0; i < level.Length; i += NumbersPerBar)
            {
                var x = level[i];
                level[i] = x - end;
                end = x + level[i + 1];
            }
        }

        return levels;
    }

    // X from the left edge; a node of -1 has no children.
    private readonly record struct Bar(int Node, int Level, int Name, long X, long Total, long Self);
}
