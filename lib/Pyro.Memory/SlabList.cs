using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Pyro.Memory;

/// <summary>
/// A growing column in slabs: an element never moves, so growing copies nothing, and disposing frees whole slabs. One writer at a
/// time; readers need no lock for elements below a <see cref="Count"/> they have read, as long as the list is not disposed.
/// </summary>
/// <typeparam name="T">At most a slab large, without references.</typeparam>
public sealed class SlabList<T> : IDisposable
    where T : unmanaged
{
    // A power of two, so that an index splits by shift and mask; the rest of a slab stays unused.
    private static readonly int PerSlab = (int)(BitOperations.RoundUpToPowerOf2((uint)(SlabPool.SlabBytes / Unsafe.SizeOf<T>()) + 1) >> 1);
    private static readonly int Shift = BitOperations.Log2((uint)PerSlab);
    private static readonly int Mask = PerSlab - 1;

    private readonly SlabPool _pool;
    private byte[][] _slabs = [];
    private int _slabCount;
    private int _count;

    /// <summary>An empty column.</summary>
    public SlabList(SlabPool pool) => _pool = pool;

    /// <summary>Elements.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Bytes of the slabs in use.</summary>
    public long Bytes => (long)_slabCount * SlabPool.SlabBytes;

    /// <summary>One element; a reference stays valid until the list is disposed.</summary>
    public ref T this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if ((uint)index >= (uint)_count)
            {
                ThrowIndex();
            }

            return ref At(_slabs[index >> Shift], index & Mask);
        }
    }

    /// <summary>Appends an element.</summary>
    public void Add(T value)
    {
        int count = _count;
        if (count >> Shift == _slabCount)
        {
            AddSlab();
        }

        At(_slabs[count >> Shift], count & Mask) = value;
        Volatile.Write(ref _count, count + 1);
    }

    /// <summary>Appends elements.</summary>
    public void AddRange(ReadOnlySpan<T> values)
    {
        int count = checked(_count + values.Length);
        int at = _count;
        while (!values.IsEmpty)
        {
            if (at >> Shift == _slabCount)
            {
                AddSlab();
            }

            int taken = Math.Min(values.Length, PerSlab - (at & Mask));
            values[..taken].CopyTo(MemoryMarshal.CreateSpan(ref At(_slabs[at >> Shift], at & Mask), taken));
            values = values[taken..];
            at += taken;
        }

        Volatile.Write(ref _count, count);
    }

    /// <summary>
    /// The elements from <paramref name="start"/> up to <paramref name="end"/> that lie together in memory: at least one when start is
    /// less than end. Walk a range by adding the length to start until it is end.
    /// </summary>
    public Span<T> Run(int start, int end)
    {
        if ((uint)end > (uint)_count || (uint)start > (uint)end)
        {
            ThrowIndex();
        }

        return start == end
            ? []
            : MemoryMarshal.CreateSpan(ref At(_slabs[start >> Shift], start & Mask), Math.Min(end - start, PerSlab - (start & Mask)));
    }

    /// <summary>Copies elements from <paramref name="start"/> on.</summary>
    public void CopyTo(int start, Span<T> target)
    {
        int end = checked(start + target.Length);
        while (start < end)
        {
            Span<T> run = Run(start, end);
            run.CopyTo(target);
            target = target[run.Length..];
            start += run.Length;
        }
    }

    /// <summary>Gives the slabs back; the list is empty afterwards and may be used anew. Nobody may read meanwhile.</summary>
    public void Dispose()
    {
        byte[][] slabs = _slabs;
        int count = _slabCount;
        (_slabs, _slabCount, _count) = ([], 0, 0);
        for (int i = 0; i < count; i++)
        {
            _pool.Return(slabs[i]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref T At(byte[] slab, int index) =>
        ref Unsafe.Add(ref Unsafe.As<byte, T>(ref MemoryMarshal.GetArrayDataReference(slab)), (nint)(uint)index);

    private static void ThrowIndex() => throw new ArgumentOutOfRangeException(paramName: "index");

    private void AddSlab()
    {
        if (_slabCount == _slabs.Length)
        {
            byte[][] larger = new byte[Math.Max(4, 2 * _slabs.Length)][];
            _slabs.CopyTo(larger, 0);

            // Readers see either directory; both name the slabs of every element that was counted.
            Volatile.Write(ref _slabs, larger);
        }

        _slabs[_slabCount] = _pool.Rent();
        _slabCount++;
    }
}
