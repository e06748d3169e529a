namespace Pyro.Profiles.Trees;

/// <summary>Names (UTF-8) and their dense ids from 0, in the order they first came. Starts small, grows by doubling.</summary>
internal sealed class NameTable
{
    private byte[] _bytes = [];
    private int[] _start = new int[8];
    private uint[] _tag = new uint[7];
    private int[] _slot = new int[16];

    /// <summary>How many names.</summary>
    public int Count { get; private set; }

    /// <summary>All bytes of the names, one name after another.</summary>
    public int ByteCount => _start[Count];

    /// <summary>Bytes of a name.</summary>
    public ReadOnlySpan<byte> this[int id] => _bytes.AsSpan(_start[id], _start[id + 1] - _start[id]);

    /// <summary>A table of its own with the same names and ids.</summary>
    public NameTable Copy() => new()
    {
        _bytes = _bytes.AsSpan().ToArray(),
        _start = _start.AsSpan().ToArray(),
        _tag = _tag.AsSpan().ToArray(),
        _slot = _slot.AsSpan().ToArray(),
        Count = Count,
    };

    /// <summary>The id of a name, made when new.</summary>
    public int Intern(ReadOnlySpan<byte> name)
    {
        var tag = Hash(name);
        var mask = _slot.Length - 1;
        for (var i = (int)tag & mask; ; i = (i + 1) & mask)
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
        var mask = _slot.Length - 1;
        for (var i = (int)tag & mask; ; i = (i + 1) & mask)
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
            Array.Resize(ref _tag, (id * 2) + 1);
            Array.Resize(ref _start, _tag.Length + 1);
        }

        var start = _start[id];
        var end = checked(start + name.Length);
        if (end > _bytes.Length)
        {
            Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max(256, Math.Max(end, 2L * _bytes.Length))));
        }

        name.CopyTo(_bytes.AsSpan(start));
        _start[id + 1] = end;
        _tag[id] = tag;
        Count = id + 1;
        _slot[slot] = Count;
        if (Count * 2 > _slot.Length)
        {
            Grow();
        }

        return id;
    }

    private void Grow()
    {
        var slots = new int[_slot.Length * 2];
        var mask = slots.Length - 1;
        for (var id = 0; id < Count; id++)
        {
            var i = (int)_tag[id] & mask;
            while (slots[i] != 0)
            {
                i = (i + 1) & mask;
            }

            slots[i] = id + 1;
        }

        _slot = slots;
    }

    // Seeded, since names come from the network.
    private static uint Hash(ReadOnlySpan<byte> name) => (uint)SeededHash.Of(name);
}
