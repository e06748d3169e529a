using System.Collections.Concurrent;

namespace Pyro.Memory;

/// <summary>
/// Slabs of one size for the columns and tables of heads, counted in the ledger while they are in use. A slab comes with old content.
/// Renting never fails: whether the process may take more in is asked of the ledger before the work starts.
/// </summary>
public sealed class SlabPool
{
    /// <summary>Bytes of a slab: below the large-object heap, and small enough that a head of few series stays small.</summary>
    public const int SlabBytes = 32 << 10;

    private readonly ConcurrentBag<byte[]> _idle = [];
    private readonly MemoryLedger _ledger;
    private readonly int _idleMax;
    private int _idleCount;

    /// <summary>A pool that keeps at most so many bytes in slabs that nobody uses; those are not counted in the ledger.</summary>
    public SlabPool(MemoryLedger ledger, long idleBytesMax = 64L << 20)
    {
        _ledger = ledger;
        _idleMax = (int)Math.Min(idleBytesMax / SlabBytes, int.MaxValue);
    }

    /// <summary>A slab.</summary>
    public byte[] Rent()
    {
        _ledger.Reserve(SlabBytes, MemoryKind.Slabs);
        if (_idle.TryTake(out byte[]? slab))
        {
            Interlocked.Decrement(ref _idleCount);
            return slab;
        }

        return GC.AllocateUninitializedArray<byte>(SlabBytes);
    }

    /// <summary>Gives a slab back, once.</summary>
    public void Return(byte[] slab)
    {
        if (slab.Length != SlabBytes)
        {
            throw new ArgumentException("Not a slab of this pool.", nameof(slab));
        }

        _ledger.Release(SlabBytes, MemoryKind.Slabs);
        if (Interlocked.Increment(ref _idleCount) <= _idleMax)
        {
            _idle.Add(slab);
        }
        else
        {
            Interlocked.Decrement(ref _idleCount);
        }
    }
}
