using System.Buffers.Binary;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Pyro.Disk;

namespace Pyro.Ingester.Wal;

/// <summary>
/// The log of one ingester, for all tenants: what an append answers for is here first. Many appenders, one writer: whatever waits while
/// a sync runs goes out in the next one. After a failed write or sync the segment is never used again, since nobody knows what the
/// disk kept of it; those who waited are told, and the next segment takes over.
/// </summary>
public sealed class WriteAheadLog : IAsyncDisposable
{
    private readonly IDisk _disk;
    private readonly LogOptions _options;
    private readonly TimeProvider _time;
    private readonly TaskScheduler _scheduler;
    private readonly ILogger _log;
    private readonly LogSegments _segments;
    private readonly LogMetrics _metrics;
    private readonly DiskTrouble _trouble;
    private readonly uint _salt;
    private readonly Channel<LogFrames> _queue = Channel.CreateUnbounded<LogFrames>(new UnboundedChannelOptions { SingleReader = true });
    private readonly List<LogFrames> _batch = [];
    private readonly List<ReadOnlyMemory<byte>> _buffers = [];
    private OpenSegment? _segment;
    private SyncedLength _previous;

    // The empty segment that marks the end of the log as an earlier life closed it; the next segment takes its place.
    private SegmentName? _mark;

    // The last segment was written in this life and no later one tells yet how long it is.
    private bool _unmarked;
    private ulong _sequence;
    private long _queuedBytes;
    private Task? _writing;
    private volatile bool _open;

    /// <summary>A log that first has to be replayed.</summary>
    /// <param name="disk">Where the segments lie.</param>
    /// <param name="options">Directory and sizes.</param>
    /// <param name="time">Measures.</param>
    /// <param name="scheduler">Runs replay and writer.</param>
    /// <param name="random">Makes the salt; unforeseeable outside of tests.</param>
    /// <param name="log">Told of damage and failures.</param>
    /// <param name="background">Deletes what is not needed any more; null: the same that writes.</param>
    public WriteAheadLog(
        IDisk disk, LogOptions options, TimeProvider time, TaskScheduler scheduler, Random random, ILogger<WriteAheadLog> log, TaskScheduler? background = null)
    {
        (_disk, _options, _time, _scheduler, _log) = (disk, options, time, scheduler, log);
        _segments = new LogSegments(disk, options.Directory, background ?? scheduler, log);
        _trouble = new DiskTrouble(options, time, log);
        _metrics = new LogMetrics(() => _segments.Size, () => Volatile.Read(ref _queuedBytes));
        Span<byte> salt = stackalloc byte[sizeof(uint)];
        lock (random)
        {
            random.NextBytes(salt);
        }

        _salt = BinaryPrimitives.ReadUInt32LittleEndian(salt);
    }

    /// <summary>Whether it was replayed and takes appends.</summary>
    public bool IsOpen => _open;

    /// <summary>What an append would be answered at once, since the disk was full a moment ago; null: it would be tried.</summary>
    public LogOutcome? Refusal => _trouble.Refusal;

    /// <summary>Closed segments on disk, and their bytes.</summary>
    public (int Count, long Bytes) Size => _segments.Size;

    /// <summary>Counts appends that were not made because of <see cref="Refusal"/>.</summary>
    public void CountRefused(int appends)
    {
        _metrics.Rejected.Add(appends);
        _trouble.Refused(appends);
    }

    /// <summary>Hands on all records of earlier lives, without applying any limit, and takes appends from then on. Called once.</summary>
    /// <param name="take">Takes each.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="nameOf">Gives the name by which a tenant's head is known from now on; null: its own.</param>
    /// <exception cref="IOException">The disk cannot be read.</exception>
    public Task<ReplaySummary> Replay(ReplayedRecord take, CancellationToken cancellationToken, Func<string, Ulid, Ulid>? nameOf = null) =>
        _writing is not null
            ? throw new InvalidOperationException("The log was replayed already.")
            : OnScheduler(() => ReplayAndOpen(take, nameOf, cancellationToken));

    /// <summary>Frames for records of one tenant that one head will take; give them to <see cref="Append"/>, or dispose them.</summary>
    public LogFrames Frames(string tenant, Ulid head) => new(_salt, tenant, head);

    /// <summary>
    /// Writes frames and completes when they are synced, or when that failed. The log owns them from the call on. There is no way to
    /// take them back: who does not want to wait ends its own waiting.
    /// </summary>
    public Task<LogOutcome> Append(LogFrames frames)
    {
        frames.Seal();
        if (!_open)
        {
            frames.Complete(LogOutcome.Closed);
            return frames.Outcome;
        }

        long queued = Interlocked.Add(ref _queuedBytes, frames.QueueBytes);

        // A single append is taken whatever its size when nothing else waits: its own limit bounds it.
        bool full = queued > _options.QueueBytesMax && queued > frames.QueueBytes;
        if (full || !_queue.Writer.TryWrite(frames))
        {
            Interlocked.Add(ref _queuedBytes, -frames.QueueBytes);
            _metrics.Rejected.Add(1);
            frames.Complete(full ? LogOutcome.QueueFull : LogOutcome.Closed);
        }

        return frames.Outcome;
    }

    /// <summary>Tells that a head's records are safe elsewhere: segments with records of void heads only are deleted. No append of the head may follow.</summary>
    /// <returns>Completes when the closed ones of them are deleted.</returns>
    public Task Void(Ulid head)
    {
        if (_segments.Void(head))
        {
            // The segment that is written ends, lest it keep the head's records for as long as little is appended.
            _queue.Writer.TryWrite(LogFrames.SegmentEnd);
        }

        return _segments.Drop();
    }

    /// <summary>Whether a segment on disk names a head, void or not: what stands for its records must not go before.</summary>
    public bool Names(Ulid head) => _segments.Names(head);

    /// <summary>The heads that keep the oldest segment, when there are more than so many closed ones.</summary>
    public IReadOnlyList<Ulid> Pinning(int segments) => _segments.Pinning(segments);

    /// <summary>Takes no more appends, writes what waits, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _open = false;
        _queue.Writer.TryComplete();
        if (_writing is not null)
        {
            await _writing;
        }

        await _segments.Dropped();
        _metrics.Dispose();
    }

    /// <summary>Ends what it tells of itself, when its process is to have ended by force.</summary>
    internal void Abandon() => _metrics.Dispose();

    private Task<T> OnScheduler<T>(Func<Task<T>> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, _scheduler).Unwrap();

    private async Task<ReplaySummary> ReplayAndOpen(ReplayedRecord take, Func<string, Ulid, Ulid>? nameOf, CancellationToken cancellationToken)
    {
        long started = _time.GetTimestamp();
        _disk.CreateDirectory(_options.Directory);
        // It may stand there without surviving a crash: when who made it failed or died before that was done.
        _disk.SyncDirectory(Path.GetDirectoryName(_options.Directory)!);
        var replay = new LogReplay(_disk, _options, _segments, nameOf, _time, _log);
        await replay.Run(take, cancellationToken);
        _previous = replay.Last;
        _sequence = replay.LastSequence;
        _mark = replay.Mark;
        ReplaySummary summary = replay.Summary;
        _metrics.ReplayedRecords.Add(summary.Records);
        _metrics.DamagedBytes.Add(summary.DamagedBytes);
        _metrics.MissingSegments.Add(summary.MissingSegments);
        _log.LogInformation(
            "Replayed the log: {Records} records, {Bytes} bytes, {Segments} segments, {Damages} damages, {Torn} torn bytes in {Duration}",
            summary.Records, summary.Bytes, summary.Segments, summary.Damages, summary.TornBytes, _time.GetElapsedTime(started));
        _writing = OnScheduler(Write);
        _open = true;
        return summary;
    }

    private async Task<bool> Write()
    {
        while (await _queue.Reader.WaitToReadAsync(CancellationToken.None))
        {
            long bytes = 0;
            bool ends = false;
            while (!ends && bytes < _options.BatchBytesMax && _queue.Reader.TryRead(out LogFrames? frames))
            {
                ends = frames == LogFrames.SegmentEnd;
                if (ends)
                {
                    break;
                }

                _batch.Add(frames);
                _buffers.Add(frames.Lease!.Memory);
                bytes += frames.Lease.Memory.Length;
            }

            if (_batch.Count > 0)
            {
                LogOutcome outcome = await WriteBatch(bytes);
                foreach (LogFrames frames in _batch)
                {
                    Interlocked.Add(ref _queuedBytes, -frames.QueueBytes);
                    frames.Complete(outcome);
                }
            }

            _batch.Clear();
            _buffers.Clear();
            if (ends && _segments.IsWrittenPartlyVoid)
            {
                CloseSegment();
                _ = _segments.Drop();
            }
        }

        CloseSegment();
        await MarkEnd();
        return true;
    }

    /// <summary>
    /// Begins one more segment and leaves it empty: its header tells how much of the last one was synced, so that what is missing of it
    /// later is known for damage.
    /// </summary>
    private async ValueTask MarkEnd()
    {
        if (!_unmarked)
        {
            return;
        }

        try
        {
            (await Begin()).File.Dispose();
        }
        catch (Exception e)
        {
            _log.LogWarning(e, "The end of the log could not be marked; damage at its end cannot be told from a torn write");
        }
    }

    private async ValueTask<LogOutcome> WriteBatch(long bytes)
    {
        if (_trouble.Refusal is { } refusal)
        {
            CountRefused(_batch.Count);
            return refusal;
        }

        long started = _time.GetTimestamp();
        try
        {
            _segment ??= await Begin();
            foreach (LogFrames frames in _batch)
            {
                if (_segment.Heads.Add(frames.Head))
                {
                    _segments.Note(frames.Head);
                }
            }

            await _segment.File.Append(_buffers, CancellationToken.None);
            await _segment.File.Sync(CancellationToken.None);
            if (!_disk.Exists(PathOf(_segment.Name)))
            {
                // Bytes that no name leads to do not survive. What was answered for before is in memory only.
                _metrics.MissingSegments.Add(1);
                throw new IOException($"The log segment {_segment.Name} was removed while it was written; its records are in memory only.");
            }
        }
        catch (Exception e)
        {
            // Whatever it was, those who wait must hear of it and the writer must go on.
            LogOutcome outcome = e is IOException io && DiskErrors.IsFull(io) ? LogOutcome.DiskFull : LogOutcome.Failed;
            _metrics.WriteFailures.Add(1);
            _trouble.Failed(e, outcome, _batch.Count);
            GiveUpSegment();
            return outcome;
        }

        _trouble.Over();
        _segment.SyncedBytes += bytes;
        _metrics.SyncDuration.Record(_time.GetElapsedTime(started).TotalSeconds);
        _metrics.Bytes.Add(bytes);
        _metrics.Records.Add(_batch.Sum(static f => (long)f.Count));
        if (_segment.SyncedBytes >= _options.SegmentBytesMax)
        {
            CloseSegment();
        }

        return LogOutcome.Synced;
    }

    /// <summary>Makes the next segment, which has to survive by name before anything in it counts.</summary>
    private async ValueTask<OpenSegment> Begin()
    {
        // A sequence is spent even when this fails, so that a half-made file is never taken up again.
        var name = new SegmentName(++_sequence, _salt);
        byte[] header = new byte[LogFormat.SegmentHeaderBytes];
        LogFormat.WriteSegmentHeader(header, name, _previous);
        _disk.CreateDirectory(_options.Directory);
        IDiskFile file = _disk.Create(PathOf(name));
        var segment = new OpenSegment(name, file);
        try
        {
            await file.Append(header, CancellationToken.None);
            await file.Sync(CancellationToken.None);
            _disk.SyncDirectory(_options.Directory);
        }
        catch
        {
            file.Dispose();
            Remove(name);
            throw;
        }

        segment.SyncedBytes = header.Length;
        _unmarked = false;
        if (_mark is { } mark)
        {
            _mark = null;
            Remove(mark);
        }

        return segment;
    }

    private string PathOf(SegmentName name) => Path.Join(_options.Directory, name.ToString());

    private void CloseSegment()
    {
        if (_segment is { } segment)
        {
            _segment = null;
            _previous = new SyncedLength(segment.Name.Sequence, segment.SyncedBytes);
            _unmarked = true;
            long length = segment.File.Length;

            // Before it can be deleted: the last to let go of a file waits until the system has given its place back.
            segment.File.Dispose();
            _segments.Add(segment.Name, length, segment.Heads, damaged: false);
        }
    }

    /// <summary>
    /// Ends a segment after a failure: removes it when nothing in it was answered for, so that tries on a full disk do not fill it. As long as a
    /// replay may come upon it, its heads count as named.
    /// </summary>
    private void GiveUpSegment()
    {
        if (_segment is { SyncedBytes: LogFormat.SegmentHeaderBytes } empty)
        {
            _segment = null;
            _unmarked = _previous.Sequence > 0;
            long length = empty.File.Length;
            empty.File.Dispose();
            if (!Remove(empty.Name))
            {
                _segments.Add(empty.Name, length, empty.Heads, damaged: false);
            }
        }
        else
        {
            CloseSegment();
        }
    }

    /// <summary>Removes a segment that no later one will name.</summary>
    /// <returns>Whether it is gone for good; else a replay takes of it what is there.</returns>
    private bool Remove(SegmentName name)
    {
        try
        {
            _disk.Delete(PathOf(name));
            _disk.SyncDirectory(_options.Directory);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _log.LogDebug(e, "The log segment {Segment} could not be removed", name);
            return false;
        }
    }

    /// <summary>The segment that is written.</summary>
    private sealed class OpenSegment(SegmentName name, IDiskFile file)
    {
        public SegmentName Name => name;

        public IDiskFile File => file;

        public HashSet<Ulid> Heads { get; } = [];

        /// <summary>Bytes that survive.</summary>
        public long SyncedBytes { get; set; }
    }
}
