using Pyro.Profiles.Trees;

namespace Pyro.Profiles.FlameGraphs;

/// <summary>
/// A flame graph as Pyroscope lays it out: bars by level, four numbers each, namely the gap between the end of the previous bar and
/// this one's start (of the first bar: its start), total, self and the index of the name. Siblings stand in byte order of their names,
/// <c>other</c> last; a bar's own value takes its left edge.
/// </summary>
public sealed class FlameGraph
{
    /// <summary>Names; index 0 is <c>total</c>; then in the order in which a walk that takes the last child first meets them.</summary>
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>One list a depth, root first.</summary>
    public required IReadOnlyList<long[]> Levels { get; init; }

    /// <summary>Sum of the root nodes' totals.</summary>
    public required long Total { get; init; }

    /// <summary>Largest self of any bar.</summary>
    public required long MaxSelf { get; init; }

    /// <summary>
    /// Lays a tree out, cut to <paramref name="maxNodes"/> (below 1: uncut). Below each node, children named <c>other</c> become
    /// one bar without children.
    /// </summary>
    public static FlameGraph From(NameTree tree, long maxNodes) => new FlameGraphLayout(TreeCut.Cut(tree, maxNodes)).Build();
}
