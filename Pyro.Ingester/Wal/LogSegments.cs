using Microsoft.Extensions.Logging;
using Pyro.Disk;

namespace Pyro.Ingester.Wal;

/// <summary>The closed segments and the heads whose records lie in them: a segment is deleted when all its heads are void.</summary>
internal sealed class LogSegments(IDisk disk, string directory, ILogger log)
{
    private readonly Lock _gate = new();
    private readonly List<Segment> _segments = [];

    /// <summary>How many there are, and their bytes.</summary>
    public (int Count, long Bytes) Size
    {
        get
        {
            lock (_gate)
            {
                return (_segments.Count, _segments.Sum(s => s.Bytes));
            }
        }
    }

    /// <summary>Takes a segment that is not written any more.</summary>
    /// <param name="name">Its file.</param>
    /// <param name="bytes">Its length.</param>
    /// <param name="heads">The heads that its records name.</param>
    /// <param name="damaged">Parts could not be read: then nobody knows all its heads, and it stays for a person to look at.</param>
    public void Add(SegmentName name, long bytes, IEnumerable<Ulid> heads, bool damaged)
    {
        lock (_gate)
        {
            _segments.Add(new Segment(name, bytes, [.. heads], damaged));
        }
    }

    /// <summary>Forgets a head and deletes the segments that hold nothing else. What cannot be deleted stays, and is tried again next time.</summary>
    public void Void(Ulid head)
    {
        lock (_gate)
        {
            foreach (Segment segment in _segments)
            {
                segment.Heads.Remove(head);
            }

            DropEmpty();
        }
    }

    /// <summary>Deletes the segments without any head.</summary>
    public void Drop()
    {
        lock (_gate)
        {
            DropEmpty();
        }
    }

    private void DropEmpty()
    {
        int dropped = 0;
        try
        {
            // Oldest first, so that a crash in between leaves no gap that looks like a loss.
            while (NextEmpty() is { } empty)
            {
                disk.Delete(Path.Join(directory, empty.Name.ToString()));
                _segments.Remove(empty);
                dropped++;
            }

            if (dropped > 0)
            {
                disk.SyncDirectory(directory);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.LogWarning(e, "A log segment that is not needed any more could not be deleted");
        }
    }

    private Segment? NextEmpty() => _segments.Find(s => s.Heads.Count == 0 && !s.Damaged);

    private sealed record Segment(SegmentName Name, long Bytes, HashSet<Ulid> Heads, bool Damaged);
}
