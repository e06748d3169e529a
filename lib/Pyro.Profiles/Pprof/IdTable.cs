using System.Numerics;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace Pyro.Profiles.Pprof;

/// <summary>
/// Where the entry of an id stands in its table. Ids 1..n in order, the ordinary case, cost nothing; any others go through an open
/// addressing table whose hash is seeded per process, because ids come from outside. Of equal ids the last entry counts.
/// </summary>
internal sealed class IdTable
{
    private static readonly ulong Seed = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)) | 1;

    private ulong[] _ids = [];
    private int[] _slots = [];
    private int _count;
    private int _shift;
    private bool _dense;

    /// <summary>Takes the ids of a table's entries in order.</summary>
    public void Fill(ulong[] ids, int count)
    {
        _ids = ids;
        _count = count;
        _dense = true;
        for (int i = 0; i < count && _dense; i++)
        {
            _dense = ids[i] == (ulong)i + 1;
        }

        if (!_dense)
        {
            Index();
        }
    }

    /// <summary>Index of the entry with an id, or -1.</summary>
    public int Find(ulong id)
    {
        if (_dense)
        {
            ulong index = id - 1;
            return index < (ulong)_count ? (int)index : -1;
        }

        for (int i = Slot(id); ; i = (i + 1) & (_slots.Length - 1))
        {
            int entry = _slots[i] - 1;
            if (entry < 0 || _ids[entry] == id)
            {
                return entry;
            }
        }
    }

    /// <summary>Looks up many ids at once.</summary>
    public void Find(ReadOnlySpan<ulong> ids, Span<int> indexes)
    {
        indexes = indexes[..ids.Length];
        if (_dense)
        {
            FindDense(ids, indexes);
            return;
        }

        for (int i = 0; i < ids.Length; i++)
        {
            indexes[i] = Find(ids[i]);
        }
    }

    private void FindDense(ReadOnlySpan<ulong> ids, Span<int> indexes)
    {
        int i = 0;
        Vector256<ulong> one = Vector256<ulong>.One, count = Vector256.Create((ulong)_count);
        for (; i + 8 <= ids.Length; i += 8)
        {
            // All bits set, cut to 32, is -1.
            Vector256<ulong> low = Vector256.Create(ids.Slice(i, 4)) - one, high = Vector256.Create(ids.Slice(i + 4, 4)) - one;
            low |= ~Vector256.LessThan(low, count);
            high |= ~Vector256.LessThan(high, count);
            Vector256.Narrow(low, high).AsInt32().CopyTo(indexes[i..]);
        }

        for (; i < ids.Length; i++)
        {
            ulong index = ids[i] - 1;
            indexes[i] = index < (ulong)_count ? (int)index : -1;
        }
    }

    private void Index()
    {
        int size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, 2 * _count));
        if (_slots.Length >= size)
        {
            Array.Clear(_slots);
        }
        else
        {
            _slots = new int[size];
        }

        _shift = 64 - BitOperations.Log2((uint)_slots.Length);
        for (int entry = 0; entry < _count; entry++)
        {
            int i = Slot(_ids[entry]);
            while (_slots[i] != 0 && _ids[_slots[i] - 1] != _ids[entry])
            {
                i = (i + 1) & (_slots.Length - 1);
            }

            _slots[i] = entry + 1;
        }
    }

    private int Slot(ulong id)
    {
        ulong high = Math.BigMul(id ^ Seed, 0x9E3779B97F4A7C15, out ulong low);
        return (int)(((high ^ low) * Seed) >> _shift);
    }
}
