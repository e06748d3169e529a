using Pyro.Blocks;
using Pyro.Blocks.Files;

namespace Pyro.Tests.Unit.Blocks.Index;

/// <summary>A file of a block in memory that counts what is read of it.</summary>
internal sealed class MemoryBlockFile(byte[] bytes, string name = "index.tsdb") : IBlockFile
{
    public string Name => name;

    public long Length => bytes.Length;

    public int Reads { get; private set; }

    public long BytesRead { get; private set; }

    public ValueTask Read(long offset, Memory<byte> into, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (offset < 0 || offset + into.Length > bytes.Length)
        {
            throw new DamagedBlockException(name, offset, $"ends before {into.Length} bytes");
        }

        Reads++;
        BytesRead += into.Length;
        bytes.AsSpan((int)offset, into.Length).CopyTo(into.Span);
        return ValueTask.CompletedTask;
    }

    public void Forget() => (Reads, BytesRead) = (0, 0);

    public void Dispose()
    {
    }
}
