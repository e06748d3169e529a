using Pyro.Disk;

namespace Pyro.ObjectStore;

/// <summary>A file of the disk as a stream to be read; owns the file.</summary>
/// <param name="file">The file.</param>
/// <param name="explain">Makes the error of the store out of that of the disk; null leaves it as it is.</param>
internal sealed class DiskStream(IDiskFile file, Func<Exception, Exception>? explain = null) : ReadStream
{
    /// <inheritdoc/>
    public override long Length => file.Length;

    /// <inheritdoc/>
    protected override async ValueTask<int> ReadAt(Memory<byte> buffer, long position, CancellationToken cancellation)
    {
        try
        {
            return await file.Read(buffer, position, cancellation);
        }
        catch (IOException e) when (explain is not null)
        {
            throw explain(e);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        file.Dispose();
        base.Dispose(disposing);
    }
}
