using System.Buffers.Binary;
using Grpc.Core;
using Pyro.Api.Peers;
using Pyro.Distributor.Pipeline;
using Pyro.Ring;

namespace Pyro.Distributor.Replication;

/// <summary>Writes records to the ingesters that the ring names and waits for a quorum of each.</summary>
internal sealed class ReplicaWriter(HashRing ring, Dial dial, QuorumWriter writer, DistributorMetrics metrics, TimeProvider time)
{
    /// <summary>Writes all records of a sink, which may be disposed when the task has ended: calls that are late have shares of their own.</summary>
    /// <returns>One failure for each profile with a record that too few ingesters have.</returns>
    public async Task<IReadOnlyList<PushFailure>> Write(
        string tenant, IReadOnlyList<PushEntry> entries, RecordSink sink, CancellationToken cancellationToken)
    {
        var batches = sink.Finish();
        if (sink.Records.Count == 0) return [];

        var failures = new List<PushFailure>();
        var records = new List<SunkRecord>(sink.Records.Count);
        var replicas = new List<ReplicaSet>(sink.Records.Count);
        var snapshot = ring.Snapshot;
        foreach (var record in sink.Records)
        {
            try
            {
                replicas.Add(snapshot.Lookup(TokenOf(tenant, record.Fingerprint), RingOperation.Write));
                records.Add(record);
            }
            catch (RingException e)
            {
                AddOnce(failures, entries[record.Entry], e);
            }
        }

        var calls = new ReplicaCalls(tenant, records, batches, dial, metrics, time);
        var errors = await writer.Write(replicas, calls.Send, cancellationToken);
        for (var i = 0; i < errors.Length; i++)
        {
            if (errors[i] is { } error) AddOnce(failures, entries[records[i].Entry], error);
        }

        return failures;
    }

    private static void AddOnce(List<PushFailure> failures, PushEntry entry, Exception error)
    {
        if (failures.Exists(f => f.Index == entry.Index)) return;
        failures.Add(new PushFailure(entry.Index, entry.Id, CodeOf(error), MessageOf(error), (error as IngesterRefusalException)?.RetryAfter ?? 0));
    }

    /// <summary>An ingester's refusal keeps its code; that one could not be reached is a failure of ours.</summary>
    private static StatusCode CodeOf(Exception error) => error switch
    {
        TimeoutException => StatusCode.DeadlineExceeded,
        IngesterRefusalException { Code: StatusCode.Unavailable or StatusCode.Internal } => StatusCode.Unknown,
        IngesterRefusalException refusal => refusal.Code,
        RpcException { StatusCode: StatusCode.Unavailable or StatusCode.Internal or StatusCode.Unimplemented or StatusCode.Cancelled } => StatusCode.Unknown,
        RpcException e => e.StatusCode,
        _ => StatusCode.Unknown,
    };

    private static string MessageOf(Exception error) => error is RpcException e ? e.Status.Detail : error.Message;

    private static uint TokenOf(string tenant, ulong fingerprint)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, fingerprint);
        return RingToken.Of(tenant, bytes);
    }
}
