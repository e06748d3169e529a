using Pyro.Disk;

namespace Pyro.Ingester.Wal;

/// <summary>The end of a segment that holds no frame.</summary>
/// <param name="Name">Which segment.</param>
/// <param name="Path">Its file.</param>
/// <param name="Content">The same, open.</param>
/// <param name="Begin">Where the last frame ends.</param>
internal sealed record TailPlace(SegmentName Name, string Path, IDiskFile Content, long Begin)
{
    private const int ChunkBytes = 1 << 20;

    /// <summary>Copies the bytes into a file of their own beside the segment, <c>{segment}.{offset}.cut</c>, and returns its path.</summary>
    /// <exception cref="IOException">The disk refuses; then there is no such file.</exception>
    public async Task<string> PutAside(IDisk disk, CancellationToken cancellationToken)
    {
        string aside = $"{Path}.{Begin}.cut";
        disk.Delete(aside);
        try
        {
            await Copy(disk, aside, cancellationToken);
            return aside;
        }
        catch
        {
            // The segment has all of it: a part, or an empty file, would pass for what was kept.
            disk.Delete(aside);
            throw;
        }
    }

    private async Task Copy(IDisk disk, string aside, CancellationToken cancellationToken)
    {
        using IDiskFile copy = disk.Create(aside);
        byte[] chunk = new byte[Math.Min(ChunkBytes, Content.Length - Begin)];
        for (long at = Begin; await Content.Read(chunk, at, cancellationToken) is > 0 and var read; at += read)
        {
            await copy.Append(chunk.AsMemory(0, read), cancellationToken);
        }

        await copy.Sync(cancellationToken);
        disk.SyncDirectory(System.IO.Path.GetDirectoryName(Path)!);
    }
}
