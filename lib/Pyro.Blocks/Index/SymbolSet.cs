using System.Numerics;

namespace Pyro.Blocks.Index;

/// <summary>A set of symbols, one bit each, that tells which place each has in it.</summary>
/// <param name="count">How many symbols there are.</param>
/// <param name="file">The file's name, for errors.</param>
internal sealed class SymbolSet(int count, string file)
{
    private readonly ulong[] _words = new ulong[(count + 63) / 64];
    private int[] _before = [];

    /// <summary>Adds a symbol that an entry names.</summary>
    /// <exception cref="DamagedBlockException">There is no such symbol.</exception>
    public void Add(uint id)
    {
        if (id >= (uint)count)
        {
            throw new DamagedBlockException(file, -1, $"a series names symbol {id} of {count}");
        }

        _words[id >> 6] |= 1UL << (int)id;
    }

    /// <summary>The first symbol of the set from a number on, or -1.</summary>
    public int Next(int id)
    {
        if (id >= count)
        {
            return -1;
        }

        var i = id >> 6;
        var word = _words[i] >> id << id;
        while (word == 0)
        {
            if (++i == _words.Length)
            {
                return -1;
            }

            word = _words[i];
        }

        return (i << 6) + BitOperations.TrailingZeroCount(word);
    }

    /// <summary>Makes places known; nothing may be added any more.</summary>
    /// <returns>How many are in the set.</returns>
    public int Seal()
    {
        _before = new int[_words.Length];
        var sum = 0;
        for (var i = 0; i < _words.Length; i++)
        {
            _before[i] = sum;
            sum += BitOperations.PopCount(_words[i]);
        }

        return sum;
    }

    /// <summary>How many symbols of the set come before one of them.</summary>
    public int Place(uint id) => _before[id >> 6] + BitOperations.PopCount(_words[id >> 6] & ((1UL << (int)id) - 1));
}

/// <summary>Texts of some symbols.</summary>
internal sealed class SymbolTexts(SymbolSet symbols, string[] texts)
{
    /// <summary>All of them, in byte order.</summary>
    public string[] All => texts;

    /// <summary>The text of one of them.</summary>
    public string this[uint id] => texts[Place(id)];

    /// <summary>Where the text of one of them stands among all.</summary>
    public int Place(uint id) => symbols.Place(id);
}
