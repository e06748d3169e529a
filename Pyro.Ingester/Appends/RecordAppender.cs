using System.Buffers;
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

    // Baselines are written to the log in pieces of so many bytes and the one that passes it, which may be large.
    private const int BaselineBytesOfWrite = 256 << 10;

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

    /// <summary>Whether the disk has too little room left to take anything in.</summary>
    public Func<bool> IsDiskLow { get; init; } = static () => false;

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

        using var parts = new BatchParts(_heads, _log, tenant, batch);
        var records = parts.Records;
        try
        {
            for (int i = 0; i < batch.Count; i++)
            {
                response.Results.Add(Admit(tenant, batch.Record(i), parts, out records[i]));
            }

            // Not cancellable from here on: the bytes are on their way to the disk.
            foreach (BatchPart part in parts.Parts)
            {
                await Append(tenant, parts, part, response);
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

    /// <summary>
    /// Logs the baselines of cumulative series that a sealed head knows and no other does under the newest open head, and takes them in
    /// there: the head's records can go then. Series that nobody wrote to for long are forgotten.
    /// </summary>
    /// <returns>Whether they are safe.</returns>
    public async Task<bool> MoveBaselines(string tenant, TenantHead sealedHead)
    {
        DeltaBaselines baselines = _heads.Of(tenant).Baselines;
        baselines.ForgetIdle();
        if (baselines.Of(sealedHead).Count == 0)
        {
            return true;
        }

        TenantHead into = _heads.PinNewest(tenant);
        try
        {
            var moved = LogOutcome.Synced;
            await _order.Append(
                tenant,
                into.Ulid,
                static () => true,
                async _ => moved = await MoveBaselines(tenant, sealedHead, into),
                static _ => { });
            return moved == LogOutcome.Synced;
        }
        finally
        {
            into.Unpin();
        }
    }

    /// <summary>Takes a record of the log in again: decodes it and gives it to its head. No limit is applied, since it was answered for.</summary>
    /// <returns>False when the bytes are no record.</returns>
    public bool TakeReplayed(string tenant, Ulid head, ReadOnlyMemory<byte> bytes)
    {
        if (_heads.Held(tenant).IsLocal(head))
        {
            // Its block stands for all its records.
            return true;
        }

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

        if (IsDiskLow())
        {
            return OverBudget("the ingester's disk is nearly full");
        }

        if (_log.Refusal is { } outcome)
        {
            _log.CountRefused(1);
            return Refusal(outcome);
        }

        return null;
    }

    /// <summary>Decodes and checks a record, and puts it among the frames when it is admitted.</summary>
    private AppendResult Admit(string tenant, ReadOnlyMemory<byte> bytes, BatchParts parts, out ProfileRecord? admitted)
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

        if (record.Id == default)
        {
            // In the log that means a baseline.
            _pool.Return(record);
            return new AppendResult { Code = (int)StatusCode.InvalidArgument, Message = "malformed record: its id is zero" };
        }

        AppendOutcome outcome = _heads.Check(tenant, record);
        if (outcome.Code != StatusCode.OK)
        {
            _pool.Return(record);
            Discard(tenant, bytes.Length);
            return Result(outcome);
        }

        parts.Add(record, bytes.Span);
        admitted = record;
        return new AppendResult();
    }

    private async Task Append(string tenant, BatchParts parts, BatchPart part, AppendResponse response)
    {
        if (part.IsCumulative)
        {
            await _order.Append(
                tenant,
                part.Head.Ulid,
                () => parts.LackBaselines(part),
                settled => _log.Append(settled ? parts.WithBaselines(part) : part.Frames),
                outcome => Settle(parts, part, outcome, response));
        }
        else
        {
            Settle(parts, part, await _log.Append(part.Frames), response);
        }
    }

    /// <summary>Takes the admitted records into the head when the log has them, or says why it has not.</summary>
    private static void Settle(BatchParts parts, BatchPart part, LogOutcome outcome, AppendResponse response)
    {
        for (int i = 0; i < parts.Records.Length; i++)
        {
            if (!parts.IsOf(part, i))
            {
                continue;
            }

            if (outcome == LogOutcome.Synced)
            {
                part.Head.Append(parts.Records[i]!);
            }
            else
            {
                response.Results[i] = Refusal(outcome);
            }
        }
    }

    private async Task<LogOutcome> MoveBaselines(string tenant, TenantHead sealedHead, TenantHead into)
    {
        DeltaBaselines baselines = _heads.Of(tenant).Baselines;
        List<ulong> series = baselines.Of(sealedHead);
        var (writer, encoded, ends) = (new BaselineWriter(), new ArrayBufferWriter<byte>(), new List<int>());
        for (int next = 0; next < series.Count;)
        {
            encoded.ResetWrittenCount();
            ends.Clear();
            using LogFrames frames = _log.Frames(tenant, into.Ulid);
            for (; next < series.Count && encoded.WrittenCount < BaselineBytesOfWrite; next++)
            {
                int start = encoded.WrittenCount;
                if (baselines.TryEncode(series[next], _heads.SlotStart(into.Slot), writer, encoded))
                {
                    frames.Add(encoded.WrittenSpan[start..]);
                    ends.Add(encoded.WrittenCount);
                }
            }

            LogOutcome outcome = frames.Count == 0 ? LogOutcome.Synced : await _log.Append(frames);
            if (outcome != LogOutcome.Synced)
            {
                return outcome;
            }

            int from = 0;
            foreach (int end in ends)
            {
                TakeReplayed(tenant, into.Ulid, encoded.WrittenMemory[from..end]);
                from = end;
            }
        }

        return LogOutcome.Synced;
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
