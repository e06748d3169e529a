using System.Text;
using Pyro.Api.Querier;
using Pyro.Profiles.Trees;
using Pyro.Query.Frontend;

namespace Pyro.Tests.Unit.Query;

public class DiffLayoutTests
{
    [Fact]
    public void Both_sides_are_laid_out_in_one_shape()
    {
        var graph = DiffLayout.Of(Tree("a 1", "a;b 3", "d 4"), Tree("a;b 2", "a;c 5", "total 1"), 0);
        Assert.Equal(["total", "total", "d", "a", "c", "b"], graph.Names);
        Assert.Equal(
            ["0 8 0 0 8 0 0", "0 4 1 0 7 0 3 | 0 4 4 0 0 0 2 | 0 0 0 0 1 1 1", "1 3 3 0 2 2 5 | 0 0 0 0 5 5 4"],
            graph.Levels.Select(l => string.Join(" | ", l.Values.Chunk(7).Select(bar => string.Join(' ', bar)))));
        Assert.Equal((16, 5, 8, 8), (graph.Total, graph.MaxSelf, graph.LeftTicks, graph.RightTicks));
    }

    [Fact]
    public void Small_nodes_of_both_sides_become_the_last_bar()
    {
        var graph = DiffLayout.Of(Tree("a 1", "b 2", "c 9"), Tree("a 1", "b 9", "d 2"), 3);
        Assert.Equal(["total", "other", "c", "b"], graph.Names);
        Assert.Equal("0 2 2 0 9 9 3 | 0 9 9 0 0 0 2 | 0 1 1 0 3 3 1", string.Join(" | ", graph.Levels[1].Values.Chunk(7).Select(bar => string.Join(' ', bar))));
    }

    [Fact]
    public void Nothing_has_one_bar()
    {
        var expected = new FlameGraphDiff { Names = { "total" }, Levels = { new Level { Values = { 0, 0, 0, 0, 0, 0, 0 } } } };
        Assert.Equal(expected, DiffLayout.Of(new NameTree(), new NameTree(), 8192));
    }

    [Fact]
    public void Every_bar_lies_within_its_parent_level_and_sums_hold()
    {
        var random = new Random(5);
        for (var round = 0; round < 100; round++)
        {
            NameTree Random() => Tree([.. Enumerable.Range(0, 20).Select(_ =>
                string.Join(';', Enumerable.Range(0, random.Next(1, 5)).Select(_ => "abc"[random.Next(3)])) + $" {random.Next(1, 9)}")]);
            var graph = DiffLayout.Of(Random(), Random(), random.Next(0, 30));
            Assert.Equal((graph.LeftTicks, graph.RightTicks), (Self(graph, 2), Self(graph, 5)));
            foreach (var level in graph.Levels)
            {
                Assert.All(level.Values.Chunk(7), bar => Assert.True(bar[0] >= 0 && bar[3] >= 0));
                Assert.True(level.Values.Chunk(7).Sum(bar => bar[0] + bar[1]) <= graph.LeftTicks);
                Assert.True(level.Values.Chunk(7).Sum(bar => bar[3] + bar[4]) <= graph.RightTicks);
            }
        }

        static long Self(FlameGraphDiff graph, int at) => graph.Levels.Sum(l => l.Values.Chunk(7).Sum(bar => bar[at]));
    }

    internal static NameTree Tree(params string[] lines)
    {
        var tree = new NameTree();
        foreach (var line in lines)
        {
            var node = 0;
            foreach (var name in line[..line.LastIndexOf(' ')].Split(';')) node = tree.Child(node, tree.Intern(Encoding.UTF8.GetBytes(name)));
            tree.Self[node] += long.Parse(line[(line.LastIndexOf(' ') + 1)..]);
        }

        return tree;
    }
}
