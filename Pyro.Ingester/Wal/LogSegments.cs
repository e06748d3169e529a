using Microsoft.Extensions.Logging;
using Pyro.Disk;

namespace Pyro.Ingester.Wal;

/// <summary>The closed segments and the heads whose records lie in them: a segment is deleted when all its heads, and those
/// of the segments before it, are void. Since only the front goes, a gap between segments is a loss. One with damage is set aside instead.</summary>
internal sealed class LogSegments(IDisk disk, string directory, ILogger log)
{
    /// <summary>Ends the names of segments that are kept as evidence and not read any more.</summary>
    private const string SetAside = ".damaged";

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
    /// <param name="damaged">Parts could not be read: it is not deleted but renamed, for a person to look at.</param>
    public void Add(SegmentName name, long bytes, IEnumerable<Ulid> heads, bool damaged)
    {
        lock (_gate)
        {
            _segments.Add(new Segment(name, bytes, [.. heads], damaged));
        }
    }

    /// <summary>Forgets a head and deletes the segments at the front that hold nothing else. What cannot be deleted stays, and is tried again next time.</summary>
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

    /// <summary>Deletes the segments at the front that have no head.</summary>
    public void Drop()
    {
        lock (_gate)
        {
            DropEmpty();
        }
    }

    private void DropEmpty()
    {
        try
        {
            // Each is synced before the next goes, so that a crash in between leaves no gap that looks like a loss.
            while (_segments is [{ Heads.Count: 0 } front, ..])
            {
                string path = Path.Join(directory, front.Name.ToString());
                if (front.Damaged)
                {
                    disk.Rename(path, path + SetAside);
                }
                else
                {
                    disk.Delete(path);
                }

                _segments.RemoveAt(0);
                disk.SyncDirectory(directory);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.LogWarning(e, "A log segment that is not needed any more could not be deleted");
        }
    }

    private sealed record Segment(SegmentName Name, long Bytes, HashSet<Ulid> Heads, bool Damaged);
}
