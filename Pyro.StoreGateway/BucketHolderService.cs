using Grpc.Core;
using Pyro.Api.Peers;
using Pyro.Blocks.Answers;
using Pyro.Blocks.Reading;
using Pyro.Memory;
using Pyro.Tenancy;

namespace Pyro.StoreGateway;

/// <summary><c>pyro.peers.v1.BucketHolder</c>: answers about the blocks of the bucket.</summary>
/// <param name="blocks">The blocks.</param>
/// <param name="ledger">Counts the memory of answers.</param>
/// <param name="scheduler">Where the work is done.</param>
public sealed class BucketHolderService(ServedBlocks blocks, MemoryLedger ledger, TaskScheduler scheduler) : BucketHolder.BucketHolderBase
{
    /// <inheritdoc/>
    public override Task<LabelsResponse> Labels(LabelsRequest request, ServerCallContext context) =>
        Run([.. request.Expected.Select(WireIds.UlidOf)], context, async answers =>
        {
            var response = await answers.Labels(request, context.CancellationToken);
            response.Gone.Add(request.Expected.Where(ulid => !answers.Has(WireIds.UlidOf(ulid))));
            return response;
        });

    /// <inheritdoc/>
    public override Task Describe(DescribeRequest request, IServerStreamWriter<DescribeResponse> responseStream, ServerCallContext context) =>
        Stream([.. request.Expected.Select(WireIds.UlidOf)], responseStream, context, answers => answers.Describe(request, context.CancellationToken));

    /// <inheritdoc/>
    public override Task Select(SelectRequest request, IServerStreamWriter<SelectResponse> responseStream, ServerCallContext context) =>
        Stream(
            [.. request.Wanted.Select(static w => WireIds.UlidOf(w.Ulid))], responseStream, context,
            answers => answers.Select(request, context.CancellationToken));

    /// <inheritdoc/>
    public override Task Sum(SumRequest request, IServerStreamWriter<SumResponse> responseStream, ServerCallContext context) =>
        Stream(
            [.. request.Plan.Select(static p => WireIds.UlidOf(p.Ulid))], responseStream, context,
            answers => answers.Sum(request, context.CancellationToken));

    private Task<bool> Stream<T>(
        IReadOnlyCollection<Ulid> expected,
        IServerStreamWriter<T> responses,
        ServerCallContext context,
        Func<BlockAnswers, IAsyncEnumerable<T>> ask) => Run(expected, context, async answers =>
        {
            await foreach (var part in ask(answers))
            {
                await responses.WriteAsync(part, context.CancellationToken);
            }

            return true;
        });

    private Task<T> Run<T>(IReadOnlyCollection<Ulid> expected, ServerCallContext context, Func<BlockAnswers, Task<T>> work) =>
        Task.Factory.StartNew(
            async () =>
            {
                var leases = await blocks.Lease(TenantId.Of(context), expected, context.CancellationToken);
                try
                {
                    return await work(new BlockAnswers(leases, "", ledger));
                }
                finally
                {
                    foreach (var lease in leases)
                    {
                        lease.Dispose();
                    }
                }
            },
            context.CancellationToken,
            TaskCreationOptions.DenyChildAttach,
            scheduler).Unwrap();
}
