using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Pyro.Disk;

/// <summary>The file system of the machine. Paths may be relative to the process's directory.</summary>
public sealed class PhysicalDisk : IDisk
{
    /// <inheritdoc/>
    public IDiskFile Create(string path) => new PhysicalFile(
        File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous));

    /// <inheritdoc/>
    public IDiskFile OpenRead(string path) => new PhysicalFile(
        File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous));

    /// <inheritdoc/>
    public bool Exists(string path) => AttributesOf(path) is not null;

    /// <inheritdoc/>
    public bool IsDirectory(string path) => AttributesOf(path)?.HasFlag(FileAttributes.Directory) == true;

    /// <inheritdoc/>
    public IReadOnlyList<DiskEntry> List(string directory)
    {
        var entries = new List<DiskEntry>();
        try
        {
            foreach (FileSystemInfo entry in new DirectoryInfo(directory).EnumerateFileSystemInfos())
            {
                if (entry is not FileInfo { Exists: false })
                {
                    // A file that went meanwhile is left out.
                    entries.Add(Entry(entry));
                }
            }
        }
        catch (DirectoryNotFoundException) when (!IsLink(directory))
        {
            return [];
        }

        entries.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        return entries;

        static DiskEntry Entry(FileSystemInfo entry) => entry is FileInfo file && !IsLost(file)
            ? new DiskEntry(file.Name, IsDirectory: false, file.Length, new DateTimeOffset(file.LastWriteTimeUtc))
            : new DiskEntry(entry.Name, IsDirectory: true, 0, default);
    }

    /// <inheritdoc/>
    public void CreateDirectory(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Directory.Exists(full))
        {
            return;
        }

        string? parent = Path.GetDirectoryName(full);
        if (parent is not null)
        {
            CreateDirectory(parent);
        }

        Directory.CreateDirectory(full);
        if (parent is not null)
        {
            SyncDirectory(parent);
        }
    }

    /// <inheritdoc/>
    public void Rename(string source, string target)
    {
        if (Directory.Exists(source))
        {
            Directory.Move(source, target);
        }
        else
        {
            File.Move(source, target, overwrite: true);
        }
    }

    /// <inheritdoc/>
    public bool TryRename(string source, string target)
    {
        // A second name and the loss of the first are the only way of Unix that never replaces; file systems without second names look first.
        if (!OperatingSystem.IsWindows() && HardLink.TryCreate(source, target) is { } linked)
        {
            if (linked)
            {
                File.Delete(source);
            }

            return linked;
        }

        try
        {
            File.Move(source, target, overwrite: false);
            return true;
        }
        catch (IOException) when (Path.Exists(target) && File.Exists(source))
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public void Delete(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
        else if (Exists(path))
        {
            File.Delete(path);
        }
    }

    /// <inheritdoc/>
    public bool TryDeleteEmpty(string directory)
    {
        try
        {
            Directory.Delete(directory, recursive: false);
            return true;
        }
        catch (DirectoryNotFoundException) when (!File.Exists(directory))
        {
            // Others may have made it anew since others removed it.
            return !Directory.Exists(directory);
        }
        catch (IOException e) when (DiskErrors.IsNotEmpty(e))
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public async ValueTask Truncate(string path, long length, CancellationToken cancellationToken)
    {
        using SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous);
        using var file = new PhysicalFile(handle);
        if (file.Length > length)
        {
            RandomAccess.SetLength(handle, length);
            await file.Sync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public void SyncDirectory(string path) => DirectorySync.Sync(path);

    /// <inheritdoc/>
    public IDisposable? TryLock(string path)
    {
        try
        {
            // FileShare.None is an exclusive flock on Unix, which the kernel drops when the process ends, however it ends.
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or PathTooLongException) && !DiskErrors.IsFull(e) && File.Exists(path))
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public long FreeBytes(string path) => new DriveInfo(Path.GetFullPath(path)).AvailableFreeSpace;

    /// <summary>What lies at a path, links not followed; null: nothing. .NET's <c>Exists</c> says no when it cannot tell, too.</summary>
    private static FileAttributes? AttributesOf(string path)
    {
        try
        {
            return File.GetAttributes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Whether it is a link; one that leads to nothing is no directory that is not there.</summary>
    private static bool IsLink(string path) => AttributesOf(Path.TrimEndingDirectorySeparator(path))?.HasFlag(FileAttributes.ReparsePoint) == true;

    /// <summary>Whether it is a link that cannot be followed. It counts as a directory: who looks into it is told.</summary>
    private static bool IsLost(FileInfo entry)
    {
        try
        {
            if (entry.Attributes.HasFlag(FileAttributes.ReparsePoint) && entry.ResolveLinkTarget(returnFinalTarget: true) is { } target)
            {
                AttributesOf(target.FullName);
            }

            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }
}

/// <summary>A file of the machine; the length is followed here, since only this handle appends.</summary>
internal sealed class PhysicalFile(SafeFileHandle handle) : IDiskFile
{
    private long _length = RandomAccess.GetLength(handle);

    public long Length => _length;

    public DateTimeOffset Modified => new(File.GetLastWriteTimeUtc(handle));

    public async ValueTask Append(IReadOnlyList<ReadOnlyMemory<byte>> buffers, CancellationToken cancellationToken)
    {
        await RandomAccess.WriteAsync(handle, buffers, _length, cancellationToken);
        foreach (ReadOnlyMemory<byte> buffer in buffers)
        {
            _length += buffer.Length;
        }
    }

    public async ValueTask<int> Read(Memory<byte> buffer, long offset, CancellationToken cancellationToken)
    {
        int total = 0;
        while (total < buffer.Length)
        {
            int read = await RandomAccess.ReadAsync(handle, buffer[total..], offset + total, cancellationToken);
            if (read == 0)
            {
                break;
            }

            total += read;
        }

        return total;
    }

    // There is no asynchronous fsync; it waits for the device, so it must not hold the caller's thread.
    public ValueTask Sync(CancellationToken cancellationToken) =>
        new(Task.Factory.StartNew(
            static state => RandomAccess.FlushToDisk((SafeFileHandle)state!),
            handle,
            cancellationToken,
            TaskCreationOptions.DenyChildAttach,
            TaskScheduler.Default));

    public void Dispose() => handle.Dispose();
}

/// <summary>A second name of a file, which .NET gives only where nobody else is at work.</summary>
internal static partial class HardLink
{
    private const int NotThere = 2, Exists = 17;

    /// <summary>Whether the name was free and is taken now; null when the file system has no second names.</summary>
    public static bool? TryCreate(string source, string target)
    {
        if (Link(source, target) == 0)
        {
            return true;
        }

        return Marshal.GetLastPInvokeError() switch
        {
            Exists => false,
            NotThere when !File.Exists(source) => throw new FileNotFoundException($"Could not find '{source}'.", source),
            NotThere => throw new DirectoryNotFoundException($"Could not find a part of the path '{target}'."),
            _ => null,
        };
    }

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int Link(string source, string target);
}

/// <summary>fsync of a directory, which .NET does not offer.</summary>
internal static partial class DirectorySync
{
    private const int ReadOnly = 0, NotThere = 2, Interrupted = 4;

    /// <summary>On Windows nothing is done: NTFS journals names by itself and refuses to flush a directory handle opened for reading.</summary>
    public static void Sync(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        int descriptor = Open(path, ReadOnly);
        if (descriptor < 0)
        {
            throw Failure("open", path);
        }

        try
        {
            while (FSync(descriptor) != 0)
            {
                if (Marshal.GetLastPInvokeError() != Interrupted)
                {
                    throw Failure("fsync", path);
                }
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private static IOException Failure(string call, string path)
    {
        int error = Marshal.GetLastPInvokeError();
        string message = $"{call} of directory '{path}': {Marshal.GetPInvokeErrorMessage(error)}";
        return error == NotThere ? new DirectoryNotFoundException(message) : new IOException(message, error);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int FSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int Close(int descriptor);
}
