using Pyro.Profiles;

namespace Pyro.Ingester.Head;

/// <summary>Where a string's bytes lie.</summary>
public readonly record struct StringPlace(int Slab, int Offset, int Length);

/// <summary>Distinct strings as UTF-8 bytes with dense ids; string 0 is empty. One writer at a time (the partition's lock).</summary>
public sealed class StringTable
{
    private const int SlabSize = 64 * 1024;
    private const int FirstSlabSize = 1024;
    private readonly ulong _seed;
    private readonly Slabs<StringPlace> _places = new();
    private byte[][] _slabs = [];
    private int _slabCount;
    private int _used;

    // Upper half: hash (its low bits give the slot), lower half: id + 1; 0 is free.
    private ulong[] _slots = new ulong[64];

    /// <summary>A table that holds only the empty string.</summary>
    public StringTable(ulong seed)
    {
        _seed = seed;
        Intern([]);
    }

    /// <summary>Bytes allocated.</summary>
    public long Bytes { get; private set; }

    /// <summary>How many strings.</summary>
    public int Count => _places.Count;

    /// <summary>The strings until now.</summary>
    public StringView View => new(_slabs, _places.View);

    /// <summary>The id of a string, made when new.</summary>
    public int Intern(ReadOnlySpan<byte> text)
    {
        var tag = SeededHash.Of(text, _seed) >> 32;
        var mask = _slots.Length - 1;
        for (var i = (int)tag & mask; ; i = (i + 1) & mask)
        {
            var slot = _slots[i];
            if (slot == 0)
            {
                return Add(text, tag, i);
            }

            if (slot >> 32 == tag && At((int)(uint)slot - 1).SequenceEqual(text))
            {
                return (int)(uint)slot - 1;
            }
        }
    }

    /// <summary>Bytes of a string.</summary>
    public ReadOnlySpan<byte> At(int id)
    {
        var place = _places[id];
        return _slabs[place.Slab].AsSpan(place.Offset, place.Length);
    }

    private int Add(ReadOnlySpan<byte> text, ulong tag, int slot)
    {
        var id = _places.Count;
        _places.Add(Store(text));
        _slots[slot] = tag << 32 | (uint)(id + 1);
        if (_places.Count * 2 > _slots.Length)
        {
            GrowSlots();
        }

        Bytes = _places.Bytes + (_slots.Length * 8L) + _stored;
        return id;
    }

    private long _stored;

    private StringPlace Store(ReadOnlySpan<byte> text)
    {
        if (_slabCount == 0 || _used + text.Length > _slabs[_slabCount - 1].Length)
        {
            var size = Math.Max(text.Length, Math.Min(SlabSize, FirstSlabSize << Math.Min(_slabCount, 6)));
            var slabs = new byte[_slabCount + 1][];
            _slabs.CopyTo(slabs, 0);
            slabs[_slabCount++] = GC.AllocateUninitializedArray<byte>(size);
            _slabs = slabs;
            _used = 0;
            _stored += size;
        }

        var place = new StringPlace(_slabCount - 1, _used, text.Length);
        text.CopyTo(_slabs[place.Slab].AsSpan(_used));
        _used += text.Length;
        return place;
    }

    private void GrowSlots()
    {
        var slots = new ulong[_slots.Length * 2];
        var mask = slots.Length - 1;
        foreach (var slot in _slots)
        {
            if (slot != 0)
            {
                var i = (int)(slot >> 32) & mask;
                while (slots[i] != 0)
                {
                    i = (i + 1) & mask;
                }

                slots[i] = slot;
            }
        }

        _slots = slots;
    }
}

/// <summary>The strings of a table as they stood at one moment.</summary>
public readonly struct StringView(byte[][] slabs, SlabView<StringPlace> places)
{
    /// <summary>How many strings.</summary>
    public int Count => places.Count;

    /// <summary>Bytes of a string.</summary>
    public ReadOnlySpan<byte> this[int id]
    {
        get
        {
            var place = places[id];
            return slabs[place.Slab].AsSpan(place.Offset, place.Length);
        }
    }
}
