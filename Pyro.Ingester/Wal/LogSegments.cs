using Microsoft.Extensions.Logging;
using Pyro.Disk;

namespace Pyro.Ingester.Wal;

/// <summary>The closed segments and the heads whose records lie in them: a segment is deleted when all its heads, and those
/// of the segments before it, are void. Since only the front goes, a gap between segments is a loss. One with damage is set aside instead.</summary>
/// <param name="disk">Where they lie.</param>
/// <param name="directory">In which directory.</param>
/// <param name="background">Deletes them: a long file takes the system a while, for which nobody shall wait.</param>
/// <param name="log">Told of what cannot be deleted.</param>
internal sealed class LogSegments(IDisk disk, string directory, TaskScheduler background, ILogger log)
{
    /// <summary>Ends the names of segments that are kept as evidence and not read any more.</summary>
    private const string SetAside = ".damaged";

    private readonly Lock _gate = new();
    private readonly List<Segment> _segments = [];

    // The heads that the segment that is being written names.
    private readonly HashSet<Ulid> _written = [];

    // Heads that are void while some segment still names them.
    private readonly HashSet<Ulid> _void = [];

    // Completes when the deletions that were begun are over, which come one after another.
    private Task _dropping = Task.CompletedTask;

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

    /// <summary>Notes that the segment that is being written names a head.</summary>
    public void Note(Ulid head)
    {
        lock (_gate)
        {
            _written.Add(head);
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
            HashSet<Ulid> named = [.. heads];
            _segments.Add(new Segment(name, bytes, named, [.. named.Where(h => !_void.Contains(h))], damaged));
            _written.Clear();
        }
    }

    /// <summary>Whether a segment on disk names a head, void or not: a replay would come upon records of it.</summary>
    public bool Names(Ulid head)
    {
        lock (_gate)
        {
            return IsNamed(head);
        }
    }

    /// <summary>The heads because of which the front segment stays, when more than so many are closed.</summary>
    public Ulid[] Pinning(int segments)
    {
        lock (_gate)
        {
            return _segments.Count > segments ? [.. _segments[0].Live] : [];
        }
    }

    /// <summary>Forgets a head: segments that hold nothing else can be dropped.</summary>
    /// <returns>Whether the segment that is being written names it.</returns>
    public bool Void(Ulid head)
    {
        lock (_gate)
        {
            foreach (Segment segment in _segments)
            {
                segment.Live.Remove(head);
            }

            _void.Add(head);
            return _written.Contains(head);
        }
    }

    /// <summary>Whether the segment that is being written names a void head.</summary>
    public bool IsWrittenPartlyVoid
    {
        get
        {
            lock (_gate)
            {
                return _written.Overlaps(_void);
            }
        }
    }

    /// <summary>Deletes the segments at the front that have no head, in the background. What cannot be deleted stays, and is tried again next time.</summary>
    /// <returns>Completes when that is done.</returns>
    public Task Drop()
    {
        lock (_gate)
        {
            return _dropping = _dropping.ContinueWith(_ => DropEmpty(), background);
        }
    }

    /// <summary>Completes when nothing is being deleted that was begun before.</summary>
    public Task Dropped()
    {
        lock (_gate)
        {
            return _dropping;
        }
    }

    private bool IsNamed(Ulid head) => _written.Contains(head) || _segments.Exists(s => s.Named.Contains(head));

    private void DropEmpty()
    {
        try
        {
            // Each is synced before the next goes, so that a crash in between leaves no gap that looks like a loss.
            while (EmptyFront() is { } front)
            {
                string path = Path.Join(directory, front.Name.ToString());
                if (!front.Damaged)
                {
                    disk.Delete(path);
                }
                else if (disk.Exists(path))
                {
                    // Else an earlier try came so far.
                    disk.Rename(path, path + SetAside);
                }

                disk.SyncDirectory(directory);
                lock (_gate)
                {
                    _segments.RemoveAt(0);
                }
            }
        }
        catch (Exception e)
        {
            // Whatever it was, nobody else hears of it, and it is tried again.
            log.LogWarning(e, "A log segment that is not needed any more could not be deleted");
        }

        lock (_gate)
        {
            _void.RemoveWhere(h => !IsNamed(h));
        }
    }

    private Segment? EmptyFront()
    {
        lock (_gate)
        {
            return _segments is [{ Live.Count: 0 } front, ..] ? front : null;
        }
    }

    private sealed record Segment(SegmentName Name, long Bytes, HashSet<Ulid> Named, HashSet<Ulid> Live, bool Damaged);
}
