using System.Diagnostics.CodeAnalysis;

namespace Pyro.Disk;

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
    private readonly ForgettingTree _tree = new();
    private readonly DiskOperations _operations = new();

    /// <summary>Asked before each operation with its path; an exception it gives is thrown instead.</summary>
    public Func<DiskOperation, string, IOException?>? Fault
    {
        get => _operations.Fault;
        set => _operations.Fault = value;
    }

    /// <summary>Asked for a directory before it is listed or looked into for a name: whether the process may not.</summary>
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
                return _tree.Bytes;
            }
        }
    }

    /// <summary>How often each operation was begun.</summary>
    public IReadOnlyDictionary<DiskOperation, int> Counts => _operations.Counts;

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
                return _operations.HasCrashed;
            }
        }
    }

    /// <summary>Lets so many more changing operations happen; the one after them stops in the middle, as do all until <see cref="Crash"/>.</summary>
    public void CrashAfter(long operations) => _operations.CrashAfter(operations);

    /// <summary>
    /// Loses what was not synced, and every open file and lock. The disk works again afterwards.
    /// </summary>
    /// <param name="keepSome">Lets single unsynced files and directories survive as they are, as on a real disk that had time.</param>
    public void Crash(bool keepSome = false)
    {
        lock (_gate)
        {
            Generation++;
            _operations.Restart();
            _locks.Clear();
            _tree.Crash(keepSome, _random);
        }
    }

    /// <inheritdoc/>
    public IDiskFile Create(string path)
    {
        lock (_gate)
        {
            _operations.Begin(DiskOperation.Create, path);
            var content = new ForgettingContent { Modified = Now };
            return _tree.TryAdd(path, content)
                ? new ForgettingFile(this, path, content)
                : throw new IOException($"The file '{path}' already exists.");
        }
    }

    /// <inheritdoc/>
    public IDiskFile OpenRead(string path)
    {
        lock (_gate)
        {
            ExpectOpen(ForgettingTree.Above(path));
            return _tree.Find(path) is ForgettingContent content
                ? new ForgettingFile(this, path, content)
                : throw new FileNotFoundException($"Could not find file '{path}'.", path);
        }
    }

    /// <inheritdoc/>
    public bool Exists(string path)
    {
        lock (_gate)
        {
            ExpectOpen(ForgettingTree.Above(path));
            return _tree.Find(path) is not null;
        }
    }

    /// <inheritdoc/>
    public bool IsDirectory(string path)
    {
        lock (_gate)
        {
            ExpectOpen(ForgettingTree.Above(path));
            return _tree.Find(path) is ForgettingDirectory;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<DiskEntry> List(string directory)
    {
        lock (_gate)
        {
            ExpectOpen(directory);
            return _tree.List(directory);
        }
    }

    /// <inheritdoc/>
    public void CreateDirectory(string path)
    {
        lock (_gate)
        {
            if (_tree.Find(path) is ForgettingDirectory)
            {
                return;
            }

            string above = ForgettingTree.Above(path);
            if (above != "/")
            {
                CreateDirectory(above);
            }

            _operations.Begin(DiskOperation.Create, path);
            if (!_tree.TryAdd(path, new ForgettingDirectory()))
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
            _operations.Begin(DiskOperation.Rename, source);
            _tree.Move(source, target);
        }
    }

    /// <inheritdoc/>
    public bool TryRename(string source, string target)
    {
        lock (_gate)
        {
            if (_tree.Find(target) is not null)
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
            ForgettingNode? found = _tree.Find(directory);
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
            _operations.Begin(DiskOperation.Delete, path);
            _tree.Remove(path);
        }
    }

    /// <inheritdoc/>
    public async ValueTask Truncate(string path, long length, CancellationToken cancellationToken)
    {
        await Wait(DiskOperation.Truncate, cancellationToken);
        lock (_gate)
        {
            IOException? fault = _operations.FaultOf(DiskOperation.Truncate, path);
            if (_tree.Find(path) is not ForgettingContent content)
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
            _operations.Begin(DiskOperation.SyncDirectory, path);
            if (_tree.Find(path) is not ForgettingDirectory directory)
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
            _tree.TryAdd(path, new ForgettingContent());
            return _locks.Add(path) ? new Held(this, path, Generation) : null;
        }
    }

    /// <inheritdoc/>
    public long FreeBytes(string path)
    {
        lock (_gate)
        {
            return Math.Max(0, Capacity - _tree.Bytes);
        }
    }

    /// <summary>Flips one bit of a file, synced or not: a disk that rots.</summary>
    public void FlipBit(string path, long bit)
    {
        lock (_gate)
        {
            ((ForgettingContent)_tree.Find(path)!).Flip(bit);
        }
    }

    internal async ValueTask Wait(DiskOperation operation, CancellationToken cancellationToken)
    {
        if (Delay is { } delay && time is not null)
        {
            await Task.Delay(delay(operation), time, cancellationToken);
        }
    }

    internal void Append(ForgettingFile file, ForgettingContent content, IReadOnlyList<ReadOnlyMemory<byte>> buffers)
    {
        lock (_gate)
        {
            Check(file);
            long wanted = buffers.Sum(b => (long)b.Length);
            IOException? fault = _operations.FaultOf(DiskOperation.Append, file.Path);
            long taken = fault is not null ? _random.NextInt64(wanted + 1) : Math.Min(wanted, Math.Max(0, Capacity - _tree.Bytes));
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
            _operations.Begin(DiskOperation.Read, file.Path, changes: false);
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
                _operations.Begin(DiskOperation.Sync, file.Path);
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

    private void ExpectOpen(string directory)
    {
        if (IsClosed?.Invoke(directory) == true)
        {
            throw new UnauthorizedAccessException($"Access to the path '{directory}' is denied.");
        }
    }

    private void Check(ForgettingFile file)
    {
        if (file.Generation != Generation)
        {
            throw new DiskCrashException();
        }
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
