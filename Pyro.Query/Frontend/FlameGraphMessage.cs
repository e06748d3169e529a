using Pyro.Api.Querier;
using Pyro.Profiles.Trees;

namespace Pyro.Query.Frontend;

/// <summary>Makes the wire's flame graphs.</summary>
public static class FlameGraphMessage
{
    /// <summary>Lays a tree out, cut to <paramref name="maxNodes"/> (below 1: uncut).</summary>
    public static FlameGraph From(NameTree tree, long maxNodes)
    {
        var laidOut = Profiles.FlameGraphs.FlameGraph.From(tree, maxNodes);
        var graph = new FlameGraph { Total = laidOut.Total, MaxSelf = laidOut.MaxSelf };
        graph.Names.AddRange(laidOut.Names);
        graph.Levels.Capacity = laidOut.Levels.Count;
        foreach (var bars in laidOut.Levels)
        {
            var level = new Level();
            level.Values.AddRange(bars);
            graph.Levels.Add(level);
        }

        return graph;
    }
}
