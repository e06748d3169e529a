using System.Buffers.Binary;

namespace Pyro.Blocks.Symbols;

/// <summary>A stretch of a file that is being decoded: says what is wrong by file and offset.</summary>
/// <param name="File">The file's name.</param>
/// <param name="Offset">Where in it the stretch begins.</param>
internal readonly record struct Region(string File, long Offset)
{
    /// <summary>The fault at a byte of the stretch.</summary>
    public DamagedBlockException Damaged(long at, string fault) => new(File, Offset + at, fault);

    /// <summary>A stretch inside.</summary>
    public Region From(long at) => this with { Offset = Offset + at };

    /// <summary>Throws unless the bytes have the checksum.</summary>
    public void Check(ReadOnlySpan<byte> bytes, uint checksum, string what)
    {
        if (Crc32C.Of(bytes) != checksum)
        {
            throw Damaged(0, $"the checksum of {what} does not match");
        }
    }

    /// <summary>Throws unless the stretch ends with the checksum of what comes before.</summary>
    public void CheckSealed(ReadOnlySpan<byte> bytes, string what) =>
        Check(bytes[..^4], BinaryPrimitives.ReadUInt32BigEndian(bytes[^4..]), what);
}
