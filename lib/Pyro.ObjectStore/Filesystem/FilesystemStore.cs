using System.Runtime.CompilerServices;
using Pyro.Disk;

namespace Pyro.ObjectStore.Filesystem;

/// <summary>
/// A bucket in a folder, each object a file at its key, as Pyroscope lays it out; several processes may share it. An object is written beside
/// the others, synced, renamed into place, and its folder synced, so that a crash leaves the old one or the new one; folders go when nothing
/// is in them, and an empty one is never seen. A key cannot be both an object and the folder of another.
/// </summary>
public sealed class FilesystemStore : IObjectStore
{
    /// <summary>Folder of what is being written. It lies where no tenant can, and nothing in it is an object.</summary>
    private const string Unfinished = ObjectKeys.Cluster + "/pyro-unfinished";

    private const int BufferBytes = 256 * 1024, PlacingAttempts = 32;

    /// <summary>Nobody writes to a file that has not grown for so long: its writer is gone.</summary>
    private static readonly TimeSpan LeftoverAge = TimeSpan.FromHours(1);

    private readonly Lock _folders = new();
    private readonly IDisk _disk;
    private readonly string _root, _unfinished, _name;
    private readonly TimeProvider _time;
    private readonly FilesystemFaults _faults;
    private readonly FilesystemRoot _bucket;
    private readonly FilesystemListing _listing;
    private long _written, _cleaned = long.MinValue;

    /// <summary>A bucket in a folder, which is made by the first put.</summary>
    /// <param name="disk">Disk that the folder is on.</param>
    /// <param name="directory">The folder.</param>
    /// <param name="time">Tells which leftovers are old.</param>
    /// <param name="random">Names what is being written, so that processes do not meet.</param>
    public FilesystemStore(IDisk disk, string directory, TimeProvider time, Random random)
    {
        _disk = disk;
        _root = directory.Length > 1 ? Path.TrimEndingDirectorySeparator(directory) : directory;
        _unfinished = Path.Join(_root, Unfinished);
        _name = random.NextInt64().ToString("x16");
        _time = time;
        _faults = new FilesystemFaults(disk, _root);
        _bucket = new FilesystemRoot(disk, _root, _faults);
        _listing = new FilesystemListing(disk, _root, _bucket, Unfinished, _faults);
    }

    /// <inheritdoc/>
    public string Description => _faults.Store;

    /// <inheritdoc/>
    public ValueTask<Stream> Get(string key, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return ValueTask.FromResult<Stream>(new DiskStream(Open(key), e => _faults.Explain(e, "read", key)));
    }

    /// <inheritdoc/>
    public async ValueTask<int> GetRange(string key, long offset, Memory<byte> into, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        using IDiskFile file = Open(key);
        try
        {
            return await file.Read(into, offset, cancellation);
        }
        catch (IOException e)
        {
            throw _faults.Explain(e, "read", key);
        }
    }

    /// <inheritdoc/>
    public ValueTask<ObjectAttributes> Attributes(string key, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        using IDiskFile file = Open(key);
        return ValueTask.FromResult(new ObjectAttributes(file.Length, file.Modified));
    }

    /// <inheritdoc/>
    public async ValueTask Put(string key, ObjectBody body, PutMode mode, CancellationToken cancellation)
    {
        string path = PathOf(key);
        if (mode == PutMode.CreateOnly && _faults.Try(() => _disk.Exists(path), "write", key))
        {
            throw new ObjectExistsException(key);
        }

        RemoveLeftovers();
        string beside = Path.Join(_unfinished, $"{_name}-{Interlocked.Increment(ref _written):x}");
        try
        {
            await Write(beside, key, body, cancellation);
            if (!Place(beside, path, key, mode))
            {
                throw new ObjectExistsException(key);
            }
        }
        catch
        {
            Forget(beside);
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask Delete(string key, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        try
        {
            // Opened first, because the disk would delete a folder with all in it.
            Open(key).Dispose();
        }
        catch (ObjectNotFoundException)
        {
            return ValueTask.CompletedTask;
        }

        try
        {
            string path = PathOf(key);
            _disk.Delete(path);
            string folder = Above(path);
            while (folder != _root && _disk.TryDeleteEmpty(folder))
            {
                folder = Above(folder);
            }

            SyncIfThere(folder);
        }
        catch (Exception e) when (FilesystemFaults.IsRefusal(e))
        {
            throw _faults.Explain(e, "delete", key);
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectEntry> List(
        string prefix, bool recursive, [EnumeratorCancellation] CancellationToken cancellation)
    {
        ObjectKeys.CheckPrefix(prefix);
        await ValueTask.CompletedTask;
        int slash = prefix.LastIndexOf('/') + 1;
        foreach (ObjectEntry entry in _listing.Walk(prefix[..slash], prefix[slash..], recursive))
        {
            cancellation.ThrowIfCancellationRequested();
            yield return entry;
        }
    }

    private async ValueTask Write(string beside, string key, ObjectBody body, CancellationToken cancellation)
    {
        await using BodyReader reader = await BodyReader.Open(body, key, cancellation);
        byte[] buffer = new byte[(int)Math.Min(BufferBytes, body.Length)];
        using IDiskFile file = _faults.Try(() =>
        {
            MakeFolder(_unfinished, key);
            return _disk.Create(beside);
        }, "write", key);
        for (long left = body.Length; left > 0; left -= buffer.Length)
        {
            int filled = await reader.Fill(buffer.AsMemory(0, (int)Math.Min(buffer.Length, left)), cancellation);
            await _faults.Try(() => file.Append(buffer.AsMemory(0, filled), cancellation), "write", key);
        }

        await reader.ExpectEnd(cancellation);
        await _faults.Try(() => file.Sync(cancellation), "write", key);
    }

    /// <summary>Moves what was written to its place and makes it stay.</summary>
    /// <returns>Whether the place was free, or could be taken.</returns>
    private bool Place(string beside, string path, string key, PutMode mode)
    {
        string folder = Above(path);
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                MakeFolder(folder, key);
                if (mode == PutMode.Replace)
                {
                    _disk.Rename(beside, path);
                }
                else if (!_disk.TryRename(beside, path))
                {
                    return false;
                }

                SyncIfThere(folder);
                return true;
            }
            catch (IOException e) when (attempt < PlacingAttempts && _disk.Exists(beside) && (e is DirectoryNotFoundException || !_disk.Exists(folder)))
            {
                // Somebody deleted the last object in the folder, and the folder with it; it may be there again.
            }
            catch (Exception e) when (FilesystemFaults.IsRefusal(e))
            {
                throw _faults.Explain(e, "write", key);
            }
        }
    }

    private void MakeFolder(string folder, string key)
    {
        // One after another: nobody may use a folder that is not yet kept.
        lock (_folders)
        {
            if (_disk.Exists(folder))
            {
                _bucket.Seen();
                return;
            }

            _bucket.Expect("write", key);
            _disk.CreateDirectory(folder);
            _bucket.Seen();

            // Another process may have made those above it and not have kept them yet.
            for (string at = folder; at != _root; at = Above(at))
            {
                _disk.SyncDirectory(Above(at));
            }
        }
    }

    /// <summary>A folder that is gone has nothing left to be kept.</summary>
    private void SyncIfThere(string folder)
    {
        try
        {
            _disk.SyncDirectory(folder);
        }
        catch (DirectoryNotFoundException)
        {
        }
    }

    /// <summary>Removes, at start and hourly, what writers left that were stopped in the middle.</summary>
    private void RemoveLeftovers()
    {
        long now = _time.GetUtcNow().Ticks, last = Volatile.Read(ref _cleaned);
        if ((last != long.MinValue && now - last < LeftoverAge.Ticks) || Interlocked.CompareExchange(ref _cleaned, now, last) != last)
        {
            return;
        }

        try
        {
            foreach (DiskEntry entry in _disk.List(_unfinished))
            {
                if (entry.Modified.UtcTicks < now - LeftoverAge.Ticks)
                {
                    Forget(Path.Join(_unfinished, entry.Name));
                }
            }
        }
        catch (Exception e) when (FilesystemFaults.IsRefusal(e))
        {
            // The write that follows tells, the same each time.
        }
    }

    /// <summary>Removes what nobody needs; what stays is a leftover.</summary>
    private void Forget(string beside)
    {
        try
        {
            _disk.Delete(beside);
        }
        catch (Exception e) when (FilesystemFaults.IsRefusal(e))
        {
        }
    }

    private IDiskFile Open(string key)
    {
        string path = PathOf(key);
        try
        {
            IDiskFile file = _disk.OpenRead(path);
            _bucket.Seen();
            return file;
        }
        catch (Exception e) when (FilesystemFaults.IsRefusal(e))
        {
            // Opening a folder is no matter of permissions, whatever the system says.
            bool isAbsent = e is FileNotFoundException or DirectoryNotFoundException or PathTooLongException
                || (e is UnauthorizedAccessException && _faults.Try(() => _disk.IsDirectory(path), "read", key));
            if (!isAbsent)
            {
                throw _faults.Explain(e, "read", key);
            }

            _bucket.Expect("read", key);
            throw new ObjectNotFoundException(key, e);
        }
    }

    private string PathOf(string key)
    {
        ObjectKeys.Check(key);
        return key == Unfinished || key.StartsWith(Unfinished + "/", StringComparison.Ordinal)
            ? throw new ObjectStoreException(StoreFault.InvalidKey, $"no object can have the key '{key}': unfinished writes lie there")
            : Path.Join(_root, key);
    }

    private static string Above(string path) => Path.GetDirectoryName(path)!;
}
