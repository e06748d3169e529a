using CsCheck;
using Pyro.Profiles.FlameGraphs;
using Pyro.Profiles.Trees;

namespace Pyro.Tests.Unit.Trees;

public class FlameGraphTests
{
    [Fact]
    public void The_known_example_is_laid_out_exactly()
    {
        var graph = FlameGraph.From(RandomTrees.Tree([(["a"], 1), (["a", "b"], 3), (["a", "c"], 2), (["d"], 4)]), 0);
        Assert.Equal(["total", "d", "a", "c", "b"], graph.Names);
        Assert.Equal([[0, 10, 0, 0], [0, 6, 1, 2, 0, 4, 4, 1], [1, 3, 3, 4, 0, 2, 2, 3]], Levels(graph));
        Assert.Equal(10, graph.Total);
        Assert.Equal(4, graph.MaxSelf);
    }

    [Fact]
    public void An_empty_tree_is_one_bar()
    {
        var graph = FlameGraph.From(new NameTree(), 0);
        Assert.Equal(["total"], graph.Names);
        Assert.Equal([[0, 0, 0, 0]], Levels(graph));
        Assert.Equal((0, 0), (graph.Total, graph.MaxSelf));
    }

    [Fact]
    public void A_frame_named_total_shares_the_first_name_and_a_nameless_one_has_its_own()
    {
        var graph = FlameGraph.From(RandomTrees.Tree([(["total", "x"], 1), ([""], 2)]), 0);
        Assert.Equal(["total", "x", ""], graph.Names);
        Assert.Equal([[0, 3, 0, 0], [0, 2, 2, 2, 0, 1, 0, 0], [2, 1, 1, 1]], Levels(graph));
    }

    [Fact]
    public void What_is_named_other_comes_last_and_without_children()
    {
        var graph = FlameGraph.From(RandomTrees.Tree([(["z"], 3), (["other", "y"], 4), (["a"], 1)]), 3);
        Assert.Equal(["total", "other", "z"], graph.Names);
        Assert.Equal([[0, 8, 0, 0], [0, 3, 3, 2, 0, 5, 5, 1]], Levels(graph));
    }

    [Fact]
    public void Bars_lie_within_their_parents_and_their_selves_add_up() => Gen.Select(RandomTrees.Stacks(), Gen.Int[0, 30]).Sample((stacks, maxNodes) =>
    {
        var tree = RandomTrees.Tree(stacks);
        var graph = FlameGraph.From(tree, maxNodes);
        var above = new List<(long Start, long End)> { (0, graph.Total) };
        var selves = 0L;
        foreach (var level in Levels(graph))
        {
            var bars = new List<(long Start, long End)>();
            var end = 0L;
            for (var i = 0; i < level.Length; i += 4)
            {
                Assert.InRange(level[i], 0, long.MaxValue);
                var start = end + level[i];
                end = start + level[i + 1];
                Assert.Contains(above, a => a.Start <= start && end <= a.End);
                Assert.InRange(level[i + 2], 0, graph.MaxSelf);
                Assert.InRange(level[i + 3], 0, graph.Names.Count - 1);
                selves += level[i + 2];
                bars.Add((start + level[i + 2], end));
            }

            above = bars;
        }

        Assert.Equal(tree.Totals()[0], graph.Total);
        Assert.Equal(graph.Total, selves);
    });

    [Fact]
    public void Laying_out_leaves_the_tree_as_it_was() => RandomTrees.Stacks().Sample(stacks =>
    {
        var tree = RandomTrees.Tree(stacks);
        var names = tree.NameCount;
        FlameGraph.From(tree, 3);
        Assert.Equal(names, tree.NameCount);
        Assert.Equal(RandomTrees.Paths(RandomTrees.Tree(stacks)), RandomTrees.Paths(tree));
    });

    private static long[][] Levels(FlameGraph graph) => [.. Enumerable.Range(0, graph.LevelCount).Select(depth => graph.Level(depth).ToArray())];
}
