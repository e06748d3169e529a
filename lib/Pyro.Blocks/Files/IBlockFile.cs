namespace Pyro.Blocks.Files;

/// <summary>
/// One file of a block, wherever it lies: read by ranges, never as a whole without need. Reads may overlap. Nothing is read before it is
/// asked for.
/// </summary>
public interface IBlockFile : IDisposable
{
    /// <summary>What it is called in messages: the path from the block's folder on, with the block before it.</summary>
    string Name { get; }

    /// <summary>Bytes.</summary>
    long Length { get; }

    /// <summary>Fills the buffer with the bytes from an offset on.</summary>
    /// <exception cref="DamagedBlockException">The file ends before, or what lies there cannot be what was written.</exception>
    /// <exception cref="IOException">The disk or the store refused.</exception>
    ValueTask Read(long offset, Memory<byte> into, CancellationToken cancellation);
}

/// <summary>The files of one block.</summary>
public interface IBlockFiles
{
    /// <summary>Opens a file by its path in the block, with `/` between its parts.</summary>
    /// <param name="relPath">As meta.json lists it.</param>
    /// <param name="length">Bytes as meta.json lists them; 0: to be found out.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="DamagedBlockException">There is no such file.</exception>
    ValueTask<IBlockFile> Open(string relPath, long length, CancellationToken cancellation);
}
