namespace Pyro.Disk;

/// <summary>
/// The file system as the database uses it. Two promises carry durability: bytes survive a crash once <see cref="IDiskFile.Sync"/>
/// returned, and a create, rename or delete survives once <see cref="SyncDirectory"/> of its directory returned; nothing else does.
/// Everything throws <see cref="IOException"/> (or a subclass of it) when the disk refuses, and <see cref="UnauthorizedAccessException"/> when the
/// process may not; <see cref="DiskErrors"/> tells which refusal it was. What cannot be told is never taken for not being there.
/// </summary>
public interface IDisk
{
    /// <summary>Makes a new, empty file to append to.</summary>
    /// <exception cref="IOException">There is such a file, or no such directory.</exception>
    IDiskFile Create(string path);

    /// <summary>Opens a file for reading.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    IDiskFile OpenRead(string path);

    /// <summary>Whether there is a file or directory.</summary>
    bool Exists(string path);

    /// <summary>Whether there is a directory.</summary>
    bool IsDirectory(string path);

    /// <summary>What lies directly in a directory, in ordinal order of names; nothing when there is no such directory.</summary>
    /// <exception cref="UnauthorizedAccessException">The process may not look into it.</exception>
    IReadOnlyList<DiskEntry> List(string directory);

    /// <summary>Makes a directory and those above it; no error when it is there. Syncs the parents of those it made.</summary>
    void CreateDirectory(string path);

    /// <summary>Moves a file or directory in one step; a file that stands there is replaced.</summary>
    void Rename(string source, string target);

    /// <summary>Moves a file in one step, unless something stands there. Of several that move to one place exactly one succeeds.</summary>
    /// <returns>Whether it was moved; else both are as they were.</returns>
    bool TryRename(string source, string target);

    /// <summary>Removes a file, or a directory with all in it; no error when there is none.</summary>
    void Delete(string path);

    /// <summary>Removes a directory in which nothing is, never one in which somebody has put something meanwhile.</summary>
    /// <returns>Whether it is gone, by this call or by another's.</returns>
    bool TryDeleteEmpty(string directory);

    /// <summary>Cuts what a file has beyond so many bytes; the cut survives a crash on return, and may have happened after a failure.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    ValueTask Truncate(string path, long length, CancellationToken cancellationToken);

    /// <summary>Makes every create, rename and delete done in the directory so far survive a crash.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such directory.</exception>
    void SyncDirectory(string path);

    /// <summary>Takes a lock that ends with the process or when disposed; null when someone else holds it. The file is made when absent and stays.</summary>
    IDisposable? TryLock(string path);

    /// <summary>Bytes that may still be written to the file system of an existing path.</summary>
    long FreeBytes(string path);
}

/// <summary>An open file. Calls do not overlap, except reads.</summary>
public interface IDiskFile : IDisposable
{
    /// <summary>Bytes in it, unsynced ones included.</summary>
    long Length { get; }

    /// <summary>When bytes were last appended or cut.</summary>
    DateTimeOffset Modified { get; }

    /// <summary>Writes the buffers one after another at the end. After a failure the end of the file is undefined.</summary>
    ValueTask Append(IReadOnlyList<ReadOnlyMemory<byte>> buffers, CancellationToken cancellationToken);

    /// <summary>Reads at an offset; fewer bytes than asked for only at the end of the file, where it is 0.</summary>
    ValueTask<int> Read(Memory<byte> buffer, long offset, CancellationToken cancellationToken);

    /// <summary>Makes all bytes appended so far survive a crash. After a failure they may be lost even when a later call succeeds.</summary>
    ValueTask Sync(CancellationToken cancellationToken);
}

/// <summary>A file or directory in a listing.</summary>
/// <param name="Name">Name without its directory.</param>
/// <param name="IsDirectory">Directory rather than file.</param>
/// <param name="Length">Bytes; 0 for a directory.</param>
/// <param name="Modified">When bytes were last appended to the file or cut from it; default for a directory.</param>
public readonly record struct DiskEntry(string Name, bool IsDirectory, long Length, DateTimeOffset Modified);

/// <summary>What a disk's refusal means.</summary>
public static class DiskErrors
{
    private const int LinuxNoSpace = 28, LinuxQuota = 122, MacQuota = 69;
    private const int LinuxNotEmpty = 39, MacNotEmpty = 66, WindowsNotEmpty = unchecked((int)0x80070091);
    private const int WindowsDiskFull = unchecked((int)0x80070070), WindowsHandleDiskFull = unchecked((int)0x80070027);

    /// <summary>No space or no quota is left.</summary>
    public static bool IsFull(IOException error) =>
        error.HResult is LinuxNoSpace or WindowsDiskFull or WindowsHandleDiskFull
        || (error.HResult == LinuxQuota && OperatingSystem.IsLinux()) || (error.HResult == MacQuota && OperatingSystem.IsMacOS());

    /// <summary>A directory was to be empty and is not.</summary>
    internal static bool IsNotEmpty(IOException error) =>
        error.HResult == WindowsNotEmpty || (error.HResult == LinuxNotEmpty && OperatingSystem.IsLinux()) || (error.HResult == MacNotEmpty && OperatingSystem.IsMacOS());

    /// <summary>The error of a full disk, as the platform gives it.</summary>
    public static IOException Full(string path) => new($"No space left on device: '{path}'.", LinuxNoSpace);
}

/// <summary>Short forms over the seam.</summary>
public static class DiskExtensions
{
    /// <summary>Appends one buffer.</summary>
    public static ValueTask Append(this IDiskFile file, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        file.Append([bytes], cancellationToken);

    /// <summary>The whole content of a file.</summary>
    /// <exception cref="IOException">The file is longer than the limit.</exception>
    public static async ValueTask<byte[]> ReadAll(this IDisk disk, string path, int maxBytes, CancellationToken cancellationToken)
    {
        using IDiskFile file = disk.OpenRead(path);
        if (file.Length > maxBytes)
        {
            throw new IOException($"'{path}' has {file.Length} bytes, more than the {maxBytes} it may have.");
        }

        byte[] content = new byte[file.Length];
        int read = await file.Read(content, 0, cancellationToken);
        return read == content.Length ? content : content[..read];
    }

    /// <summary>
    /// Puts a whole file in place at once: written beside it as <c>path.tmp</c>, synced, renamed, directory synced. After a crash the
    /// old or the new content stands there, never a mixture.
    /// </summary>
    public static async ValueTask Replace(this IDisk disk, string path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        string beside = path + ".tmp";
        disk.Delete(beside);
        using (IDiskFile file = disk.Create(beside))
        {
            await file.Append(content, cancellationToken);
            await file.Sync(cancellationToken);
        }

        disk.Rename(beside, path);
        disk.SyncDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }
}
