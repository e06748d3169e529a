using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Pyro.Api.Peers;
using Pyro.Blocks.Reading;
using Pyro.Blocks.Symbols;
using Pyro.Memory;

namespace Pyro.Blocks.Answers;

/// <summary>Sums rows of blocks by stack.</summary>
internal static class BlockStacks
{
    private const int CheckEvery = 1024;

    /// <summary>The sums of each block, in order; each to be disposed of.</summary>
    public static IAsyncEnumerable<BlockSums> Sums(
        IReadOnlyList<PlannedBlock> planned, CompiledSelection selection, HashSet<ulong>? spans, MemoryLedger ledger, CancellationToken cancellation) =>
        Ahead.InOrder(
            planned,
            (one, stop) => BlockFaults.Reading(one.Lease, () => Sum(one, selection, spans, ledger, stop), stop),
            cancellation);

    private static async ValueTask<BlockSums> Sum(
        PlannedBlock one, CompiledSelection selection, HashSet<ulong>? spans, MemoryLedger ledger, CancellationToken cancellation)
    {
        // Downsampled rows know no spans.
        if (spans is not null)
        {
            using var rows = await one.Choose(selection, withSeries: false, cancellation);
            return await BlockSums.Of(one.Lease, [rows], spans, ledger, cancellation);
        }

        var again = one.Lease.Block.IsDownsampled;
        try
        {
            return await SumAll(one, selection, ledger, cancellation);
        }
        catch (Exception e) when (again && DownsampledTable.IsFault(e))
        {
            one.Lease.Block.IsDownsampled = false;
            return await SumAll(one, selection, ledger, cancellation);
        }
    }

    private static async ValueTask<BlockSums> SumAll(PlannedBlock one, CompiledSelection selection, MemoryLedger ledger, CancellationToken cancellation)
    {
        using var memory = one.Lease.Block.Reserve();
        return await BlockSums.Of(one.Lease, await ChosenRows.ToSum(one.Lease, selection, one.Plan, memory, cancellation), null, ledger, cancellation);
    }

    /// <summary>One pprof profile (google.v1.Profile) of some rows, in pieces that belong one after another.</summary>
    public static async IAsyncEnumerable<SumResponse> Of(
        IReadOnlyList<PlannedBlock> planned,
        CompiledSelection selection,
        StacksForm form,
        SumMemory memory,
        MemoryLedger ledger,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        // A Go PGO selector makes the server ignore the call site.
        var selector = form.StackTraceSelector;
        string[] path = selector is null || selector.GoPgo is not null ? [] : [.. selector.CallSite.Select(static l => l.Name)];
        var profile = new PprofPieces();
        await foreach (var sums in Sums(planned, selection, null, ledger, cancellation))
        {
            using var disposed = sums;
            foreach (var (stacks, tables) in sums.Partitions)
            {
                var under = path.Length > 0 ? CallPath.Under(tables, path) : null;
                profile.Begin(new BlockSymbols(tables));
                for (var from = 1; from < stacks.Sums.Length; from += CheckEvery)
                {
                    cancellation.ThrowIfCancellationRequested();
                    Write(profile, stacks.Sums, tables.Stacks, under, from, Math.Min(from + CheckEvery, stacks.Sums.Length));
                    while (profile.TryTake(memory, out var piece))
                    {
                        yield return piece;
                    }
                }
            }
        }

        yield return profile.TakeLast();
    }

    private static void Write(PprofPieces profile, ReadOnlySpan<long> sums, StackColumns stacks, bool[]? under, int from, int end)
    {
        var frames = new List<int>();
        for (var stack = from; stack < end; stack++)
        {
            if (sums[stack] == 0 || (under is not null && !under[stack]))
            {
                continue;
            }

            frames.Clear();
            for (var node = stack; node > 0; node = stacks.Parent[node])
            {
                frames.Add(stacks.Location[node]);
            }

            profile.Sample(CollectionsMarshal.AsSpan(frames), sums[stack]);
        }
    }
}
