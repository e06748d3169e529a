using System.Diagnostics.CodeAnalysis;

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

/// <summary>
/// A disk in memory for tests that forgets what it did not promise to keep. At a <see cref="Crash"/> every byte that was not synced and every
/// create, rename or delete whose directory was not synced is gone, except that any prefix of the unsynced bytes of a file may remain,
/// with noise or zeros where it was torn. After a failed sync the bytes it was for never arrive, even when a later sync succeeds.
/// Everything follows from the seed. Paths are absolute and use <c>/</c>.
/// </summary>
public sealed class ForgettingDisk(int seed, TimeProvider? time = null) : IDisk
{
    private readonly Lock _gate = new();
    private readonly Random _random = new(seed);
    private readonly HashSet<string> _locks = new(StringComparer.Ordinal);
    private ForgettingDirectory _root = new();
    private long _operationsLeft = long.MaxValue;
    private bool _crashed;

    /// <summary>Asked before each operation with its path; an exception it gives is thrown instead.</summary>
    public Func<DiskOperation, string, IOException?>? Fault { get; set; }

    /// <summary>Asked before a directory is listed: whether the process may not look into it.</summary>
    public Func<string, bool>? IsClosed { get; set; }

    /// <summary>How long an operation on file content takes; needs the time of the constructor.</summary>
    public Func<DiskOperation, TimeSpan>? Delay { get; set; }

    /// <summary>Bytes that files may have in all; beyond it a write stops in the middle with the error of a full disk.</summary>
    public long Capacity { get; set; } = long.MaxValue;

    /// <summary>Bytes that files have in all.</summary>
    public long UsedBytes
    {
        get
        {
            lock (_gate)
            {
                return _root.Bytes;
            }
        }
    }

    /// <summary>How often each operation was begun.</summary>
    public IReadOnlyDictionary<DiskOperation, int> Counts => _counts;

    private readonly Dictionary<DiskOperation, int> _counts = [];

    /// <summary>Counted up by each crash; files of an earlier one are useless.</summary>
    internal int Generation { get; private set; }

    /// <summary>The error of a broken device.</summary>
    public static IOException Broken(string path) => new($"Input/output error: '{path}'.", 5);

    /// <summary>Whether it crashed and was not started again.</summary>
    public bool HasCrashed
    {
        get
        {
            lock (_gate)
            {
                return _crashed;
            }
        }
    }

    /// <summary>Lets so many more changing operations happen; the one after them stops in the middle, as do all until <see cref="Crash"/>.</summary>
    public void CrashAfter(long operations) => _operationsLeft = operations;

    /// <summary>
    /// Loses what was not synced, and every open file and lock. The disk works again afterwards.
    /// </summary>
    /// <param name="keepSome">Lets single unsynced files and directories survive as they are, as on a real disk that had time.</param>
    public void Crash(bool keepSome = false)
    {
        lock (_gate)
        {
            Generation++;
            _crashed = false;
            _operationsLeft = long.MaxValue;
            _locks.Clear();
            if (keepSome)
            {
                KeepSome(_root);
            }

            _root = _root.Recover(_random);
        }
    }

    /// <inheritdoc/>
    public IDiskFile Create(string path)
    {
        lock (_gate)
        {
            Begin(DiskOperation.Create, path, changes: true);
            (ForgettingDirectory parent, string name) = Parent(path);
            if (parent.Entries.ContainsKey(name))
            {
                throw new IOException($"The file '{path}' already exists.");
            }

            var content = new ForgettingContent { Modified = Now };
            parent.Entries[name] = content;
            return new ForgettingFile(this, path, content);
        }
    }

    /// <inheritdoc/>
    public IDiskFile OpenRead(string path)
    {
        lock (_gate)
        {
            return Find(path) is ForgettingContent content
                ? new ForgettingFile(this, path, content)
                : throw new FileNotFoundException($"Could not find file '{path}'.", path);
        }
    }

    /// <inheritdoc/>
    public bool Exists(string path)
    {
        lock (_gate)
        {
            return Find(path) is not null;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<DiskEntry> List(string directory)
    {
        lock (_gate)
        {
            if (IsClosed?.Invoke(directory) == true)
            {
                throw new UnauthorizedAccessException($"Access to the path '{directory}' is denied.");
            }

            return Find(directory) is ForgettingDirectory found
                ? [.. found.Entries.OrderBy(e => e.Key, StringComparer.Ordinal).Select(e => Entry(e.Key, e.Value))]
                : [];
        }

        static DiskEntry Entry(string name, ForgettingNode node) =>
            node is ForgettingContent content
                ? new(name, IsDirectory: false, content.Length, content.Modified)
                : new(name, IsDirectory: true, 0, default);
    }

    /// <inheritdoc/>
    public void CreateDirectory(string path)
    {
        lock (_gate)
        {
            if (Find(path) is ForgettingDirectory)
            {
                return;
            }

            string above = Above(path);
            if (above != "/")
            {
                CreateDirectory(above);
            }

            Begin(DiskOperation.Create, path, changes: true);
            (ForgettingDirectory parent, string name) = Parent(path);
            if (!parent.Entries.TryAdd(name, new ForgettingDirectory()))
            {
                throw new IOException($"'{path}' is a file.");
            }

            SyncDirectory(above);
        }
    }

    /// <inheritdoc/>
    public void Rename(string source, string target)
    {
        lock (_gate)
        {
            Begin(DiskOperation.Rename, source, changes: true);
            (ForgettingDirectory from, string fromName) = Parent(source);
            (ForgettingDirectory to, string toName) = Parent(target);
            if (!from.Entries.TryGetValue(fromName, out ForgettingNode? node))
            {
                throw new FileNotFoundException($"Could not find '{source}'.", source);
            }

            if (to.Entries.TryGetValue(toName, out ForgettingNode? there) && (there is ForgettingDirectory || node is ForgettingDirectory))
            {
                throw new IOException($"'{target}' already exists.");
            }

            from.Entries.Remove(fromName);
            to.Entries[toName] = node;
            if (!ReferenceEquals(from, to))
            {
                var move = new ForgettingMove(from, fromName, to, toName);
                from.Moves.Add(move);
                to.Moves.Add(move);
            }
        }
    }

    /// <inheritdoc/>
    public bool TryRename(string source, string target)
    {
        lock (_gate)
        {
            if (Find(target) is not null)
            {
                return false;
            }

            Rename(source, target);
            return true;
        }
    }

    /// <inheritdoc/>
    public bool TryDeleteEmpty(string directory)
    {
        lock (_gate)
        {
            ForgettingNode? found = Find(directory);
            if (found is ForgettingContent)
            {
                throw new IOException($"'{directory}' is a file.");
            }

            if (found is ForgettingDirectory { Entries.Count: 0 })
            {
                Delete(directory);
                return true;
            }

            return found is null;
        }
    }

    /// <inheritdoc/>
    public void Delete(string path)
    {
        lock (_gate)
        {
            Begin(DiskOperation.Delete, path, changes: true);
            if (Find(path) is not null)
            {
                (ForgettingDirectory parent, string name) = Parent(path);
                parent.Entries.Remove(name);
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask Truncate(string path, long length, CancellationToken cancellationToken)
    {
        await Wait(DiskOperation.Truncate, cancellationToken);
        lock (_gate)
        {
            bool alive = Count(DiskOperation.Truncate, changes: true);
            IOException? fault = alive ? Fault?.Invoke(DiskOperation.Truncate, path) : new DiskCrashException();
            if (Find(path) is not ForgettingContent content)
            {
                throw fault ?? new FileNotFoundException($"Could not find file '{path}'.", path);
            }

            if (fault is null || _random.Next(2) == 0)
            {
                content.Truncate(length);
                content.Modified = Now;
            }

            if (fault is not null)
            {
                throw fault;
            }
        }
    }

    /// <inheritdoc/>
    public void SyncDirectory(string path)
    {
        lock (_gate)
        {
            Begin(DiskOperation.SyncDirectory, path, changes: true);
            if (Find(path) is not ForgettingDirectory directory)
            {
                throw new DirectoryNotFoundException($"Could not find directory '{path}'.");
            }

            directory.Sync();
        }
    }

    /// <inheritdoc/>
    public IDisposable? TryLock(string path)
    {
        lock (_gate)
        {
            (ForgettingDirectory parent, string name) = Parent(path);
            parent.Entries.TryAdd(name, new ForgettingContent());
            return _locks.Add(path) ? new Held(this, path, Generation) : null;
        }
    }

    /// <inheritdoc/>
    public long FreeBytes(string path)
    {
        lock (_gate)
        {
            return Math.Max(0, Capacity - _root.Bytes);
        }
    }

    /// <summary>Flips one bit of a file, synced or not: a disk that rots.</summary>
    public void FlipBit(string path, long bit)
    {
        lock (_gate)
        {
            ((ForgettingContent)Find(path)!).Flip(bit);
        }
    }

    internal async ValueTask Wait(DiskOperation operation, CancellationToken cancellationToken)
    {
        if (Delay is not null && time is not null)
        {
            await Task.Delay(Delay(operation), time, cancellationToken);
        }
    }

    internal void Append(ForgettingFile file, ForgettingContent content, IReadOnlyList<ReadOnlyMemory<byte>> buffers)
    {
        lock (_gate)
        {
            Check(file);
            long wanted = buffers.Sum(b => (long)b.Length);
            bool dies = !Count(DiskOperation.Append, changes: true);
            IOException? fault = dies ? new DiskCrashException() : Fault?.Invoke(DiskOperation.Append, file.Path);
            long taken = fault is not null ? _random.NextInt64(wanted + 1) : Math.Min(wanted, Math.Max(0, Capacity - _root.Bytes));
            content.Append(buffers, taken);
            content.Modified = Now;
            if (fault is not null || taken < wanted)
            {
                throw fault ?? DiskErrors.Full(file.Path);
            }
        }
    }

    internal int Read(ForgettingFile file, ForgettingContent content, Span<byte> buffer, long offset)
    {
        lock (_gate)
        {
            Check(file);
            Begin(DiskOperation.Read, file.Path, changes: false);
            return content.Read(buffer, offset);
        }
    }

    internal void Sync(ForgettingFile file, ForgettingContent content)
    {
        lock (_gate)
        {
            Check(file);
            try
            {
                Begin(DiskOperation.Sync, file.Path, changes: true);
            }
            catch (IOException e) when (e is not DiskCrashException)
            {
                content.FailSync();
                throw;
            }

            content.Sync();
        }
    }

    internal DateTimeOffset Modified(ForgettingContent content)
    {
        lock (_gate)
        {
            return content.Modified;
        }
    }

    internal long Length(ForgettingContent content)
    {
        lock (_gate)
        {
            return content.Length;
        }
    }

    private DateTimeOffset Now => time?.GetUtcNow() ?? DateTimeOffset.UnixEpoch;

    private static string Above(string path)
    {
        int slash = path.TrimEnd('/').LastIndexOf('/');
        return slash <= 0 ? "/" : path[..slash];
    }

    private void KeepSome(ForgettingDirectory directory)
    {
        foreach (ForgettingNode node in directory.Entries.Values)
        {
            if (node is ForgettingDirectory inner)
            {
                KeepSome(inner);
            }
            else if (node is ForgettingContent content && _random.Next(4) == 0)
            {
                content.Sync();
            }
        }

        if (_random.Next(2) == 0)
        {
            directory.Sync();
        }
    }

    private void Check(ForgettingFile file)
    {
        if (file.Generation != Generation)
        {
            throw new DiskCrashException();
        }
    }

    private void Begin(DiskOperation operation, string path, bool changes)
    {
        if (!Count(operation, changes))
        {
            throw new DiskCrashException();
        }

        if (Fault?.Invoke(operation, path) is { } fault)
        {
            throw fault;
        }
    }

    private bool Count(DiskOperation operation, bool changes)
    {
        if (_crashed)
        {
            return false;
        }

        _counts[operation] = _counts.GetValueOrDefault(operation) + 1;
        _crashed = changes && _operationsLeft-- <= 0;
        return !_crashed;
    }

    private ForgettingNode? Find(string path)
    {
        ForgettingNode? node = _root;
        foreach (string part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (node is not ForgettingDirectory directory || !directory.Entries.TryGetValue(part, out node))
            {
                return null;
            }
        }

        return node;
    }

    private (ForgettingDirectory Directory, string Name) Parent(string path)
    {
        string above = Above(path);
        return Find(above) is ForgettingDirectory directory
            ? (directory, path.TrimEnd('/')[(path.TrimEnd('/').LastIndexOf('/') + 1)..])
            : throw new DirectoryNotFoundException($"Could not find a part of the path '{path}'.");
    }

    [SuppressMessage("Usage", "CA2213:Disposable fields should be disposed", Justification = "The disk outlives its locks.")]
    private sealed class Held(ForgettingDisk disk, string path, int generation) : IDisposable
    {
        public void Dispose()
        {
            lock (disk._gate)
            {
                if (disk.Generation == generation)
                {
                    disk._locks.Remove(path);
                }
            }
        }
    }
}

/// <summary>An open file of the forgetting disk.</summary>
internal sealed class ForgettingFile(ForgettingDisk disk, string path, ForgettingContent content) : IDiskFile
{
    public string Path => path;

    public int Generation { get; } = disk.Generation;

    public long Length => disk.Length(content);

    public DateTimeOffset Modified => disk.Modified(content);

    public async ValueTask Append(IReadOnlyList<ReadOnlyMemory<byte>> buffers, CancellationToken cancellationToken)
    {
        await disk.Wait(DiskOperation.Append, cancellationToken);
        disk.Append(this, content, buffers);
    }

    public async ValueTask<int> Read(Memory<byte> buffer, long offset, CancellationToken cancellationToken)
    {
        await disk.Wait(DiskOperation.Read, cancellationToken);
        return disk.Read(this, content, buffer.Span, offset);
    }

    public async ValueTask Sync(CancellationToken cancellationToken)
    {
        await disk.Wait(DiskOperation.Sync, cancellationToken);
        disk.Sync(this, content);
    }

    public void Dispose()
    {
        // Closing keeps nothing and loses nothing.
    }
}
