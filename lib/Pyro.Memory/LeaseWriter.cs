using System.Buffers;
using System.Runtime.CompilerServices;

namespace Pyro.Memory;

/// <summary>A growing pooled buffer that ends as a <see cref="Lease"/>; disposing gives back what was not detached.</summary>
public sealed class LeaseWriter : IBufferWriter<byte>, IDisposable
{
    private byte[] _buffer;
    private int _length;

    /// <summary>Starts with room for so many bytes.</summary>
    public LeaseWriter(int capacity = 4096) => _buffer = ByteBuffers.Rent(Math.Max(capacity, 16));

    /// <summary>Bytes written.</summary>
    public int Length => _length;

    /// <summary>The bytes written so far, which may be changed in place; valid until the next write.</summary>
    public Span<byte> Written => _buffer.AsSpan(0, _length);

    /// <summary>The bytes written so far; valid until the next write.</summary>
    public ReadOnlyMemory<byte> WrittenMemory => _buffer.AsMemory(0, _length);

    /// <inheritdoc/>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(_buffer.Length - _length), nameof(count));
        _length += count;
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Ensure(sizeHint);
        return _buffer.AsMemory(_length);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Ensure(sizeHint);
        return _buffer.AsSpan(_length);
    }

    /// <summary>Appends bytes.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        Ensure(bytes.Length);
        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;
    }

    /// <summary>Forgets what was written after the first <paramref name="length"/> bytes.</summary>
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)_length, nameof(length));
        _length = length;
    }

    /// <summary>Hands the bytes over as a lease with one share; the writer starts anew, empty.</summary>
    public Lease Detach()
    {
        var lease = new Lease(_buffer, _length);
        _buffer = [];
        _length = 0;
        return lease;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        byte[] buffer = _buffer;
        _buffer = [];
        _length = 0;
        if (buffer.Length > 0)
        {
            ByteBuffers.Return(buffer);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Ensure(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        if (_buffer.Length - _length < Math.Max(bytes, 1))
        {
            Grow(bytes);
        }
    }

    private void Grow(int bytes)
    {
        long wanted = Math.Max((long)_length + Math.Max(bytes, 1), Math.Min(2L * _buffer.Length, Array.MaxLength));
        if (wanted > Array.MaxLength)
        {
            throw new InvalidOperationException("A buffer cannot grow past the longest array.");
        }

        byte[] larger = ByteBuffers.Rent((int)Math.Max(wanted, 256));
        _buffer.AsSpan(0, _length).CopyTo(larger);
        if (_buffer.Length > 0)
        {
            ByteBuffers.Return(_buffer);
        }

        _buffer = larger;
    }
}
