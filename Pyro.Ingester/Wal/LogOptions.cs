namespace Pyro.Ingester.Wal;

/// <summary>Where the log lies and how large its parts are.</summary>
/// <param name="Directory">Directory of the segments.</param>
public sealed record LogOptions(string Directory)
{
    /// <summary>Bytes after which the next segment is begun; segments are deleted as a whole.</summary>
    public long SegmentBytesMax { get; init; } = 64L << 20;

    /// <summary>Bytes that may wait for the disk; more is refused.</summary>
    public long QueueBytesMax { get; init; } = 64L << 20;

    /// <summary>Bytes of one write and sync; a larger append is a write of its own.</summary>
    public int BatchBytesMax { get; init; } = 8 << 20;

    /// <summary>Time for which a disk without space is not tried again.</summary>
    public TimeSpan RetryInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Time between two lines about writes that fail.</summary>
    public TimeSpan ReportInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time between two lines about the progress of a replay.</summary>
    public TimeSpan ProgressInterval { get; init; } = TimeSpan.FromSeconds(10);
}
