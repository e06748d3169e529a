using System.Runtime.InteropServices;

namespace Pyro.Ingester.Head;

/// <summary>Where the samples of a row lie and how wide they are.</summary>
/// <param name="Slab">Slab of the arena.</param>
/// <param name="Offset">First word in the slab.</param>
/// <param name="Count">Samples.</param>
/// <param name="Wide">Values take 64 bits instead of 32.</param>
/// <param name="Spans">Each sample has a span.</param>
public readonly record struct SamplePlace(int Slab, int Offset, int Count, bool Wide, bool Spans);

/// <summary>
/// The samples of all rows of a head, 8 bytes each when the row's values fit 32 bits, else 12, and 8 more with spans: stack ids,
/// then values, then spans. Slabs of fixed size, each row in one slab. One writer at a time.
/// </summary>
public sealed class SampleArena
{
    private const int SlabWords = 64 * 1024;
    private const int FirstSlabWords = 1024;
    private uint[][] _slabs = [];
    private int _slabCount;
    private int _used;

    /// <summary>Bytes allocated.</summary>
    public long Bytes { get; private set; }

    /// <summary>Samples written.</summary>
    public long Count { get; private set; }

    /// <summary>What is written until now.</summary>
    public SampleView View => new(_slabs);

    /// <summary>Writes the samples of a row; <paramref name="spans"/> is empty when it has none.</summary>
    public SamplePlace Add(ReadOnlySpan<int> stacks, ReadOnlySpan<long> values, ReadOnlySpan<ulong> spans)
    {
        var n = stacks.Length;
        var wide = false;
        foreach (var value in values)
        {
            wide |= (ulong)value > uint.MaxValue;
        }

        var words = n + (wide ? 2 * n : n) + (2 * spans.Length);
        Reserve(words);
        var at = _slabs[_slabCount - 1].AsSpan(_used, words);
        MemoryMarshal.Cast<int, uint>(stacks).CopyTo(at);
        if (wide)
        {
            MemoryMarshal.Cast<long, uint>(values).CopyTo(at[n..]);
        }
        else
        {
            for (var i = 0; i < n; i++)
            {
                at[n + i] = (uint)values[i];
            }
        }

        MemoryMarshal.Cast<ulong, uint>(spans).CopyTo(at[(words - (2 * spans.Length))..]);
        var place = new SamplePlace(_slabCount - 1, _used, n, wide, spans.Length > 0);
        _used += words;
        Count += n;
        return place;
    }

    private void Reserve(int words)
    {
        if (_slabCount > 0 && _used + words <= _slabs[_slabCount - 1].Length)
        {
            return;
        }

        var size = Math.Max(words, Math.Min(SlabWords, FirstSlabWords << Math.Min(_slabCount, 6)));
        if (_slabCount == _slabs.Length)
        {
            var slabs = new uint[Math.Max(8, _slabCount * 2)][];
            _slabs.CopyTo(slabs, 0);
            _slabs = slabs;
        }

        _slabs[_slabCount++] = GC.AllocateUninitializedArray<uint>(size);
        _used = 0;
        Bytes += size * 4L;
    }
}

/// <summary>The samples of a head as they stood at one moment.</summary>
public readonly struct SampleView(uint[][] slabs)
{
    /// <summary>Stack ids of a row.</summary>
    public ReadOnlySpan<uint> Stacks(in SamplePlace place) => slabs[place.Slab].AsSpan(place.Offset, place.Count);

    /// <summary>Values of a row that is not wide.</summary>
    public ReadOnlySpan<uint> NarrowValues(in SamplePlace place) => slabs[place.Slab].AsSpan(place.Offset + place.Count, place.Count);

    /// <summary>Values of a wide row.</summary>
    public ReadOnlySpan<long> WideValues(in SamplePlace place) =>
        MemoryMarshal.Cast<uint, long>(slabs[place.Slab].AsSpan(place.Offset + place.Count, 2 * place.Count));

    /// <summary>Value of sample i of a row.</summary>
    public long Value(in SamplePlace place, int i) => place.Wide ? WideValues(place)[i] : NarrowValues(place)[i];

    /// <summary>Spans of a row that has them.</summary>
    public ReadOnlySpan<ulong> Spans(in SamplePlace place) =>
        MemoryMarshal.Cast<uint, ulong>(slabs[place.Slab].AsSpan(place.Offset + (place.Count * (place.Wide ? 3 : 2)), 2 * place.Count));
}
