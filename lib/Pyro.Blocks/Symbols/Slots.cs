namespace Pyro.Blocks.Symbols;

/// <summary>Finds dense ids from 0 on by a hash of what they stand for, which the caller keeps and compares. Open addressing.</summary>
internal sealed class Slots
{
    private int[] _slot = new int[32];
    private uint[] _tag = new uint[16];

    /// <summary>Ids given.</summary>
    public int Count { get; private set; }

    /// <summary>The next id with this hash; none: the caller's is new, and goes to <see cref="Add"/>.</summary>
    /// <param name="tag">The hash.</param>
    /// <param name="at">Where to go on; -1 to begin.</param>
    /// <param name="id">The id.</param>
    public bool Find(uint tag, ref int at, out int id)
    {
        var mask = _slot.Length - 1;
        for (at = (at < 0 ? (int)tag : at + 1) & mask; (id = _slot[at] - 1) >= 0; at = (at + 1) & mask)
        {
            if (_tag[id] == tag)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Gives the next id.</summary>
    /// <param name="tag">The hash.</param>
    /// <param name="at">Where the search for it ended.</param>
    public int Add(uint tag, int at)
    {
        var id = Count++;
        if (id == _tag.Length)
        {
            Array.Resize(ref _tag, id * 2);
        }

        _tag[id] = tag;
        _slot[at] = Count;
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
}
