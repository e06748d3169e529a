using Pyro.Blocks.Meta;
using Pyro.Disk;

namespace Pyro.Blocks.Files;

/// <summary>The files of a block in a folder of the local disk.</summary>
/// <param name="disk">The disk.</param>
/// <param name="folder">The block's folder.</param>
/// <param name="name">What the block is called in messages, such as its ULID.</param>
public sealed class DiskBlockFiles(IDisk disk, string folder, string name) : IBlockFiles
{
    /// <inheritdoc/>
    public ValueTask<IBlockFile> Open(string relPath, long length, CancellationToken cancellation)
    {
        var called = $"{name}/{relPath}";
        if (!BlockPaths.IsRelative(relPath))
        {
            throw new DamagedBlockException(called, -1, "the path leads out of the block");
        }

        IDiskFile file;
        try
        {
            file = disk.OpenRead(Path.Combine(folder, relPath.Replace('/', Path.DirectorySeparatorChar)));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new MissingFileException(called, e);
        }

        if (length > 0 && file.Length != length)
        {
            var found = file.Length;
            file.Dispose();
            throw new DamagedBlockException(called, -1, $"has {found} bytes, not the {length} that meta.json lists");
        }

        return ValueTask.FromResult<IBlockFile>(new DiskBlockFile(file, called));
    }

    private sealed class DiskBlockFile(IDiskFile file, string name) : IBlockFile
    {
        public string Name => name;

        // A block's files never change.
        public long Length { get; } = file.Length;

        public async ValueTask Read(long offset, Memory<byte> into, CancellationToken cancellation)
        {
            Ranges.Check(this, offset, into.Length);
            while (into.Length > 0)
            {
                var read = await file.Read(into, offset, cancellation);
                if (read == 0)
                {
                    throw new DamagedBlockException(name, offset, $"ends before byte {Length}");
                }

                (offset, into) = (offset + read, into[read..]);
            }
        }

        public void Dispose() => file.Dispose();
    }
}
