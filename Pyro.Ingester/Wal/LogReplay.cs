using System.Text;
using Microsoft.Extensions.Logging;
using Pyro.Disk;

namespace Pyro.Ingester.Wal;

/// <summary>Takes one record of the log in; the bytes are valid during the call only.</summary>
/// <param name="tenant">Whose it is.</param>
/// <param name="head">The head it was answered for.</param>
/// <param name="record">The record as it was appended.</param>
/// <returns>False when the bytes are no record: they are then counted as damage.</returns>
public delegate bool ReplayedRecord(string tenant, Ulid head, ReadOnlyMemory<byte> record);

/// <summary>What a replay found.</summary>
public sealed record ReplaySummary
{
    /// <summary>Segments read.</summary>
    public int Segments { get; set; }

    /// <summary>Records taken in.</summary>
    public long Records { get; set; }

    /// <summary>Bytes read.</summary>
    public long Bytes { get; set; }

    /// <summary>Places that should have held records and did not.</summary>
    public long Damages { get; set; }

    /// <summary>Bytes of those places.</summary>
    public long DamagedBytes { get; set; }

    /// <summary>Segments that a later one builds on and that are not there.</summary>
    public long MissingSegments { get; set; }

    /// <summary>Bytes at the ends of segments that were being written when the process or a write stopped: nothing there was answered for.</summary>
    public long TornBytes { get; set; }
}

/// <summary>
/// Reads all segments in order and hands their records on. Memory is bounded by the longest record. Damage is reported and stepped
/// over; only a disk that cannot be read stops the replay.
/// </summary>
internal sealed class LogReplay(IDisk disk, LogOptions options, LogSegments segments, Func<string, Ulid, Ulid>? nameOf, TimeProvider time, ILogger log)
{
    private readonly Dictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> _tenants =
        new Dictionary<string, string>(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    private long _bytesInAll, _reported;

    /// <summary>What was found so far.</summary>
    public ReplaySummary Summary { get; } = new();

    /// <summary>The last segment with records and how much of it counts; what the next segment's header tells.</summary>
    public SyncedLength Last { get; private set; }

    /// <summary>The highest sequence on disk; 0: there is none.</summary>
    public ulong LastSequence { get; private set; }

    /// <summary>The empty segment that ends a log that was closed.</summary>
    public SegmentName? Mark { get; private set; }

    /// <summary>Reads everything.</summary>
    /// <exception cref="IOException">The disk cannot be read.</exception>
    public async Task Run(ReplayedRecord take, CancellationToken cancellationToken)
    {
        _reported = time.GetTimestamp();
        List<(SegmentName Name, string Path, long Bytes)> found = Find();
        _bytesInAll = found.Sum(s => s.Bytes);
        Dictionary<ulong, long> synced = await SyncedLengths(found, cancellationToken);
        foreach ((SegmentName name, string path, _) in found)
        {
            await Read(name, path, synced.GetValueOrDefault(name.Sequence), last: name == found[^1].Name, take, cancellationToken);
        }

        await segments.Drop();
    }

    private List<(SegmentName Name, string Path, long Bytes)> Find()
    {
        var found = new List<(SegmentName Name, string Path, long Bytes)>();
        foreach (DiskEntry entry in disk.List(options.Directory))
        {
            if (!entry.IsDirectory && SegmentName.TryParse(entry.Name, out SegmentName name))
            {
                found.Add((name, Path.Join(options.Directory, entry.Name), entry.Length));
            }
        }

        found.Sort(static (a, b) => a.Name.Sequence.CompareTo(b.Name.Sequence));
        return found;
    }

    /// <summary>By sequence, how much of a segment was synced, as far as a later segment tells.</summary>
    private async Task<Dictionary<ulong, long>> SyncedLengths(
        List<(SegmentName Name, string Path, long Bytes)> found, CancellationToken cancellationToken)
    {
        var lengths = new Dictionary<ulong, long>();
        ulong before = 0;
        byte[] header = new byte[LogFormat.SegmentHeaderBytes];
        foreach ((SegmentName name, string path, _) in found)
        {
            using IDiskFile file = disk.OpenRead(path);
            int read = await file.Read(header, 0, cancellationToken);
            if (LogFormat.TryReadSegmentHeader(header.AsSpan(0, read), name, out SyncedLength previous))
            {
                lengths[previous.Sequence] = previous.Bytes;
                if (before > 0 && previous.Sequence > before)
                {
                    Missing(before + 1, previous.Sequence);
                }
            }

            before = name.Sequence;
        }

        return lengths;
    }

    /// <summary>Only the front of the log is ever deleted: a segment that a later one names and that is not there was lost.</summary>
    private void Missing(ulong first, ulong last)
    {
        Summary.MissingSegments += (long)(last - first) + 1;
        log.LogError("Log segments are missing, from {First} to {Last}; what was in them is lost to this process", $"{first:x16}", $"{last:x16}");
    }

    private async Task Read(SegmentName name, string path, long synced, bool last, ReplayedRecord take, CancellationToken cancellationToken)
    {
        using IDiskFile file = disk.OpenRead(path);
        var reader = new SegmentReader(file, name.Salt);
        var heads = new HashSet<Ulid>();
        long damagesBefore = Summary.Damages;
        SyncedLength? previous = await reader.SkipHeader(name, cancellationToken);
        long wellUntil = reader.Position;
        if (previous is null && file.Length > LogFormat.SegmentHeaderBytes)
        {
            // Frames are written after the header is synced: without one the file was damaged later, or is another's. All of it counts.
            synced = Math.Max(synced, file.Length);
        }

        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            SegmentPart part = await reader.Next(cancellationToken);
            if (part == SegmentPart.Tail)
            {
                break;
            }

            if (part == SegmentPart.Damage)
            {
                continue;
            }

            long begin = reader.Position - reader.PartBytes;
            if (synced > 0 && begin >= synced)
            {
                // Refused to those who sent it: when they sent it again it came later.
                break;
            }

            if (begin > wellUntil)
            {
                // Frames follow: what lies between was synced with or before them.
                Damaged(name, wellUntil, begin);
            }

            if (!Take(reader.Frame, name.Salt, heads, take))
            {
                Damaged(name, begin, reader.Position);
            }

            wellUntil = reader.Position;
            Progress();
        }

        long length = await Tail(new TailPlace(name, path, file, wellUntil), synced, cancellationToken);
        Summary.Segments++;
        Summary.Bytes += length;
        LastSequence = name.Sequence;
        if (previous is { } closed && length == LogFormat.SegmentHeaderBytes && last)
        {
            (Mark, Last) = (name, closed);
            return;
        }

        Last = new SyncedLength(name.Sequence, Math.Max(wellUntil, synced));
        segments.Add(name, length, heads, Summary.Damages > damagesBefore);
    }

    private bool Take(ReadOnlyMemory<byte> frame, uint salt, HashSet<Ulid> heads, ReplayedRecord take)
    {
        if (!LogFormat.TryReadBody(frame.Span, salt, out Ulid head, out ReadOnlySpan<byte> tenant, out int recordStart))
        {
            return false;
        }

        string owner = Name(tenant);
        head = nameOf?.Invoke(owner, head) ?? head;
        heads.Add(head);
        if (!take(owner, head, frame[recordStart..]))
        {
            return false;
        }

        Summary.Records++;
        return true;
    }

    /// <summary>
    /// What is left at the end of a segment: damage as far as it was synced. Beyond that it was refused, and is cut; where nothing tells
    /// how much was synced it is either a torn write or damage, and is put aside.
    /// </summary>
    /// <returns>What remains of the file.</returns>
    private async Task<long> Tail(TailPlace tail, long synced, CancellationToken cancellationToken)
    {
        if (tail.Begin < synced)
        {
            Damaged(tail.Name, tail.Begin, synced);
        }

        long length = tail.Content.Length, kept = Math.Min(length, Math.Max(tail.Begin, synced));
        if (kept == length)
        {
            return length;
        }

        Summary.TornBytes += length - kept;
        try
        {
            if (synced > 0 || length <= LogFormat.SegmentHeaderBytes)
            {
                log.LogInformation("Log segment {Segment}: {Bytes} bytes at its end were never answered for and are cut", tail.Name, length - kept);
            }
            else
            {
                string aside = await tail.PutAside(disk, cancellationToken);
                log.LogWarning(
                    "Log segment {Segment}: {Bytes} bytes at its end cannot be read. The process did not end well, so it cannot be told whether they are a write that was never answered for or damage; they are kept as {Aside}",
                    tail.Name, length - kept, Path.GetFileName(aside));
            }

            await disk.Truncate(tail.Path, kept, cancellationToken);
            return kept;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.LogWarning(e, "The end of log segment {Segment} could not be cut and is left out", tail.Name);
            return length;
        }
    }

    private void Damaged(SegmentName name, long begin, long end)
    {
        Summary.Damages++;
        Summary.DamagedBytes += end - begin;
        log.LogError("Log segment {Segment} is damaged from byte {Begin} to {End}; the records there are lost to this process", name, begin, end);
    }

    private string Name(ReadOnlySpan<byte> utf8)
    {
        Span<char> text = stackalloc char[LogFormat.TenantBytesMax];
        ReadOnlySpan<char> name = text[..Encoding.UTF8.GetChars(utf8, text)];
        if (!_tenants.TryGetValue(name, out string? tenant))
        {
            tenant = name.ToString();
            _tenants[name] = tenant;
        }

        return tenant;
    }

    private void Progress()
    {
        if ((Summary.Records & 0x3FF) == 0 && time.GetElapsedTime(_reported) >= options.ProgressInterval)
        {
            _reported = time.GetTimestamp();
            log.LogInformation("Replaying the log: {Records} records so far, {Done} of {Bytes} bytes in whole segments", Summary.Records, Summary.Bytes, _bytesInAll);
        }
    }
}
