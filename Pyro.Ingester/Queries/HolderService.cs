using Grpc.Core;
using Pyro.Api.Peers;
using Pyro.Blocks.Answers;
using Pyro.Ingester.Head;
using Pyro.Tenancy;

namespace Pyro.Ingester.Queries;

/// <summary><c>pyro.peers.v1.Holder</c>: answers about the profiles in the heads and local blocks of this process.</summary>
/// <param name="store">What is held.</param>
/// <param name="writer">Name of this process in descriptions.</param>
/// <param name="scheduler">Where the work is done.</param>
public sealed class HolderService(HeadStore store, string writer, TaskScheduler scheduler) : Holder.HolderBase
{
    /// <summary>Whether all that was answered for is in the heads; before, answers would lack it, so there are none.</summary>
    public Func<bool> IsComplete { get; init; } = static () => true;

    /// <inheritdoc/>
    public override async Task<LabelsResponse> Labels(LabelsRequest request, ServerCallContext context)
    {
        using var held = Lease(context);
        var recent = await Run(() => LabelAnswers.Of(held.Heads, request, store.Ledger, context.CancellationToken), context);
        recent.Gone.Add(request.Expected.Where(ulid => !held.Has(WireIds.UlidOf(ulid))));
        if (held.Blocks.Count == 0)
        {
            return recent;
        }

        var older = await Run(() => Answers(held).Labels(request, context.CancellationToken).AsTask(), context).Unwrap();
        var union = new LabelUnion(request.Kind);
        union.Add(recent.Pieces);
        union.Add(older.Pieces);
        return new LabelsResponse { Pieces = { union.Close() }, Damaged = { older.Damaged }, Gone = { recent.Gone, older.Gone } };
    }

    /// <inheritdoc/>
    public override async Task Describe(
        DescribeRequest request, IServerStreamWriter<DescribeResponse> responseStream, ServerCallContext context)
    {
        using var held = Lease(context);
        var parts = await Run(
            () => Descriptions.Describe(held.Heads, writer, request, context.CancellationToken).ToList(), context);
        await Write(parts, responseStream, context);
        if (held.Blocks.Count > 0)
        {
            await Write(Answers(held).Describe(request, context.CancellationToken), responseStream, context);
        }
    }

    /// <inheritdoc/>
    public override async Task Select(SelectRequest request, IServerStreamWriter<SelectResponse> responseStream, ServerCallContext context)
    {
        using var held = Lease(context);
        var (ofHeads, ofBlocks) = (request.Clone(), request.Clone());
        Part(ofHeads.Wanted, ofBlocks.Wanted, held, static w => w.Ulid);
        var parts = await Run(() => Descriptions.Select(held.Heads, ofHeads, context.CancellationToken).ToList(), context);
        await Write(parts, responseStream, context);
        if (ofBlocks.Wanted.Count > 0)
        {
            await Write(Answers(held).Select(ofBlocks, context.CancellationToken), responseStream, context);
        }
    }

    /// <inheritdoc/>
    public override async Task Sum(SumRequest request, IServerStreamWriter<SumResponse> responseStream, ServerCallContext context)
    {
        using var held = Lease(context);
        var (ofHeads, ofBlocks) = (request, request);
        if (request.Plan.Count == 0)
        {
            RefuseOverlap(request, held);
        }
        else if (held.Blocks.Count > 0)
        {
            (ofHeads, ofBlocks) = (request.Clone(), request.Clone());
            Part(ofHeads.Plan, ofBlocks.Plan, held, static p => p.Ulid);
        }

        // A plan of which nothing is left is not an empty plan.
        if (request.Plan.Count == 0 || ofHeads.Plan.Count > 0)
        {
            using var memory = new SumMemory(store.Ledger);
            var parts = await Run(() => Sum(ofHeads, held.Heads, memory, context.CancellationToken), context);
            await Write(parts, responseStream, context);
        }

        if (held.Blocks.Count > 0 && (request.Plan.Count == 0 || ofBlocks.Plan.Count > 0))
        {
            await Write(Answers(held).Sum(ofBlocks, context.CancellationToken), responseStream, context);
        }
    }

    private static void RefuseOverlap(SumRequest request, HeldParts held)
    {
        if (held.Heads.Count + held.Blocks.Count > 1)
        {
            Overlap.Refuse(
                held.Heads.Select(static h => h.View()).Where(static v => v.Rows.Count > 0).Select(static v => (v.MinMillis, v.MaxMillis))
                    .Concat(held.Blocks.Select(static b => (b.Block.MinMillis, b.Block.MaxMillis))),
                new CompiledSelection(request.Selection));
        }
    }

    // What no block is named by is the heads' to answer or to refuse.
    private static void Part<T>(IList<T> ofHeads, IList<T> ofBlocks, HeldParts held, Func<T, Google.Protobuf.ByteString> ulid)
    {
        for (var i = ofHeads.Count - 1; i >= 0; i--)
        {
            (held.HasBlock(WireIds.UlidOf(ulid(ofHeads[i]))) ? ofHeads : ofBlocks).RemoveAt(i);
        }
    }

    private BlockAnswers Answers(HeldParts held) => new(held.Blocks, writer, store.Ledger);

    private static List<SumResponse> Sum(
        SumRequest request, IReadOnlyList<TenantHead> heads, SumMemory memory, CancellationToken cancellation)
    {
        var selection = new CompiledSelection(request.Selection);
        var held = HeldRows.Choose(heads, selection, request.Plan);
        switch (request.FormCase)
        {
            case SumRequest.FormOneofCase.Tree:
                using (var tree = TreeSum.Of(held, request.Tree, memory, cancellation))
                {
                    return TreePieces.Of(tree);
                }

            case SumRequest.FormOneofCase.Points:
                return [.. PointsSum.Of(held, request.Points, memory, cancellation).Select(static points => new SumResponse { Points = points })];
            case SumRequest.FormOneofCase.Stacks:
                return PprofSum.Of(held, request.Stacks, memory, cancellation);
            default:
                throw CompiledSelection.Bad("a sum needs a form");
        }
    }

    private static async Task Write<T>(IReadOnlyList<T> parts, IServerStreamWriter<T> responses, ServerCallContext context)
    {
        foreach (var part in parts)
        {
            await responses.WriteAsync(part, context.CancellationToken);
        }
    }

    // Blocks are read on the scheduler of queries, and what they answer is written as it comes.
    private async Task Write<T>(IAsyncEnumerable<T> parts, IServerStreamWriter<T> responses, ServerCallContext context) => await Run(
        async () =>
        {
            await foreach (var part in parts.WithCancellation(context.CancellationToken))
            {
                await responses.WriteAsync(part, context.CancellationToken);
            }

            return true;
        },
        context).Unwrap();

    private HeldParts Lease(ServerCallContext context) => IsComplete()
        ? HeldParts.Of(store, TenantId.Of(context))
        : throw new RpcException(new Status(StatusCode.Unavailable, "the ingester is starting or stopping"));

    private Task<T> Run<T>(Func<T> work, ServerCallContext context) =>
        Task.Factory.StartNew(work, context.CancellationToken, TaskCreationOptions.DenyChildAttach, scheduler);
}
