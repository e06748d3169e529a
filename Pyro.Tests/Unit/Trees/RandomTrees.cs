using CsCheck;
using Pyro.Profiles.Trees;

namespace Pyro.Tests.Unit.Trees;

/// <summary>Stacks of few names, so that they meet, and the plainest trees of them.</summary>
internal static class RandomTrees
{
    private static readonly string[] Names = ["", "a", "b", "c", "d", "total", "other", "ü", "\U0001F600"];

    /// <summary>Stacks, root first, with their values. Real frames named <c>other</c> only if asked for.</summary>
    public static Gen<(string[] Stack, long Value)[]> Stacks(bool withOther = true) => Gen.Select(
        Gen.Int[0, Names.Length - 1].Select(n => withOther || Names[n] != "other" ? Names[n] : "o").Array[1, 6], Gen.Long[1, 40]).Array[0, 40];

    public static NameTree Tree((string[] Stack, long Value)[] stacks)
    {
        var tree = new NameTree();
        foreach (var (stack, value) in stacks)
        {
            var node = 0;
            foreach (var name in stack)
            {
                node = tree.Child(node, tree.Intern(System.Text.Encoding.UTF8.GetBytes(name)));
            }

            tree.Self[node] += value;
        }

        return tree;
    }

    /// <summary>Every path that has a value of its own, or folded away below it, in the order of paths.</summary>
    public static SortedDictionary<string, (long Self, long Folded)> Paths(NameTree tree)
    {
        var paths = new SortedDictionary<string, (long, long)>(StringComparer.Ordinal);
        for (var i = 0; i < tree.NodeCount; i++)
        {
            if (tree.Self[i] != 0 || tree.Folded[i] != 0)
            {
                paths[Path(tree, i)] = (tree.Self[i], tree.Folded[i]);
            }
        }

        return paths;
    }

    public static string Path(NameTree tree, int node) => node == 0 ? ""
        : Path(tree, tree.Parent[node]) + "/" + System.Text.Encoding.UTF8.GetString(tree.NameBytes(tree.Name[node]));
}
