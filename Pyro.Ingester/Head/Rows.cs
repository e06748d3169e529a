using System.Buffers.Binary;
using System.IO.Hashing;
using Pyro.Profiles;
using Pyro.Profiles.Records;

namespace Pyro.Ingester.Head;

/// <summary>What a row keeps beside series, time and total.</summary>
public readonly record struct RowDetail(ProfileId Id, long DurationNanos, long Period, int Partition, SamplePlace Samples);

/// <summary>
/// The rows of a head as columns, in order of arrival; a row is one profile of one series. Rows are found by their identity
/// (series, TimeNanos, ID). One writer at a time (the tenant's row lock).
/// </summary>
public sealed class Rows(ulong seed)
{
    private readonly Slabs<int> _series = new();
    private readonly Slabs<long> _times = new();
    private readonly Slabs<long> _totals = new();
    private readonly Slabs<RowDetail> _details = new();
    private readonly SampleArena _samples = new();

    // Slot: row + 1, 0 is free.
    private int[] _slots = new int[64];

    /// <summary>How many rows.</summary>
    public int Count => _series.Count;

    /// <summary>Samples of all rows.</summary>
    public long SampleCount => _samples.Count;

    /// <summary>Bytes allocated.</summary>
    public long Bytes => _series.Bytes + _times.Bytes + _totals.Bytes + _details.Bytes + _samples.Bytes + (_slots.Length * 4L);

    /// <summary>The rows until now.</summary>
    public RowView View => new(_series.View, _times.View, _totals.View, _details.View, _samples.View);

    /// <summary>XXH64 (seed 0) of TimeNanos (8 bytes, little endian) and ID (16 bytes): what checksums are made of.</summary>
    public static ulong KeyHash(long timeNanos, ProfileId id)
    {
        Span<byte> key = stackalloc byte[24];
        BinaryPrimitives.WriteInt64LittleEndian(key, timeNanos);
        id.Write(key[8..]);
        return XxHash64.HashToUInt64(key);
    }

    /// <summary>The row of an identity, or -1.</summary>
    public int Find(int series, long timeNanos, ProfileId id)
    {
        var mask = _slots.Length - 1;
        for (var i = (int)Hash(series, timeNanos, id) & mask; _slots[i] != 0; i = (i + 1) & mask)
        {
            var row = _slots[i] - 1;
            if (_times[row] == timeNanos && _series[row] == series && _details[row].Id == id)
            {
                return row;
            }
        }

        return -1;
    }

    /// <summary>Adds a row whose identity is new.</summary>
    /// <param name="series">Its series.</param>
    /// <param name="timeNanos">ns since the epoch.</param>
    /// <param name="detail">The rest; the place of the samples is filled in.</param>
    /// <param name="stacks">Stack ids.</param>
    /// <param name="values">A value each.</param>
    /// <param name="spans">A span each, or none at all.</param>
    /// <returns>The row.</returns>
    public int Add(int series, long timeNanos, RowDetail detail, ReadOnlySpan<int> stacks, ReadOnlySpan<long> values, ReadOnlySpan<ulong> spans)
    {
        long total = 0;
        foreach (var value in values)
        {
            total = unchecked(total + value);
        }

        _series.Add(series);
        _times.Add(timeNanos);
        _totals.Add(total);
        _details.Add(detail with { Samples = _samples.Add(stacks, values, spans) });
        if (Count * 2 > _slots.Length)
        {
            GrowSlots();
        }
        else
        {
            Place(_slots, Count - 1);
        }

        return Count - 1;
    }

    private ulong Hash(int series, long timeNanos, ProfileId id) =>
        SeededHash.Join(SeededHash.Join(id.High ^ seed, id.Low) ^ (uint)series, (ulong)timeNanos);

    private void Place(int[] slots, int row)
    {
        var mask = slots.Length - 1;
        var i = (int)Hash(_series[row], _times[row], _details[row].Id) & mask;
        while (slots[i] != 0)
        {
            i = (i + 1) & mask;
        }

        slots[i] = row + 1;
    }

    private void GrowSlots()
    {
        var slots = new int[_slots.Length * 2];
        for (var row = 0; row < Count; row++)
        {
            Place(slots, row);
        }

        _slots = slots;
    }
}

/// <summary>The rows of a head as they stood at one moment.</summary>
public readonly record struct RowView(
    SlabView<int> Series, SlabView<long> Times, SlabView<long> Totals, SlabView<RowDetail> Details, SampleView Samples)
{
    /// <summary>How many rows.</summary>
    public int Count => Series.Count;
}
