using Pyro.Blocks;
using Pyro.Blocks.Files;

namespace Pyro.Tests.Unit.Blocks.Parquet;

/// <summary>A file of a block in memory. Reads beyond it are refused, however the reader came to ask for them.</summary>
internal sealed class MemoryFile(byte[] bytes, string name = "block/file", bool yields = true) : IBlockFile
{
    public string Name => name;

    public long Length => bytes.Length;

    public async ValueTask Read(long offset, Memory<byte> into, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (offset < 0 || into.Length > bytes.Length - offset)
            throw new DamagedBlockException(name, offset, $"{into.Length} bytes are wanted of a file of {bytes.Length}");
        if (yields && offset % 3 == 0)
            await Task.Yield();
        bytes.AsSpan((int)offset, into.Length).CopyTo(into.Span);
    }

    public void Dispose()
    {
    }
}
