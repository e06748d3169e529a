namespace Pyro.Memory;

/// <summary>
/// Bytes that only grow, in pooled slabs of one size: nothing is copied when more comes, and all of it can be used again by others.
/// </summary>
public sealed class ByteSlabs : IDisposable
{
    /// <summary>Bytes of a slab.</summary>
    public const int SlabSize = 128 << 10;

    private readonly List<byte[]> _slabs = [];
    // Slabs written to, and bytes of the last of them.
    private int _count, _used = SlabSize;

    /// <summary>Bytes written.</summary>
    public long Length => ((long)_count * SlabSize) - (SlabSize - _used);

    /// <summary>Appends bytes.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_used == SlabSize)
            {
                if (_count == _slabs.Count)
                {
                    _slabs.Add(ByteBuffers.Rent(SlabSize));
                }

                (_count, _used) = (_count + 1, 0);
            }

            var some = bytes[..Math.Min(bytes.Length, SlabSize - _used)];
            some.CopyTo(_slabs[_count - 1].AsSpan(_used));
            _used += some.Length;
            bytes = bytes[some.Length..];
        }
    }

    /// <summary>Adds what was written, piece by piece; valid until it is cleared.</summary>
    public void AddTo(List<ReadOnlyMemory<byte>> pieces)
    {
        for (var i = 0; i < _count; i++)
        {
            pieces.Add(_slabs[i].AsMemory(0, i < _count - 1 ? SlabSize : _used));
        }
    }

    /// <summary>Forgets all. The slabs stay for what comes next: more than a few at once are too much for the pool, which would leave them to the collector.</summary>
    public void Clear() => (_count, _used) = (0, SlabSize);

    /// <summary>Forgets all, and gives the slabs back.</summary>
    public void Dispose()
    {
        Clear();
        _slabs.ForEach(ByteBuffers.Return);
        _slabs.Clear();
    }
}
