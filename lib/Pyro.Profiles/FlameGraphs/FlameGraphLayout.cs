using System.Text;
using Pyro.Profiles.Trees;

namespace Pyro.Profiles.FlameGraphs;

/// <summary>Walks a tree from right to left and gives each node its bar.</summary>
internal sealed class FlameGraphLayout : IDisposable
{
    private const int NumbersPerBar = 4;
    private const int NotNamed = -1;

    private readonly NameTree _tree;
    private readonly SortedChildren _children;
    private readonly Rented<long> _totals;
    private readonly Rented<int> _nameIndex;

    // There is at most one for each node.
    private readonly Rented<Bar> _bars;
    private readonly int _other;
    private readonly List<int> _barsOnLevel = [];
    private readonly Stack<Bar> _todo = new();
    private readonly List<string> _names = ["total"];
    private int _barCount;

    /// <summary>Makes ready to lay a tree out.</summary>
    public FlameGraphLayout(NameTree tree)
    {
        _tree = tree;
        _children = new SortedChildren(tree);
        _bars = new Rented<Bar>(tree.NodeCount);
        _totals = new Rented<long>(tree.NodeCount);
        tree.Totals(_totals.Span);
        _nameIndex = new Rented<int>(tree.NameCount);
        _nameIndex.Span.Fill(NotNamed);
        _other = tree.FindName("other"u8);
        if (tree.FindName("total"u8) is var named and >= 0)
        {
            _nameIndex.Span[named] = 0;
        }
    }

    /// <summary>The flame graph.</summary>
    public FlameGraph Build()
    {
        // Values without any frame are no part of a flame graph.
        var total = _totals.Span[0] - _tree.Self[0];
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

        var ends = new int[_barsOnLevel.Count];
        return new FlameGraph(Numbers(ends), ends) { Names = _names, Total = total, MaxSelf = maxSelf };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _children.Dispose();
        _totals.Dispose();
        _nameIndex.Dispose();
        _bars.Dispose();
    }

    private void Place(in Bar bar)
    {
        if (bar.Level == _barsOnLevel.Count)
        {
            _barsOnLevel.Add(0);
        }

        _barsOnLevel[bar.Level]++;
        _bars.Span[_barCount++] = bar with { Name = bar.Name == NotNamed ? 0 : NameIndex(bar.Name) };
    }

    private int NameIndex(int name)
    {
        ref var index = ref _nameIndex.Span[name];
        if (index == NotNamed)
        {
            index = _names.Count;
            _names.Add(Encoding.UTF8.GetString(_tree.NameBytes(name)));
        }

        return index;
    }

    // The last child is pushed last and so taken first.
    private void PushChildren(in Bar bar)
    {
        var x = bar.X + bar.Self;
        var rest = 0L;
        var totals = _totals.Span;
        foreach (var child in _children.Of(bar.Node))
        {
            var (name, total) = (_tree.Name[child], totals[child]);
            if (name == _other)
            {
                rest += total;
                continue;
            }

            _todo.Push(new Bar(child, bar.Level + 1, name, x, total, _tree.Self[child]));
            x += total;
        }

        if (rest != 0)
        {
            _todo.Push(new Bar(-1, bar.Level + 1, _other, x, rest, rest));
        }
    }

    // Level after level; ends becomes where each ends.
    private Rented<long> Numbers(int[] ends)
    {
        for (var level = 1; level < ends.Length; level++)
        {
            ends[level] = ends[level - 1] + (_barsOnLevel[level - 1] * NumbersPerBar);
        }

        // The walk met each level from right to left.
        var numbers = new Rented<long>(_barCount * NumbersPerBar);
        var right = new long[ends.Length];
        var bars = _bars.Span;
        for (var i = _barCount - 1; i >= 0; i--)
        {
            ref readonly var bar = ref bars[i];
            var four = numbers.Span.Slice(ends[bar.Level], NumbersPerBar);
            four[0] = bar.X - right[bar.Level];
            four[1] = bar.Total;
            four[2] = bar.Self;
            four[3] = bar.Name;
            right[bar.Level] = bar.X + bar.Total;
            ends[bar.Level] += NumbersPerBar;
        }

        return numbers;
    }

    // X from the left edge; a node of -1 has no children.
    private readonly record struct Bar(int Node, int Level, int Name, long X, long Total, long Self);
}
