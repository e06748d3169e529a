using Pyro.Profiles.Trees;

namespace Pyro.Profiles.FlameGraphs;

/// <summary>Bars by level, four numbers each: gap to the previous bar, total, self, name index.</summary>
public sealed class FlameGraph
{
    /// <summary>Names; index 0 is <c>total</c>.</summary>
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>One list a depth, root first.</summary>
    public required IReadOnlyList<long[]> Levels { get; init; }

    /// <summary>Sum of the root nodes' totals.</summary>
    public required long Total { get; init; }

    /// <summary>Largest self of any bar.</summary>
    public required long MaxSelf { get; init; }

    /// <summary>Lays a tree out, cut to <paramref name="maxNodes"/> (below 1: uncut).</summary>
    public static FlameGraph From(NameTree tree, long maxNodes) => throw new NotImplementedException();
}
