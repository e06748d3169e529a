using Pyro.Blocks.Files;
using Pyro.Memory;

namespace Pyro.Blocks.Symbols;

/// <summary>An encoded table in memory, its checksum verified; counted until disposed.</summary>
internal sealed class TableBytes : IDisposable
{
    private readonly TableMemory _memory;
    private readonly byte[] _buffer;
    private readonly int _length;

    private TableBytes(in Region region, int length, TableMemory memory)
    {
        Region = region;
        _length = length;
        _memory = memory;
        memory.Take(length);
        _buffer = ByteBuffers.Rent(length);
    }

    /// <summary>Where it lies.</summary>
    public Region Region { get; }

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Span => _buffer.AsSpan(0, _length);

    /// <summary>Reads a table.</summary>
    /// <exception cref="DamagedBlockException">The file has no such bytes, or they have another checksum.</exception>
    public static async ValueTask<TableBytes> Read(
        IBlockFile file, long offset, long size, uint checksum, string what, TableMemory memory, CancellationToken cancellation)
    {
        var region = new Region(file.Name, offset);
        if (size > int.MaxValue || size > file.Length || offset > file.Length - size)
        {
            throw region.Damaged(0, $"{what} of {size} bytes end behind the file's {file.Length}");
        }

        var bytes = new TableBytes(region, (int)size, memory);
        try
        {
            await file.Read(offset, bytes._buffer.AsMemory(0, bytes._length), cancellation);
            region.Check(bytes.Span, checksum, what);
            return bytes;
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ByteBuffers.Return(_buffer);
        _memory.Return(_length);
    }
}
