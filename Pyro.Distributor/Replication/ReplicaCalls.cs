using Grpc.Core;
using Pyro.Api.Peers;
using Pyro.Tenancy;

namespace Pyro.Distributor.Replication;

/// <summary>The calls that bring the records of one request to ingesters.</summary>
internal sealed class ReplicaCalls(
    string tenant, IReadOnlyList<SunkRecord> records, IReadOnlyList<AppendBatch> batches, Dial dial, DistributorMetrics metrics, TimeProvider time)
{
    private readonly Metadata _headers = new() { { TenantId.Header, tenant } };

    /// <summary>Sends some of the records to one ingester. Takes its shares of the batches before it returns.</summary>
    public Task<IReadOnlyList<Exception?>?> Send(string address, IReadOnlyList<int> items, CancellationToken cancellationToken)
    {
        // With one ingester, or as many as there are replicas, every call carries everything: all share the batch as it is.
        if (batches.Count == 1 && items.Count == batches[0].Count)
        {
            batches[0].Lease.Retain();
            return Call(address, [batches[0]], cancellationToken);
        }

        return Call(address, Copy(items), cancellationToken);
    }

    private List<AppendBatch> Copy(IReadOnlyList<int> items)
    {
        var copies = new List<AppendBatch>(1);
        using var builder = new AppendBatchBuilder();
        foreach (var item in items)
        {
            var record = batches[records[item].Batch].Record(records[item].Place).Span;
            if (builder.Add(record)) continue;
            copies.Add(builder.Build());
            if (!builder.Add(record)) throw new InvalidOperationException("A record that fitted before fits no more.");
        }

        copies.Add(builder.Build());
        return copies;
    }

    private async Task<IReadOnlyList<Exception?>?> Call(string address, List<AppendBatch> parts, CancellationToken cancellationToken)
    {
        Exception?[]? errors = null;
        var count = 0;
        foreach (var part in parts) count += part.Count;
        var sent = 0;
        try
        {
            var invoker = dial(address);
            for (var done = 0; sent < parts.Count; done += parts[sent++].Count)
            {
                var answer = await Append(invoker, parts[sent], cancellationToken);
                for (var i = 0; i < answer.Results.Count; i++)
                {
                    if (answer.Results[i] is not { Code: not 0 } refused) continue;
                    errors ??= new Exception?[count];
                    errors[done + i] = new IngesterRefusalException(refused);
                }
            }
        }
        finally
        {
            foreach (var part in parts) part.Lease.Release();
        }

        return errors;
    }

    private async Task<AppendResponse> Append(CallInvoker invoker, AppendBatch batch, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var status = "200";
        try
        {
            using var call = invoker.AsyncUnaryCall(
                AppendDefinition.Method, null, new CallOptions(_headers, cancellationToken: cancellationToken), batch);
            var answer = await call.ResponseAsync;
            if (answer.Results.Count == batch.Count) return answer;
            throw new RpcException(new Status(StatusCode.Internal, $"{answer.Results.Count} answers to {batch.Count} records"));
        }
        catch
        {
            status = "500";
            throw;
        }
        finally
        {
            metrics.Downstream(time.GetElapsedTime(started), status);
        }
    }
}
