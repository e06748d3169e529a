using System.Runtime.CompilerServices;
using Google.Protobuf.Collections;
using Grpc.Core;
using Pyro.Api.Peers;
using Pyro.Blocks.Reading;
using Pyro.Memory;

namespace Pyro.Blocks.Answers;

/// <summary>
/// Answers of <c>pyro.peers.v1.Holder</c> over blocks of one tenant: what a head answers for the same rows. To be asked on the scheduler of
/// queries; blocks are read side by side. Memory is counted in the ledger, as accumulators, until an answer ends.
/// </summary>
/// <param name="blocks">The blocks, leased for as long as answers are read.</param>
/// <param name="writer">Who wrote the blocks that do not name it: this process.</param>
/// <param name="ledger">Counts the memory.</param>
public sealed class BlockAnswers(IReadOnlyList<BlockLease> blocks, string writer, MemoryLedger ledger)
{
    /// <summary>Whether a ULID is that of a block.</summary>
    public bool Has(Ulid ulid) => blocks.Any(b => b.Block.Ulid == ulid);

    /// <summary>Label names, label values, series or profile types of the series that have a selected row.</summary>
    /// <remarks>Damaged blocks, and those that are removed meanwhile, are left out and named.</remarks>
    /// <exception cref="RpcException">The request is refused, or what is needed cannot be read.</exception>
    public ValueTask<LabelsResponse> Labels(LabelsRequest request, CancellationToken cancellation)
    {
        var selection = new CompiledSelection(request.Selection);
        return BlockFaults.Told(BlockLabels.Of(In(selection), request, selection, ledger, cancellation));
    }

    /// <summary>The blocks that may have rows in range, then their series.</summary>
    /// <exception cref="RpcException">The request is refused, or what is needed cannot be read.</exception>
    public IAsyncEnumerable<DescribeResponse> Describe(DescribeRequest request, CancellationToken cancellation)
    {
        var selection = new CompiledSelection(request.Selection);
        return BlockFaults.Told(BlockDescriptions.Describe(In(selection), writer, request, selection, cancellation), cancellation);
    }

    /// <summary>The keys of the rows of the series wanted.</summary>
    /// <exception cref="RpcException">not_found: a ULID is not held. Or the request is refused, or what is needed cannot be read.</exception>
    public IAsyncEnumerable<SelectResponse> Select(SelectRequest request, CancellationToken cancellation)
    {
        var selection = new CompiledSelection(request.Selection);
        var wanted = request.Wanted.Select(w => (Find(WireIds.UlidOf(w.Ulid)), w)).ToList();
        return BlockFaults.Told(BlockDescriptions.Select(wanted, selection, cancellation), cancellation);
    }

    /// <summary>Sums the rows of a plan in the form asked for: one tree, one table or one list of points.</summary>
    /// <exception cref="RpcException">
    /// not_found: a ULID is not held. failed_precondition: without a plan, blocks share time. Or the request is refused, or what is needed
    /// cannot be read.
    /// </exception>
    public IAsyncEnumerable<SumResponse> Sum(SumRequest request, CancellationToken cancellation)
    {
        var selection = new CompiledSelection(request.Selection);
        var planned = Planned(request.Plan, selection);
        return request.FormCase switch
        {
            SumRequest.FormOneofCase.Tree => Told(memory => BlockTrees.Of(planned, selection, request.Tree, memory, ledger, cancellation)),
            SumRequest.FormOneofCase.Stacks => Told(memory => BlockStacks.Of(planned, selection, request.Stacks, memory, ledger, cancellation)),
            SumRequest.FormOneofCase.Points => Told(memory => BlockPoints.Of(planned, selection, request.Points, memory, ledger, cancellation)),
            _ => throw CompiledSelection.Bad("a sum needs a form"),
        };

        IAsyncEnumerable<SumResponse> Told(Func<SumMemory, IAsyncEnumerable<SumResponse>> sum) =>
            BlockFaults.Told(Counted(sum, cancellation), cancellation);
    }

    private async IAsyncEnumerable<SumResponse> Counted(
        Func<SumMemory, IAsyncEnumerable<SumResponse>> sum, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var memory = new SumMemory(ledger);
        await foreach (var part in sum(memory).WithCancellation(cancellation))
        {
            yield return part;
        }
    }

    private List<PlannedBlock> Planned(RepeatedField<PlanOfHolding> plan, CompiledSelection selection)
    {
        if (plan.Count > 0)
        {
            return [.. plan.GroupBy(static p => WireIds.UlidOf(p.Ulid)).Select(g => new PlannedBlock(Find(g.Key), new RowPlan(g)))];
        }

        Overlap.Refuse(blocks.Select(static b => (b.Block.MinMillis, b.Block.MaxMillis)), selection);
        return [.. In(selection).Select(static b => new PlannedBlock(b, null))];
    }

    private List<BlockLease> In(CompiledSelection selection) =>
        [.. blocks.Where(b => selection.Overlaps(b.Block.MinMillis, b.Block.MaxMillis))];

    private BlockLease Find(Ulid ulid) =>
        blocks.FirstOrDefault(b => b.Block.Ulid == ulid) ?? throw WireIds.NotHeld(ulid);
}

/// <summary>A block and which of its selected rows are meant; null: all.</summary>
internal readonly record struct PlannedBlock(BlockLease Lease, RowPlan? Plan)
{
    /// <summary>Its rows; none when it has none in range.</summary>
    public ValueTask<ChosenRows> Choose(CompiledSelection selection, bool withSeries, CancellationToken cancellation) =>
        ChosenRows.Of(Lease, selection, Plan, withSeries, cancellation);
}
