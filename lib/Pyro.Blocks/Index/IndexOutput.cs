using Pyro.Disk;

namespace Pyro.Blocks.Index;

/// <summary>
/// Bytes on their way into an index file. Each part that has a checksum is put together in memory, between <see cref="Begin"/> and
/// <see cref="End"/>, and written when much has come together.
/// </summary>
internal sealed class IndexOutput(IDiskFile file) : EntryBody
{
    private const int WriteAt = 1 << 20;

    private long _written;

    /// <summary>Where the next byte goes, from the beginning of the file.</summary>
    public long Position => _written + Bytes.Length;

    /// <summary>Whether so much has come together that <see cref="Flush"/> should be called, outside of parts.</summary>
    public bool IsFull => Bytes.Length >= WriteAt;

    /// <summary>Fills with zeros up to a multiple of so many bytes.</summary>
    public void Align(int alignment)
    {
        while (Position % alignment != 0)
        {
            Byte(0);
        }
    }

    /// <summary>Makes place for the four bytes of length before a part.</summary>
    /// <returns>To be given to <see cref="End"/>.</returns>
    public int Begin()
    {
        UInt32(0);
        return Bytes.Length;
    }

    /// <summary>Ends a part: puts its length before it and its checksum behind it.</summary>
    public void End(int begin)
    {
        var content = Bytes[begin..];
        ReplaceUInt32(begin - sizeof(uint), (uint)content.Length);
        UInt32(Crc32C.Of(content));
    }

    /// <summary>Appends what has come together to the file.</summary>
    public async ValueTask Flush(CancellationToken cancellation)
    {
        if (!Memory.IsEmpty)
        {
            await file.Append(Memory, cancellation);
            _written += Memory.Length;
            Reset();
        }
    }
}
