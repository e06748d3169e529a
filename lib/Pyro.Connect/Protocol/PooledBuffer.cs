using System.Buffers;

namespace Pyro.Connect.Protocol;

/// <summary>Bytes written one after the other into an array that grows by doubling: rented while small, dropped when large, since the pool would keep it for good.</summary>
internal sealed class PooledBuffer : IBufferWriter<byte>, IDisposable
{
    private const int RentedMax = 1 << 20;

    private readonly BodyBudget? _budget;
    private byte[] _bytes;

    /// <summary>Starts with room for so many bytes, which the caller has counted; what it grows by is taken from the budget.</summary>
    public PooledBuffer(int capacity = 1024, BodyBudget? budget = null)
    {
        _budget = budget;
        _bytes = Take(capacity);
    }

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Memory => _bytes.AsMemory(0, Length);

    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, Length);

    /// <summary>What was written, to be changed in place.</summary>
    public Span<byte> Written => _bytes.AsSpan(0, Length);

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(_bytes.Length - Length), nameof(count));
        Length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsSpan(Length);
    }

    public void WriteByte(byte value)
    {
        Reserve(1);
        _bytes[Length++] = value;
    }

    /// <summary>Takes back what was written after a length.</summary>
    public void Truncate(int length) => Length = Math.Min(Length, length);

    public void Dispose()
    {
        Give(_bytes);
        _bytes = [];
        Length = 0;
    }

    private void Reserve(int wanted)
    {
        wanted = Math.Max(wanted, 1);
        if (_bytes.Length - Length >= wanted)
            return;
        var size = (int)Math.Min(Array.MaxLength, Math.Max(2L * _bytes.Length, (long)Length + wanted));
        if (size - Length < wanted)
            throw new InvalidOperationException("A message does not fit into an array.");
        _budget?.Take(size);
        var larger = Take(size);
        _bytes.AsSpan(0, Length).CopyTo(larger);
        Give(_bytes);
        _bytes = larger;
    }

    private static byte[] Take(int size) => size <= RentedMax ? ArrayPool<byte>.Shared.Rent(size) : GC.AllocateUninitializedArray<byte>(size);

    private static void Give(byte[] bytes)
    {
        if (bytes.Length is > 0 and <= RentedMax)
            ArrayPool<byte>.Shared.Return(bytes);
    }
}
