using Grpc.Core;
using Pyro.Api.Peers;
using Pyro.Blocks.Answers;
using Pyro.Ingester.Head;
using Pyro.Tenancy;

namespace Pyro.Ingester.Queries;

/// <summary><c>pyro.peers.v1.Holder</c>: answers about the profiles in the heads of this process.</summary>
/// <param name="store">The heads.</param>
/// <param name="writer">Name of this process in descriptions.</param>
/// <param name="scheduler">Where the work is done.</param>
public sealed class HolderService(HeadStore store, string writer, TaskScheduler scheduler) : Holder.HolderBase
{
    /// <summary>Whether all that was answered for is in the heads; before, answers would lack it, so there are none.</summary>
    public Func<bool> IsComplete { get; init; } = static () => true;

    /// <inheritdoc/>
    public override Task<LabelsResponse> Labels(LabelsRequest request, ServerCallContext context) =>
        Run(() => LabelAnswers.Of(Heads(context), request, context.CancellationToken), context);

    /// <inheritdoc/>
    public override async Task Describe(
        DescribeRequest request, IServerStreamWriter<DescribeResponse> responseStream, ServerCallContext context)
    {
        var parts = await Run(
            () => Descriptions.Describe(Heads(context), writer, request, context.CancellationToken).ToList(), context);
        await Write(parts, responseStream, context);
    }

    /// <inheritdoc/>
    public override async Task Select(SelectRequest request, IServerStreamWriter<SelectResponse> responseStream, ServerCallContext context)
    {
        var parts = await Run(() => Descriptions.Select(Heads(context), request, context.CancellationToken).ToList(), context);
        await Write(parts, responseStream, context);
    }

    /// <inheritdoc/>
    public override async Task Sum(SumRequest request, IServerStreamWriter<SumResponse> responseStream, ServerCallContext context)
    {
        using var memory = new SumMemory(store.Ledger);
        var parts = await Run(() => Sum(request, Heads(context), memory, context.CancellationToken), context);
        await Write(parts, responseStream, context);
    }

    private static List<SumResponse> Sum(
        SumRequest request, IReadOnlyList<TenantHead> heads, SumMemory memory, CancellationToken cancellation)
    {
        var selection = new CompiledSelection(request.Selection);
        if (request.Plan.Count == 0 && heads.Count > 1)
        {
            Overlap.Refuse(heads.Select(static h => h.View()).Where(static v => v.Rows.Count > 0).Select(static v => (v.MinMillis, v.MaxMillis)), selection);
        }

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

    private IReadOnlyList<TenantHead> Heads(ServerCallContext context) => IsComplete()
        ? store.Heads(TenantId.Of(context))
        : throw new RpcException(new Status(StatusCode.Unavailable, "the ingester is starting or stopping"));

    private Task<T> Run<T>(Func<T> work, ServerCallContext context) =>
        Task.Factory.StartNew(work, context.CancellationToken, TaskCreationOptions.DenyChildAttach, scheduler);
}
