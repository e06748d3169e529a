using Pyro.Profiles;

namespace Pyro.Ingester.Head;

/// <summary>A symbol of fixed size, equal by content.</summary>
/// <typeparam name="T">The symbol itself.</typeparam>
public interface ISymbol<T> : IEquatable<T>
{
    /// <summary>Hash of the content.</summary>
    ulong Hash(ulong seed);
}

/// <summary>A function; texts are strings of the partition.</summary>
public readonly record struct FunctionSymbol(int Name, int SystemName, int File, long StartLine) : ISymbol<FunctionSymbol>
{
    /// <inheritdoc/>
    public ulong Hash(ulong seed) =>
        SeededHash.Join(((ulong)(uint)Name << 32 | (uint)SystemName) ^ seed, (ulong)(uint)File << 32 | (uint)StartLine);
}

/// <summary>A mapping; texts are strings of the partition.</summary>
public readonly record struct MappingSymbol(ulong Start, ulong Limit, ulong Offset, int File, int BuildId, byte Flags) : ISymbol<MappingSymbol>
{
    /// <inheritdoc/>
    public ulong Hash(ulong seed) =>
        SeededHash.Join(SeededHash.Join(Start ^ seed, Limit) ^ Offset, ((ulong)(uint)File << 32 | (uint)BuildId) + Flags);
}

/// <summary>Distinct symbols of one kind with dense ids. One writer at a time (the partition's lock).</summary>
/// <typeparam name="T">The symbol.</typeparam>
public sealed class SymbolTable<T>(ulong seed)
    where T : unmanaged, ISymbol<T>
{
    private readonly Slabs<T> _symbols = new();
    private int[] _slots = new int[32];

    /// <summary>Bytes allocated.</summary>
    public long Bytes => _symbols.Bytes + (_slots.Length * 4L);

    /// <summary>How many symbols.</summary>
    public int Count => _symbols.Count;

    /// <summary>The symbols until now.</summary>
    public SlabView<T> View => _symbols.View;

    /// <summary>The id of a symbol, made when new.</summary>
    public int Intern(in T symbol)
    {
        var mask = _slots.Length - 1;
        for (var i = (int)symbol.Hash(seed) & mask; ; i = (i + 1) & mask)
        {
            var slot = _slots[i];
            if (slot == 0)
            {
                return Add(symbol, i);
            }

            if (_symbols[slot - 1].Equals(symbol))
            {
                return slot - 1;
            }
        }
    }

    private int Add(in T symbol, int slot)
    {
        _symbols.Add(symbol);
        _slots[slot] = _symbols.Count;
        if (_symbols.Count * 2 > _slots.Length)
        {
            GrowSlots();
        }

        return _symbols.Count - 1;
    }

    private void GrowSlots()
    {
        var slots = new int[_slots.Length * 2];
        var mask = slots.Length - 1;
        for (var id = 0; id < _symbols.Count; id++)
        {
            var i = (int)_symbols[id].Hash(seed) & mask;
            while (slots[i] != 0)
            {
                i = (i + 1) & mask;
            }

            slots[i] = id + 1;
        }

        _slots = slots;
    }
}
