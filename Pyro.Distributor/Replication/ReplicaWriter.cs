using System.Buffers.Binary;
using Grpc.Core;
using Pyro.Api.Peers;
using Pyro.Connect;
using Pyro.Distributor.Pipeline;
using Pyro.Ring;

namespace Pyro.Distributor.Replication;

/// <summary>Writes records to the ingesters that the ring names and waits for a quorum of each.</summary>
/// <param name="ring">Names them.</param>
/// <param name="dial">Reaches them.</param>
/// <param name="writer">Counts their answers.</param>
/// <param name="metrics">Told of each call.</param>
/// <param name="time">Measures.</param>
/// <param name="stopping">Fires when this process begins to stop, and with it perhaps the only ingester.</param>
internal sealed class ReplicaWriter(
    HashRing ring, Dial dial, QuorumWriter writer, DistributorMetrics metrics, TimeProvider time, CancellationToken stopping)
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

    private void AddOnce(List<PushFailure> failures, PushEntry entry, Exception error)
    {
        if (failures.Exists(f => f.Index == entry.Index)) return;
        var code = CodeOf(error);
        if (code == StatusCode.Unknown && stopping.IsCancellationRequested)
        {
            // Nothing is wrong: the client, or the balancer before us, is to go to another.
            failures.Add(new PushFailure(entry.Index, entry.Id, StatusCode.Unavailable, "the server is stopping"));
            return;
        }

        failures.Add(new PushFailure(entry.Index, entry.Id, code, MessageOf(error), (error as IngesterRefusalException)?.RetryAfter ?? 0));
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

    private static string MessageOf(Exception error) => error switch
    {
        RpcException e => PeerFailure.Of(e).Detail,
        RingException or TimeoutException or IngesterRefusalException => error.Message,
        // Texts of other exceptions speak of the program's insides.
        _ => $"the ingester cannot be reached: {PeerFailure.Reason(error)}",
    };

    private static uint TokenOf(string tenant, ulong fingerprint)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, fingerprint);
        return RingToken.Of(tenant, bytes);
    }
}
