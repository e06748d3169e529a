namespace Pyro.Disk;

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
