using Pyro.Profiles.Trees;

namespace Pyro.Profiles.FlameGraphs;

/// <summary>
/// A flame graph as Pyroscope lays it out: bars by level, four numbers each, namely the gap between the end of the previous bar and
/// this one's start (of the first bar: its start), total, self and the index of the name. Siblings stand in byte order of their names,
/// <c>other</c> last; a bar's own value takes its left edge. Its numbers lie in a rented array: disposed of when they were taken over.
/// </summary>
public sealed class FlameGraph : IDisposable
{
    private readonly Rented<long> _numbers;
    private readonly int[] _ends;

    /// <summary>A flame graph of all its numbers, level after level.</summary>
    /// <param name="numbers">The numbers; taken over.</param>
    /// <param name="ends">Where each level ends among them.</param>
    internal FlameGraph(Rented<long> numbers, int[] ends)
    {
        _numbers = numbers;
        _ends = ends;
    }

    /// <summary>Names; index 0 is <c>total</c>; then in the order in which a walk that takes the last child first meets them.</summary>
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>Sum of the root nodes' totals.</summary>
    public required long Total { get; init; }

    /// <summary>Largest self of any bar.</summary>
    public required long MaxSelf { get; init; }

    /// <summary>How many levels there are, one a depth.</summary>
    public int LevelCount => _ends.Length;

    /// <summary>
    /// Lays a tree out, cut to <paramref name="maxNodes"/> (below 1: uncut). Below each node, children named <c>other</c> become
    /// one bar without children.
    /// </summary>
    public static FlameGraph From(NameTree tree, long maxNodes)
    {
        var cut = TreeCut.Cut(tree, maxNodes);
        using var layout = new FlameGraphLayout(cut);
        var graph = layout.Build();
        cut.DisposeUnless(tree);
        return graph;
    }

    /// <summary>The numbers of one level; 0: the root's. Valid until the graph is disposed.</summary>
    public ReadOnlySpan<long> Level(int depth)
    {
        var start = depth == 0 ? 0 : _ends[depth - 1];
        return _numbers.Span[start.._ends[depth]];
    }

    /// <inheritdoc/>
    public void Dispose() => _numbers.Dispose();
}
