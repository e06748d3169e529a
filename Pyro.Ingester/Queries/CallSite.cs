using System.Text;
using Pyro.Ingester.Head;

namespace Pyro.Ingester.Queries;

/// <summary>Which stacks of a partition begin, from the root, with given function names.</summary>
public static class CallSite
{
    /// <summary>For each stack whether it lies under the path.</summary>
    public static bool[] Under(in FunctionTreeView tree, IReadOnlyList<string> path)
    {
        var target = Find(tree, path);
        var under = new bool[tree.Nodes.Count];
        if (target >= 0)
        {
            under[target] = true;
            for (var node = target + 1; node < under.Length; node++)
            {
                under[node] = under[StackTree.Parent(tree.Nodes[node])];
            }
        }

        var stacks = new bool[tree.Ends.Count];
        for (var stack = 1; stack < stacks.Length; stack++)
        {
            stacks[stack] = under[tree.Ends[stack]];
        }

        return stacks;
    }

    private static int Find(in FunctionTreeView tree, IReadOnlyList<string> path)
    {
        var at = 0;
        foreach (var text in path)
        {
            var name = Encoding.UTF8.GetBytes(text);
            var found = -1;
            for (var node = at + 1; node < tree.Nodes.Count && found < 0; node++)
            {
                var key = tree.Nodes[node];
                if (StackTree.Parent(key) == at && tree.Name(StackTree.Location(key)).SequenceEqual(name))
                {
                    found = node;
                }
            }

            if (found < 0)
            {
                return -1;
            }

            at = found;
        }

        return at;
    }
}
