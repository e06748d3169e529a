using Pyro.Blocks.Meta;
using Pyro.ObjectStore;

namespace Pyro.Blocks.Files;

/// <summary>The files of a block in a bucket, read by ranges. Nothing is asked of the bucket before the first read of a file.</summary>
/// <param name="store">The bucket.</param>
/// <param name="folder">What the keys of the block begin with, `/` at its end.</param>
public sealed class StoreBlockFiles(IObjectStore store, string folder) : IBlockFiles
{
    /// <inheritdoc/>
    public async ValueTask<IBlockFile> Open(string relPath, long length, CancellationToken cancellation)
    {
        var key = folder + relPath;
        if (!BlockPaths.IsRelative(relPath))
        {
            throw new DamagedBlockException(key, -1, "the path leads out of the block");
        }

        try
        {
            return new StoreBlockFile(store, key, length > 0 ? length : (await store.Attributes(key, cancellation)).Length);
        }
        catch (ObjectNotFoundException e)
        {
            throw new MissingFileException(key, e);
        }
    }

    private sealed class StoreBlockFile(IObjectStore store, string key, long length) : IBlockFile
    {
        public string Name => key;

        public long Length => length;

        public async ValueTask Read(long offset, Memory<byte> into, CancellationToken cancellation)
        {
            Ranges.Check(this, offset, into.Length);
            try
            {
                while (into.Length > 0)
                {
                    var read = await store.GetRange(key, offset, into, cancellation);
                    if (read == 0)
                    {
                        throw new DamagedBlockException(key, offset, $"ends before byte {length}");
                    }

                    (offset, into) = (offset + read, into[read..]);
                }
            }
            catch (ObjectNotFoundException e)
            {
                throw new MissingFileException(key, e);
            }
        }

        public void Dispose()
        {
        }
    }
}
