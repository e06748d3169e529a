using System.Buffers;
using Pyro.Blocks.Files;

namespace Pyro.Blocks.Index;

/// <summary>
/// A place in a part of a file and the bytes held from there on. Entries are read from what is held; when it is too short for an entry,
/// more is fetched and the entry read again. So no length found in the file decides how much memory is taken.
/// </summary>
internal sealed class FileWindow : IDisposable
{
    /// <summary>Bytes fetched at once where much is to be read.</summary>
    public const int Stride = 256 << 10;

    // No entry is longer: labels are far shorter, and long lists are read piece by piece.
    private const int LongestEntry = 4 << 20;

    private readonly IBlockFile _file;
    private readonly long _start;
    private readonly long _end;
    private byte[] _buffer = [];
    private long _at;
    private int _length;
    private int _place;

    /// <summary>A window over the bytes from a start to an end that stands at the start and holds nothing.</summary>
    public FileWindow(IBlockFile file, long start, long end)
    {
        _file = file;
        _start = start;
        _end = end;
        _at = start;
    }

    /// <summary>Where it stands, in bytes from the beginning of the file.</summary>
    public long Position => _at + _place;

    /// <summary>Bytes to the end of the part.</summary>
    public long Left => _end - Position;

    /// <summary>What is held from the place on.</summary>
    public ReadOnlySpan<byte> Held => _buffer.AsSpan(_place, _length - _place);

    /// <summary>Steps over held bytes.</summary>
    public void Advance(int bytes) => _place += bytes;

    /// <summary>Goes to another place; what is held from there on stays.</summary>
    /// <exception cref="DamagedBlockException">The place lies outside the part.</exception>
    public void Seek(long offset)
    {
        if (offset < _start || offset > _end)
        {
            throw Damaged(offset, $"lies outside of bytes {_start} to {_end}, where it should be");
        }

        if (offset >= _at && offset <= _at + _length)
        {
            _place = (int)(offset - _at);
            return;
        }

        (_at, _length, _place) = (offset, 0, 0);
    }

    /// <summary>Fetches so that more is held than before, and as much as is asked for when the part has it.</summary>
    /// <exception cref="DamagedBlockException">The part ends here, or an entry is too long to be one.</exception>
    public async ValueTask More(int wanted, CancellationToken cancellation)
    {
        var held = _length - _place;
        if (held >= Left)
        {
            throw Damaged(Position, "ends in the middle");
        }

        if (held >= LongestEntry)
        {
            throw Damaged(Position, $"an entry is longer than {LongestEntry} bytes");
        }

        var count = (int)Math.Min(Left, Math.Max(wanted, 2 * held));
        _at = Position;
        (_length, _place) = (0, 0);
        if (_buffer.Length < count)
        {
            Dispose();
            _buffer = ArrayPool<byte>.Shared.Rent(count);
        }

        await _file.Read(_at, _buffer.AsMemory(0, count), cancellation);
        _length = count;
    }

    /// <summary>What is wrong at a place of the file.</summary>
    public DamagedBlockException Damaged(long offset, string fault) => new(_file.Name, offset, fault);

    /// <summary>Gives the buffer back.</summary>
    public void Dispose()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
        }

        (_length, _place) = (0, 0);
    }
}
