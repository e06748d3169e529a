using System.Buffers;
using Pyro.Api.Peers;
using Pyro.Ingester.Head;
using Pyro.Ingester.Wal;
using Pyro.Profiles.Records;

namespace Pyro.Ingester.Appends;

/// <summary>The records of a batch that one head takes, as frames of the log.</summary>
internal sealed class BatchPart(TenantHead head, LogFrames frames)
{
    /// <summary>The head, pinned.</summary>
    public TenantHead Head => head;

    /// <summary>The frames; the log owns them once they are given to it.</summary>
    public LogFrames Frames { get; set; } = frames;

    /// <summary>Whether values of any record are counters of which increases are stored.</summary>
    public bool IsCumulative { get; set; }
}

/// <summary>
/// The admitted records of a batch, by the head that takes them: one as a rule, more when profiles of several time slots come together. The
/// heads stay open until it is disposed of.
/// </summary>
internal sealed class BatchParts(HeadStore heads, WriteAheadLog log, string tenant, AppendBatch batch) : IDisposable
{
    private readonly List<BatchPart> _parts = new(1);

    /// <summary>One for each head.</summary>
    public IReadOnlyList<BatchPart> Parts => _parts;

    private DeltaBaselines Baselines => heads.Of(tenant).Baselines;

    /// <summary>The decoded records; null where one was refused.</summary>
    public ProfileRecord?[] Records { get; } = new ProfileRecord?[batch.Count];

    /// <summary>Puts an admitted record among the frames of its head.</summary>
    public void Add(ProfileRecord record, ReadOnlySpan<byte> bytes)
    {
        BatchPart part = Of(heads.SlotOf(record.TimeNanos));
        part.Frames.Add(bytes);
        part.IsCumulative = part.IsCumulative || SeriesLabels.Own.IsCumulative(record);
    }

    /// <summary>Whether record i was admitted and goes to a part.</summary>
    public bool IsOf(BatchPart part, int i) => Records[i] is { } record && (_parts.Count == 1 || heads.SlotOf(record.TimeNanos) == part.Head.Slot);

    /// <summary>Whether a series has a baseline that the records of the part's head do not tell.</summary>
    public bool LackBaselines(BatchPart part)
    {
        for (int i = 0; i < Records.Length; i++)
        {
            if (IsOf(part, i) && Baselines.Lacks(part.Head, Records[i]!))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The frames of a part behind the baselines that its head lacks, when all that came before has settled.</summary>
    public LogFrames WithBaselines(BatchPart part)
    {
        LogFrames frames = log.Frames(tenant, part.Head.Ulid);
        var seen = new HashSet<ulong>();
        var (writer, encoded) = (new BaselineWriter(), new ArrayBufferWriter<byte>());
        for (int i = 0; i < Records.Length; i++)
        {
            if (!IsOf(part, i))
            {
                continue;
            }

            foreach (ulong series in Baselines.Lacking(part.Head, Records[i]!))
            {
                encoded.ResetWrittenCount();
                if (seen.Add(series) && Baselines.TryEncode(series, heads.SlotStart(part.Head.Slot), writer, encoded))
                {
                    frames.Add(encoded.WrittenSpan);
                }
            }
        }

        for (int i = 0; i < Records.Length; i++)
        {
            if (IsOf(part, i))
            {
                frames.Add(batch.Record(i).Span);
            }
        }

        part.Frames.Dispose();
        return part.Frames = frames;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (BatchPart part in _parts)
        {
            part.Frames.Dispose();
            part.Head.Unpin();
        }
    }

    private BatchPart Of(long slot)
    {
        foreach (BatchPart part in _parts)
        {
            if (part.Head.Slot == slot)
            {
                return part;
            }
        }

        TenantHead head = heads.Pin(tenant, slot);
        var made = new BatchPart(head, log.Frames(tenant, head.Ulid));
        _parts.Add(made);
        return made;
    }
}
