using Pyro.Disk;

namespace Pyro.Tests.Unit.Blocks.Writing;

/// <summary>A disk that keeps nothing of what is written but how much it was, and allocates nothing for it.</summary>
internal sealed class DroppedFiles : IDisk
{
    private readonly List<(long Bytes, long Allocated)> _appends = new(1000);

    /// <summary>After each append: bytes appended to all files, and bytes that the thread which wrote had allocated.</summary>
    public IReadOnlyList<(long Bytes, long Allocated)> Appends => _appends;

    public IDiskFile Create(string path) => new Dropped(this);

    public void CreateDirectory(string path)
    {
    }

    public void SyncDirectory(string path)
    {
    }

    public IDiskFile OpenRead(string path) => throw new NotSupportedException();

    public bool Exists(string path) => throw new NotSupportedException();

    public bool IsDirectory(string path) => throw new NotSupportedException();

    public IReadOnlyList<DiskEntry> List(string directory) => throw new NotSupportedException();

    public void Rename(string source, string target) => throw new NotSupportedException();

    public bool TryRename(string source, string target) => throw new NotSupportedException();

    public void Delete(string path) => throw new NotSupportedException();

    public bool TryDeleteEmpty(string directory) => throw new NotSupportedException();

    public ValueTask Truncate(string path, long length, CancellationToken cancellationToken) => throw new NotSupportedException();

    public IDisposable? TryLock(string path) => throw new NotSupportedException();

    public long FreeBytes(string path) => throw new NotSupportedException();

    private sealed class Dropped(DroppedFiles owner) : IDiskFile
    {
        public long Length { get; private set; }

        public DateTimeOffset Modified => default;

        public ValueTask Append(IReadOnlyList<ReadOnlyMemory<byte>> buffers, CancellationToken cancellationToken)
        {
            var bytes = owner._appends.Count == 0 ? 0 : owner._appends[^1].Bytes;
            foreach (var buffer in buffers)
            {
                Length += buffer.Length;
                bytes += buffer.Length;
            }

            owner._appends.Add((bytes, GC.GetAllocatedBytesForCurrentThread()));
            return ValueTask.CompletedTask;
        }

        public ValueTask<int> Read(Memory<byte> buffer, long offset, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask Sync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public void Dispose()
        {
        }
    }
}
