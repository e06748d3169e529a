using System.Buffers;

namespace Pyro.Connect.Protocol;

/// <summary>
/// Bytes of a length nobody knows beforehand, in chunks: nothing is copied as they grow, and no array is so large that the pool
/// should not keep it. Every chunk is taken from the budget before it is rented.
/// </summary>
internal sealed class UnpackedBody(BodyBudget? budget) : IDisposable
{
    private const int ChunkMin = 4 << 10;
    private const int ChunkMax = 1 << 20;

    private readonly List<byte[]> _chunks = [];
    private int _used;

    /// <summary>Bytes written.</summary>
    public long Length { get; private set; }

    /// <summary>Room for more, never empty.</summary>
    /// <param name="expected">How many more are likely, in bytes.</param>
    /// <exception cref="Grpc.Core.RpcException">The budget is used up.</exception>
    public Span<byte> Room(long expected)
    {
        if (_chunks.Count > 0 && _used < _chunks[^1].Length)
            return _chunks[^1].AsSpan(_used);
        var size = (int)Math.Clamp(expected, ChunkMin, ChunkMax);
        budget?.Take(size);
        _chunks.Add(ArrayPool<byte>.Shared.Rent(size));
        _used = 0;
        return _chunks[^1];
    }

    /// <summary>So many bytes of the room were written.</summary>
    public void Advance(int count)
    {
        _used += count;
        Length += count;
    }

    /// <summary>Appends bytes.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var room = Room(ChunkMax);
            var count = Math.Min(room.Length, bytes.Length);
            bytes[..count].CopyTo(room);
            Advance(count);
            bytes = bytes[count..];
        }
    }

    /// <summary>What was written; valid until <see cref="Dispose"/>.</summary>
    public ReadOnlySequence<byte> Written()
    {
        if (Length == 0)
            return ReadOnlySequence<byte>.Empty;
        if (_chunks.Count == 1)
            return new(_chunks[0].AsMemory(0, _used));
        Segment? first = null, last = null;
        for (var i = 0; i < _chunks.Count; i++)
        {
            var memory = i < _chunks.Count - 1 ? _chunks[i] : _chunks[i].AsMemory(0, _used);
            last = new Segment(memory, last);
            first ??= last;
        }
        return new(first!, 0, last!, last!.Memory.Length);
    }

    public void Dispose()
    {
        foreach (var chunk in _chunks)
            ArrayPool<byte>.Shared.Return(chunk);
        _chunks.Clear();
        Length = 0;
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, Segment? before)
        {
            Memory = memory;
            if (before is null)
                return;
            RunningIndex = before.RunningIndex + before.Memory.Length;
            before.Next = this;
        }
    }
}
