using System.Buffers;

namespace Pyro.Memory;

/// <summary>
/// Pooled bytes shared by several calls: each retains before it starts and releases at its own end; the buffer returns to the pool
/// when the last one is done, not when a quorum has answered. A share too many given back throws, since the buffer would otherwise
/// be handed out twice.
/// </summary>
public sealed class Lease
{
    private readonly int _length;
    private byte[]? _buffer;
    private int _shares = 1;

    /// <summary>Owns <paramref name="buffer"/>, which was rented from <see cref="ByteBuffers"/>; the maker has the first share.</summary>
    internal Lease(byte[] buffer, int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)buffer.Length, nameof(length));
        _buffer = buffer;
        _length = length;
    }

    /// <summary>The bytes; not to be touched after the own release.</summary>
    /// <exception cref="ObjectDisposedException">Every share was given back.</exception>
    public ReadOnlyMemory<byte> Memory
    {
        get
        {
            byte[]? buffer = _buffer;
            ObjectDisposedException.ThrowIf(buffer is null, this);
            return buffer.AsMemory(0, _length);
        }
    }

    /// <summary>Copies bytes into a leased buffer; the caller has the one share.</summary>
    /// <exception cref="ArgumentOutOfRangeException">More than an array holds; check the length against a limit first.</exception>
    public static Lease Copy(in ReadOnlySequence<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes.Length, Array.MaxLength, nameof(bytes));
        int length = (int)bytes.Length;
        byte[] buffer = ByteBuffers.Rent(length);
        bytes.CopyTo(buffer);
        return new Lease(buffer, length);
    }

    /// <summary>Takes a share.</summary>
    /// <exception cref="ObjectDisposedException">Every share was given back.</exception>
    public void Retain()
    {
        int shares = Volatile.Read(ref _shares);
        while (true)
        {
            ObjectDisposedException.ThrowIf(shares <= 0, this);
            int seen = Interlocked.CompareExchange(ref _shares, shares + 1, shares);
            if (seen == shares)
            {
                return;
            }

            shares = seen;
        }
    }

    /// <summary>Gives a share back.</summary>
    /// <exception cref="InvalidOperationException">More shares were given back than taken.</exception>
    public void Release()
    {
        int left = Interlocked.Decrement(ref _shares);
        if (left == 0)
        {
            byte[] buffer = Interlocked.Exchange(ref _buffer, null)!;
            ByteBuffers.Return(buffer);
        }
        else if (left < 0)
        {
            throw new InvalidOperationException("A lease was released more often than it was retained.");
        }
    }
}
