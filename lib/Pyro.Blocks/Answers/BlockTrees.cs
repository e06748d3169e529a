using System.Runtime.CompilerServices;
using Pyro.Api.Peers;
using Pyro.Blocks.Reading;
using Pyro.Memory;
using Pyro.Profiles.Trees;

namespace Pyro.Blocks.Answers;

/// <summary>Sums rows of blocks by function names.</summary>
internal static class BlockTrees
{
    // What cannot be among four times the nodes that the asker keeps may be folded.
    private const long KeptFactor = 4;

    // A node of a name tree with its slot and name.
    private const long NodeBytes = 48;

    /// <summary>The one tree of some rows, in pieces.</summary>
    public static async IAsyncEnumerable<SumResponse> Of(
        IReadOnlyList<PlannedBlock> planned,
        CompiledSelection selection,
        TreeForm form,
        SumMemory memory,
        MemoryLedger ledger,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        HashSet<ulong>? spans = form.OnlySpans || form.Spans.Count > 0 ? [.. form.Spans] : null;
        using var tree = new NameTree();
        var counted = 1;
        await foreach (var sums in BlockStacks.Sums(planned, selection, spans, ledger, cancellation))
        {
            using var disposed = sums;
            foreach (var (stacks, tables) in sums.Partitions)
            {
                stacks.AddTo(tree, tables, cancellation);
                memory.Reserve(NodeBytes * (tree.NodeCount - counted));
                counted = tree.NodeCount;
            }
        }

        foreach (var piece in Pieces(tree, form))
        {
            yield return piece;
        }
    }

    // Only the whole tree may be folded: a part of it does not tell which nodes are small.
    private static List<SumResponse> Pieces(NameTree tree, TreeForm form)
    {
        var folded = TreeCut.Fold(tree, form.KeepNodes is > 0 and <= long.MaxValue / KeptFactor ? form.KeepNodes * KeptFactor : 0);
        try
        {
            return TreePieces.Of(folded);
        }
        finally
        {
            folded.DisposeUnless(tree);
        }
    }
}
