using System.Buffers;

namespace Pyro.Profiles.Trees;

/// <summary>Names (UTF-8) and their dense ids from 0, in the order they first came. Starts small, grows by doubling. Its arrays are
/// rented; they go back when every tree that shares the table has let go of it.</summary>
internal sealed class NameTable
{
    private const int FirstRoom = 16;
    private byte[] _bytes;
    private int[] _start;
    private uint[] _tag;

    // Open addressing; a slot holds an id and one, 0 is free. As many slots as the mask has values.
    private int[] _slot;
    private int _mask;
    private int _trees = 1;

    /// <summary>An empty table, of one tree.</summary>
    public NameTable()
        : this(0, FirstRoom, (2 * FirstRoom) - 1)
    {
        _start[0] = 0;
        _slot.AsSpan(0, _mask + 1).Clear();
    }

    private NameTable(int bytes, int names, int mask)
    {
        _bytes = ArrayPool<byte>.Shared.Rent(bytes);
        _start = ArrayPool<int>.Shared.Rent(names + 1);
        _tag = ArrayPool<uint>.Shared.Rent(names);
        _slot = ArrayPool<int>.Shared.Rent(mask + 1);
        _mask = mask;
    }

    /// <summary>How many names.</summary>
    public int Count { get; private set; }

    /// <summary>All bytes of the names, one name after another.</summary>
    public int ByteCount => _start[Count];

    /// <summary>Bytes of a name.</summary>
    public ReadOnlySpan<byte> this[int id] => _bytes.AsSpan(_start[id], _start[id + 1] - _start[id]);

    /// <summary>This table, of one tree more.</summary>
    public NameTable Share()
    {
        _trees++;
        return this;
    }

    /// <summary>One tree less has it; after the last it must not be touched.</summary>
    public void LetGo()
    {
        if (--_trees == 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
            ArrayPool<int>.Shared.Return(_start);
            ArrayPool<uint>.Shared.Return(_tag);
            ArrayPool<int>.Shared.Return(_slot);
            (_bytes, _start, _tag, _slot) = ([], [], [], []);
        }
    }

    /// <summary>A table of its own with the same names and ids, of one tree.</summary>
    public NameTable Copy()
    {
        var copy = new NameTable(ByteCount, Count + 1, _mask) { Count = Count };
        _bytes.AsSpan(0, ByteCount).CopyTo(copy._bytes);
        _start.AsSpan(0, Count + 1).CopyTo(copy._start);
        _tag.AsSpan(0, Count).CopyTo(copy._tag);
        _slot.AsSpan(0, _mask + 1).CopyTo(copy._slot);
        return copy;
    }

    /// <summary>The id of a name, made when new.</summary>
    public int Intern(ReadOnlySpan<byte> name)
    {
        var tag = Hash(name);
        for (var i = (int)tag & _mask; ; i = (i + 1) & _mask)
        {
            var id = _slot[i] - 1;
            if (id < 0)
            {
                return Add(name, tag, i);
            }

            if (_tag[id] == tag && this[id].SequenceEqual(name))
            {
                return id;
            }
        }
    }

    /// <summary>The id of a name, or -1.</summary>
    public int Find(ReadOnlySpan<byte> name)
    {
        var tag = Hash(name);
        for (var i = (int)tag & _mask; ; i = (i + 1) & _mask)
        {
            var id = _slot[i] - 1;
            if (id < 0 || (_tag[id] == tag && this[id].SequenceEqual(name)))
            {
                return id;
            }
        }
    }

    private int Add(ReadOnlySpan<byte> name, uint tag, int slot)
    {
        var id = Count;
        if (id == _tag.Length)
        {
            Grow(ref _tag, id, id * 2);
        }

        if (id + 1 == _start.Length)
        {
            Grow(ref _start, id + 1, (id + 1) * 2);
        }

        var start = _start[id];
        var end = checked(start + name.Length);
        if (end > _bytes.Length)
        {
            Grow(ref _bytes, start, (int)Math.Min(Array.MaxLength, Math.Max(256, Math.Max(end, 2L * _bytes.Length))));
        }

        name.CopyTo(_bytes.AsSpan(start));
        _start[id + 1] = end;
        _tag[id] = tag;
        Count = id + 1;
        _slot[slot] = Count;
        if (Count * 2 > _mask)
        {
            GrowSlots();
        }

        return id;
    }

    private static void Grow<T>(ref T[] column, int used, int room)
    {
        var grown = ArrayPool<T>.Shared.Rent(room);
        column.AsSpan(0, used).CopyTo(grown);
        ArrayPool<T>.Shared.Return(column);
        column = grown;
    }

    private void GrowSlots()
    {
        var mask = (_mask * 2) + 1;
        var slots = ArrayPool<int>.Shared.Rent(mask + 1);
        slots.AsSpan(0, mask + 1).Clear();
        for (var id = 0; id < Count; id++)
        {
            var i = (int)_tag[id] & mask;
            while (slots[i] != 0)
            {
                i = (i + 1) & mask;
            }

            slots[i] = id + 1;
        }

        ArrayPool<int>.Shared.Return(_slot);
        (_slot, _mask) = (slots, mask);
    }

    // Seeded, since names come from the network.
    private static uint Hash(ReadOnlySpan<byte> name) => (uint)SeededHash.Of(name);
}
