using System.Buffers.Binary;
using Pyro.Blocks.Files;

namespace Pyro.Blocks.Index;

/// <summary>
/// Walks a section from its beginning to its end: four bytes of length, the content, CRC-32C of the content. The checksum is made on the
/// way and compared at the end; until then nothing that was read may be handed on.
/// </summary>
internal sealed class Section : IDisposable
{
    private const int LengthBytes = sizeof(uint), ChecksumBytes = sizeof(uint);

    private readonly FileWindow _window;
    private readonly string _what;
    private readonly long _end;
    private uint _checksum;

    private Section(FileWindow window, string what, long end)
    {
        _window = window;
        _what = what;
        _end = end;
    }

    /// <summary>Where it stands, in bytes from the beginning of the file.</summary>
    public long Position => _window.Position;

    /// <summary>Bytes of content not walked over yet.</summary>
    public long Left => _end - _window.Position;

    /// <summary>Content held from the place on.</summary>
    public ReadOnlySpan<byte> Held => _window.Held.Length > Left ? _window.Held[..(int)Left] : _window.Held;

    /// <summary>Reads the length of a section and stands behind it.</summary>
    /// <exception cref="DamagedBlockException">It would end beyond the part of the file where it must lie.</exception>
    public static async ValueTask<Section> Open(IBlockFile file, long offset, long limit, string what, CancellationToken cancellation)
    {
        var window = new FileWindow(file, offset, limit);
        try
        {
            await window.More(FileWindow.Stride, cancellation);
            while (window.Held.Length < LengthBytes)
            {
                await window.More(LengthBytes, cancellation);
            }

            var length = BinaryPrimitives.ReadUInt32BigEndian(window.Held);
            if (length + (long)LengthBytes + ChecksumBytes > limit - offset)
            {
                throw window.Damaged(offset, $"{what} of {length} bytes reach beyond their end at {limit}");
            }

            window.Advance(LengthBytes);
            return new Section(window, what, offset + LengthBytes + length);
        }
        catch
        {
            window.Dispose();
            throw;
        }
    }

    /// <summary>Steps over content that was read.</summary>
    public void Advance(int bytes)
    {
        _checksum = Crc32C.Append(_checksum, _window.Held[..bytes]);
        _window.Advance(bytes);
    }

    /// <summary>Fetches so that more is held than before.</summary>
    /// <exception cref="DamagedBlockException">The content ends here.</exception>
    public ValueTask More(CancellationToken cancellation)
    {
        if (Held.Length == Left)
        {
            throw Damaged("end in the middle of an entry");
        }

        return _window.More(FileWindow.Stride, cancellation);
    }

    /// <summary>A number of four bytes.</summary>
    public async ValueTask<uint> UInt32(CancellationToken cancellation)
    {
        while (Held.Length < sizeof(uint))
        {
            await More(cancellation);
        }

        var value = BinaryPrimitives.ReadUInt32BigEndian(Held);
        Advance(sizeof(uint));
        return value;
    }

    /// <summary>Steps over the rest of the content.</summary>
    public async ValueTask Skip(CancellationToken cancellation)
    {
        while (Left > 0)
        {
            if (Held.IsEmpty)
            {
                await More(cancellation);
            }

            Advance(Held.Length);
        }
    }

    /// <summary>Ends the walk and compares the checksum.</summary>
    /// <returns>Where the section ends, its checksum included.</returns>
    /// <exception cref="DamagedBlockException">Content is left, or the checksum is another.</exception>
    public async ValueTask<long> Finish(CancellationToken cancellation)
    {
        if (Left != 0)
        {
            throw Damaged($"have {Left} bytes too many");
        }

        while (_window.Held.Length < ChecksumBytes)
        {
            await _window.More(ChecksumBytes, cancellation);
        }

        if (BinaryPrimitives.ReadUInt32BigEndian(_window.Held) != _checksum)
        {
            throw Damaged("have another checksum than they should");
        }

        return _end + ChecksumBytes;
    }

    /// <summary>What is wrong at this place.</summary>
    public DamagedBlockException Damaged(string fault) => _window.Damaged(Position, $"{_what} {fault}");

    /// <inheritdoc/>
    public void Dispose() => _window.Dispose();
}
