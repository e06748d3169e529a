using System.Text;
using Pyro.Memory;

namespace Pyro.Ingester.Wal;

/// <summary>What became of frames given to the log.</summary>
public enum LogOutcome
{
    /// <summary>They survive a crash.</summary>
    Synced,

    /// <summary>Too much waits for the disk.</summary>
    QueueFull,

    /// <summary>There is no space left.</summary>
    DiskFull,

    /// <summary>The disk refused; whether they survive is unknown.</summary>
    Failed,

    /// <summary>The log is being replayed still, or closed already.</summary>
    Closed,
}

/// <summary>The records of one append as frames of the log, made by the caller so that copying and checksums run beside the writer.</summary>
public sealed class LogFrames : IDisposable
{
    // What an append costs apart from its bytes, so that many small ones fill the queue too.
    private const int OverheadBytes = 512;

    private readonly LeaseWriter _bytes = new();
    private readonly TaskCompletionSource<LogOutcome> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly uint _salt;
    private readonly byte[] _tenant;

    internal LogFrames(uint salt, string tenant, Ulid head)
    {
        _salt = salt;
        _tenant = Encoding.UTF8.GetBytes(tenant);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(_tenant.Length, LogFormat.TenantBytesMax, nameof(tenant));
        Head = head;
    }

    /// <summary>Takes a place in the queue to end the segment there; holds nothing.</summary>
    internal static LogFrames SegmentEnd { get; } = new(0, "", default);

    /// <summary>Frames so far.</summary>
    public int Count { get; private set; }

    /// <summary>The head that takes the records.</summary>
    internal Ulid Head { get; }

    /// <summary>The frames.</summary>
    internal Lease? Lease { get; private set; }

    /// <summary>Bytes they take in the queue.</summary>
    internal long QueueBytes { get; private set; }

    /// <summary>Completes when the outcome is settled.</summary>
    internal Task<LogOutcome> Outcome => _outcome.Task;

    /// <summary>Adds a record as it was encoded.</summary>
    public void Add(ReadOnlySpan<byte> record)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(record.Length, LogFormat.RecordBytesMax, nameof(record));
        int size = LogFormat.FrameHeaderBytes + LogFormat.BodyBytes(_tenant.Length, record.Length);
        LogFormat.WriteFrame(_bytes.GetSpan(size)[..size], _salt, Head, _tenant, record);
        _bytes.Advance(size);
        Count++;
    }

    /// <inheritdoc/>
    public void Dispose() => _bytes.Dispose();

    /// <summary>Ends the adding; the writer owns the bytes from here on.</summary>
    internal void Seal()
    {
        Lease = _bytes.Detach();
        QueueBytes = Lease.Memory.Length + OverheadBytes;
    }

    /// <summary>Settles the outcome and gives the bytes back.</summary>
    internal void Complete(LogOutcome outcome)
    {
        Lease?.Release();
        Lease = null;
        _outcome.TrySetResult(outcome);
    }
}
