namespace Pyro.Disk;

/// <summary>What is asked of a disk, for faults.</summary>
public enum DiskOperation
{
    /// <summary>A new file.</summary>
    Create,

    /// <summary>Bytes at the end of a file.</summary>
    Append,

    /// <summary>Bytes from a file.</summary>
    Read,

    /// <summary>fsync of a file.</summary>
    Sync,

    /// <summary>The cutting of a file, its fsync included.</summary>
    Truncate,

    /// <summary>fsync of a directory.</summary>
    SyncDirectory,

    /// <summary>A new place for a file or directory.</summary>
    Rename,

    /// <summary>The end of a file or directory.</summary>
    Delete,
}

/// <summary>The disk stopped in the middle: what tests crash on purpose. Nothing works until <see cref="ForgettingDisk.Crash"/>.</summary>
public sealed class DiskCrashException() : IOException("The disk crashed.");
