using System.Diagnostics.Metrics;
using Grpc.Core;
using Pyro.Api.Peers;
using Pyro.Ingester.Head;
using Pyro.Ingester.Wal;
using Pyro.Memory;
using Pyro.Profiles.Records;
using Pyro.Tenancy;

namespace Pyro.Ingester.Appends;

/// <summary>
/// <c>pyro.peers.v1.Appender/Append</c>: takes each record into the log, then into the head, then answers. What an answer calls stored
/// survives a crash and is visible to queries. A record that is not taken says why and harms none of the others.
/// </summary>
public sealed class RecordAppender : IDisposable
{
    private const int RetryAfterSeconds = 1;

    private readonly HeadStore _heads;
    private readonly WriteAheadLog _log;
    private readonly MemoryLedger _memory;
    private readonly RecordPool _pool = new();
    private readonly LogOrder _order = new();
    private readonly Meter _meter = new("Pyro");
    private readonly Counter<long> _discarded, _discardedBytes;

    /// <summary>Appends to a log and to heads.</summary>
    public RecordAppender(HeadStore heads, WriteAheadLog log, MemoryLedger memory)
    {
        (_heads, _log, _memory) = (heads, log, memory);
        _discarded = _meter.CreateCounter<long>("pyroscope_discarded_samples_total", description: "Profiles that were refused or dropped, by reason.");
        _discardedBytes = _meter.CreateCounter<long>("pyroscope_discarded_bytes_total", description: "Bytes of profiles that were refused or dropped, by reason.");
    }

    /// <summary>Serves one call.</summary>
    /// <exception cref="RpcException">Unavailable while the log is replayed or closed.</exception>
    public async Task<AppendResponse> Append(AppendBatch batch, ServerCallContext context)
    {
        if (!_log.IsOpen)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "the ingester is starting or stopping"));
        }

        context.CancellationToken.ThrowIfCancellationRequested();
        string tenant = TenantId.Of(context);
        var response = new AppendResponse();
        if (Overload() is { } refusal)
        {
            response.Results.AddRange(Enumerable.Repeat(refusal, batch.Count));
            return response;
        }

        var records = new ProfileRecord?[batch.Count];
        Ulid head = _heads.OpenHead(tenant);
        using LogFrames frames = _log.Frames(tenant, head);
        try
        {
            for (int i = 0; i < batch.Count; i++)
            {
                response.Results.Add(Admit(tenant, batch.Record(i), frames, out records[i]));
            }

            if (frames.Count > 0)
            {
                // Not cancellable from here on: the bytes are on their way to the disk.
                if (Array.Exists(records, static r => r is not null && SeriesLabels.Own.IsCumulative(r)))
                {
                    await _order.Append(tenant, () => _log.Append(frames), outcome => Settle(tenant, head, outcome, records, response));
                }
                else
                {
                    Settle(tenant, head, await _log.Append(frames), records, response);
                }
            }

            return response;
        }
        finally
        {
            foreach (ProfileRecord? record in records)
            {
                if (record is not null)
                {
                    _pool.Return(record);
                }
            }
        }
    }

    /// <summary>Takes a record of the log in again: decodes it and gives it to its head. No limit is applied, since it was answered for.</summary>
    /// <returns>False when the bytes are no record.</returns>
    public bool TakeReplayed(string tenant, Ulid head, ReadOnlyMemory<byte> bytes)
    {
        ProfileRecord record = _pool.Rent();
        try
        {
            RecordCodec.Decode(bytes, record);
            _heads.Append(tenant, head, record);
            return true;
        }
        catch (RecordFormatException)
        {
            return false;
        }
        finally
        {
            _pool.Return(record);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    /// <summary>What every record is answered without a look at it, when memory or disk are used up; else null.</summary>
    private AppendResult? Overload()
    {
        if (_memory.IsFull)
        {
            return OverBudget($"the ingester's memory budget of {_memory.Budget} bytes is used up");
        }

        if (_log.Refusal is { } outcome)
        {
            _log.CountRefused(1);
            return Refusal(outcome);
        }

        return null;
    }

    /// <summary>Decodes and checks a record, and puts it among the frames when it is admitted.</summary>
    private AppendResult Admit(string tenant, ReadOnlyMemory<byte> bytes, LogFrames frames, out ProfileRecord? admitted)
    {
        admitted = null;
        ProfileRecord record = _pool.Rent();
        try
        {
            RecordCodec.Decode(bytes, record);
        }
        catch (RecordFormatException e)
        {
            _pool.Return(record);
            return new AppendResult { Code = (int)StatusCode.InvalidArgument, Message = $"malformed record: {e.Message}" };
        }

        AppendOutcome outcome = _heads.Check(tenant, record);
        if (outcome.Code != StatusCode.OK)
        {
            _pool.Return(record);
            Discard(tenant, bytes.Length);
            return Result(outcome);
        }

        frames.Add(bytes.Span);
        admitted = record;
        return new AppendResult();
    }

    /// <summary>Takes the admitted records into the head when the log has them, or says why it has not.</summary>
    private void Settle(string tenant, Ulid head, LogOutcome outcome, ProfileRecord?[] records, AppendResponse response)
    {
        for (int i = 0; i < records.Length; i++)
        {
            if (records[i] is not { } record)
            {
                continue;
            }

            if (outcome == LogOutcome.Synced)
            {
                _heads.Append(tenant, head, record);
            }
            else
            {
                response.Results[i] = Refusal(outcome);
            }
        }
    }

    private static AppendResult Result(AppendOutcome outcome) => new() { Code = (int)outcome.Code, Message = outcome.Message };

    private static AppendResult Refusal(LogOutcome outcome) => outcome switch
    {
        LogOutcome.QueueFull => OverBudget("too many profiles wait for the ingester's disk"),
        LogOutcome.DiskFull => OverBudget("the ingester's disk is full"),
        LogOutcome.Closed => Result(new(StatusCode.Unavailable, "the ingester is stopping")),
        _ => Result(new(StatusCode.Unavailable, "the ingester could not write to its log")),
    };

    private static AppendResult OverBudget(string message) =>
        new() { Code = (int)StatusCode.ResourceExhausted, Message = message + "; try again later", RetryAfter = RetryAfterSeconds };

    // The series limit is the only one that an ingester applies.
    private void Discard(string tenant, int bytes)
    {
        KeyValuePair<string, object?> reason = new("reason", "series_limit"), owner = new("tenant", tenant);
        _discarded.Add(1, reason, owner);
        _discardedBytes.Add(bytes, reason, owner);
    }
}
