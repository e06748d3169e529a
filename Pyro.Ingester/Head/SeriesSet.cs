using System.Numerics;

namespace Pyro.Ingester.Head;

/// <summary>A set of series ids below a fixed bound, one bit each.</summary>
public sealed class SeriesSet(int bound)
{
    private readonly ulong[] _words = new ulong[(bound + 63) / 64];

    /// <summary>One more than the greatest possible id.</summary>
    public int Bound => bound;

    /// <summary>Whether an id is in the set.</summary>
    public bool this[int id] => (_words[id >> 6] >> id & 1) != 0;

    /// <summary>Adds an id.</summary>
    public void Add(int id) => _words[id >> 6] |= 1UL << id;

    /// <summary>Takes an id out.</summary>
    public void Remove(int id) => _words[id >> 6] &= ~(1UL << id);

    /// <summary>Adds those of a list that lie below the bound.</summary>
    public void AddAll(ReadOnlySpan<int> ascending)
    {
        foreach (var id in ascending)
        {
            if (id >= bound)
            {
                return;
            }

            Add(id);
        }
    }

    /// <summary>Keeps what is in the other set too.</summary>
    public void IntersectWith(SeriesSet other)
    {
        for (var i = 0; i < _words.Length; i++)
        {
            _words[i] &= other._words[i];
        }
    }

    /// <summary>Adds what is in the other set.</summary>
    public void UnionWith(SeriesSet other)
    {
        for (var i = 0; i < _words.Length; i++)
        {
            _words[i] |= other._words[i];
        }
    }

    /// <summary>Turns into everything below the bound that was not in it.</summary>
    public void Complement()
    {
        for (var i = 0; i < _words.Length; i++)
        {
            _words[i] = ~_words[i];
        }

        if ((bound & 63) != 0)
        {
            _words[^1] &= (1UL << bound) - 1;
        }
    }

    /// <summary>The ids, ascending.</summary>
    public int[] ToArray()
    {
        var count = 0;
        foreach (var word in _words)
        {
            count += BitOperations.PopCount(word);
        }

        var ids = new int[count];
        var n = 0;
        for (var i = 0; i < _words.Length; i++)
        {
            for (var word = _words[i]; word != 0; word &= word - 1)
            {
                ids[n++] = (i << 6) + BitOperations.TrailingZeroCount(word);
            }
        }

        return ids;
    }
}
