namespace Pyro.Memory;

/// <summary>
/// Bytes that only grow, in pooled slabs of one size: nothing is copied when more comes, and all of it can be used again by others.
/// </summary>
public sealed class ByteSlabs : IDisposable
{
    /// <summary>Bytes of a slab.</summary>
    public const int SlabSize = 128 << 10;

    private readonly List<byte[]> _slabs = [];
    private int _used = SlabSize;

    /// <summary>Bytes written.</summary>
    public long Length => ((long)_slabs.Count * SlabSize) - (SlabSize - _used);

    /// <summary>Appends bytes.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_used == SlabSize)
            {
                _slabs.Add(ByteBuffers.Rent(SlabSize));
                _used = 0;
            }

            var some = bytes[..Math.Min(bytes.Length, SlabSize - _used)];
            some.CopyTo(_slabs[^1].AsSpan(_used));
            _used += some.Length;
            bytes = bytes[some.Length..];
        }
    }

    /// <summary>Adds what was written, piece by piece; valid until <see cref="Clear"/>.</summary>
    public void AddTo(List<ReadOnlyMemory<byte>> pieces)
    {
        for (var i = 0; i < _slabs.Count; i++)
        {
            pieces.Add(_slabs[i].AsMemory(0, i < _slabs.Count - 1 ? SlabSize : _used));
        }
    }

    /// <summary>Forgets all, and gives the slabs back.</summary>
    public void Clear()
    {
        _slabs.ForEach(ByteBuffers.Return);
        _slabs.Clear();
        _used = SlabSize;
    }

    /// <inheritdoc/>
    public void Dispose() => Clear();
}
