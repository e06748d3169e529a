using Pyro.Memory;
using Pyro.Profiles;

namespace Pyro.Blocks.Index;

/// <summary>Texts one behind the other, as bytes. Their memory is counted before it is taken.</summary>
/// <param name="count">How many will come.</param>
/// <param name="memory">Where it is counted.</param>
internal sealed class TextColumn(int count, Reservation memory) : IDisposable
{
    private const int BytesAtFirst = 4 << 10;

    private readonly Rented<int> _ends = new(count);
    private byte[] _bytes = [];
    private int _length;
    private int _count;

    /// <summary>A text by its place.</summary>
    public ReadOnlySpan<byte> this[int place]
    {
        get
        {
            var start = place == 0 ? 0 : _ends.Span[place - 1];
            return _bytes.AsSpan(start, _ends.Span[place] - start);
        }
    }

    /// <summary>Adds a text.</summary>
    /// <exception cref="MemoryBudgetException">There is no room for it.</exception>
    public void Add(ReadOnlySpan<byte> text)
    {
        if (_length + text.Length > _bytes.Length)
        {
            Grow(Math.Max(BytesAtFirst, Math.Max(2 * _bytes.Length, _length + text.Length)));
        }

        text.CopyTo(_bytes.AsSpan(_length));
        _length += text.Length;
        _ends.Span[_count++] = _length;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ends.Dispose();
        ByteBuffers.Return(_bytes);
        _bytes = [];
    }

    private void Grow(int length)
    {
        memory.Take(length - _bytes.Length);
        var larger = ByteBuffers.Rent(length);
        _bytes.AsSpan(0, _length).CopyTo(larger);
        ByteBuffers.Return(_bytes);
        _bytes = larger;
    }
}
