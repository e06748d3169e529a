using Pyro.Api.Peers;
using Pyro.Blocks.Answers;
using Pyro.Ingester.Head;
using Pyro.Profiles.Trees;

namespace Pyro.Ingester.Queries;

/// <summary>Sums rows by function names.</summary>
public static class TreeSum
{
    // What cannot be among four times the nodes that the asker keeps may be folded.
    private const long KeptFactor = 4;

    /// <summary>The tree of some rows; to be disposed of.</summary>
    public static NameTree Of(IReadOnlyList<HeldRows> held, TreeForm form, SumMemory memory, CancellationToken cancellation)
    {
        HashSet<ulong>? spans = form.OnlySpans || form.Spans.Count > 0 ? [.. form.Spans] : null;
        var parts = new List<FunctionSums>();
        foreach (var rows in held)
        {
            foreach (var (partition, sums) in StackSums.Of(rows, spans, memory, cancellation).Partitions)
            {
                parts.Add(FunctionSums.Of(partition, sums.Span, memory));
                cancellation.ThrowIfCancellationRequested();
            }
        }

        var keep = form.KeepNodes > 0 && form.KeepNodes <= long.MaxValue / KeptFactor ? form.KeepNodes * KeptFactor : 0;
        var tree = new NameTree();
        foreach (var part in parts)
        {
            // Folding before names are joined is exact only when there is nothing to join with.
            part.AddTo(tree, parts.Count == 1 ? keep : 0, cancellation);
        }

        if (parts.Count < 2 || keep == 0)
        {
            return tree;
        }

        var folded = TreeCut.Fold(tree, keep);
        tree.DisposeUnless(folded);
        return folded;
    }
}
