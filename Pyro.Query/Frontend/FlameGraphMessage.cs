using Google.Protobuf;
using Pyro.Api.Querier;
using Pyro.Profiles.Trees;

namespace Pyro.Query.Frontend;

/// <summary>Makes the wire's flame graphs.</summary>
public static class FlameGraphMessage
{
    /// <summary>Lays a tree out, cut to <paramref name="maxNodes"/> (below 1: uncut).</summary>
    public static FlameGraph From(NameTree tree, long maxNodes)
    {
        using var laidOut = Profiles.FlameGraphs.FlameGraph.From(tree, maxNodes);
        var graph = new FlameGraph { Total = laidOut.Total, MaxSelf = laidOut.MaxSelf };
        graph.Names.AddRange(laidOut.Names);
        graph.Levels.Capacity = laidOut.LevelCount;
        for (var depth = 0; depth < laidOut.LevelCount; depth++)
        {
            var level = new Level();
            level.Values.AddRange(laidOut.Level(depth));
            graph.Levels.Add(level);
        }

        return graph;
    }
}
