using CsCheck;
using Pyro.Profiles.Trees;

namespace Pyro.Tests.Unit.Trees;

public class TreeCutTests
{
    [Fact]
    public void A_cut_is_that_of_the_slow_twin() => Gen.Select(RandomTrees.Stacks(), Gen.Int[0, 40]).Sample((stacks, maxNodes) =>
    {
        var cut = TreeCut.Cut(RandomTrees.Tree(stacks), maxNodes);
        Assert.Equal(PlainTree.Of(stacks).Cut(maxNodes).Paths(), RandomTrees.Paths(cut));
    });

    [Fact]
    public void Cutting_thrice_is_cutting_and_cutting_again() => Gen.Select(RandomTrees.Stacks(withOther: false), Gen.Int[0, 40]).Sample(
        (stacks, maxNodes) => Assert.Equal(
            PlainTree.Of(stacks).Cut(maxNodes).Cut(maxNodes).Cut(maxNodes).Paths(), RandomTrees.Paths(TreeCut.Thrice(RandomTrees.Tree(stacks), maxNodes))));

    [Fact]
    public void Folding_first_changes_no_later_cut() =>
        Gen.Select(RandomTrees.Stacks(), Gen.Int[1, 40], Gen.Int[0, 40]).Sample((stacks, maxNodes, more) =>
        {
            var tree = RandomTrees.Tree(stacks);
            var folded = TreeCut.Fold(tree, maxNodes + more);
            Assert.Equal(tree.Totals()[0], folded.Totals()[0]);
            Assert.Equal(RandomTrees.Paths(TreeCut.Cut(tree, maxNodes)), RandomTrees.Paths(TreeCut.Cut(folded, maxNodes)));
            Assert.Equal(RandomTrees.Paths(TreeCut.Thrice(tree, maxNodes)), RandomTrees.Paths(TreeCut.Thrice(folded, maxNodes)));
        });

    [Fact]
    public void Nothing_is_lost_or_cut_without_need() => Gen.Select(RandomTrees.Stacks(withOther: false), Gen.Int[0, 40]).Sample((stacks, maxNodes) =>
    {
        var tree = RandomTrees.Tree(stacks);
        Assert.Equal(tree.Totals()[0], TreeCut.Thrice(tree, maxNodes).Totals()[0]);
        Assert.Same(tree, TreeCut.Cut(tree, 0));
        Assert.Same(tree, TreeCut.Cut(tree, tree.NodeCount));
    });

    [Fact]
    public void What_falls_beside_a_frame_named_other_is_lost_the_first_time_only()
    {
        var tree = RandomTrees.Tree([(["other"], 10), (["a"], 5), (["b"], 1), (["c"], 1)]);
        Assert.Equal(17, TreeCut.Cut(tree, 2).Totals()[0]);
        Assert.Equal(15, TreeCut.Thrice(tree, 2).Totals()[0]);
    }
}
