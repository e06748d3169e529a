using Pyro.Profiles;

namespace Pyro.Ingester.Head;

/// <summary>A location: its lines are <see cref="LineCount"/> entries of the line column from <see cref="LineStart"/> on, innermost first.</summary>
public readonly record struct LocationSymbol(ulong Address, int Mapping, int LineStart, int LineCount, bool Folded);

/// <summary>A line of a location.</summary>
public readonly record struct LineSymbol(int Function, int Number);

/// <summary>
/// Distinct locations with dense ids, equal by address, mapping and lines (not by whether others were folded in). One writer at a
/// time (the partition's lock).
/// </summary>
public sealed class LocationTable(ulong seed)
{
    private readonly Slabs<LocationSymbol> _locations = new();
    private readonly Slabs<LineSymbol> _lines = new();
    private int[] _slots = new int[32];

    /// <summary>Bytes allocated.</summary>
    public long Bytes => _locations.Bytes + _lines.Bytes + (_slots.Length * 4L);

    /// <summary>The locations until now.</summary>
    public SlabView<LocationSymbol> Locations => _locations.View;

    /// <summary>The lines until now.</summary>
    public SlabView<LineSymbol> Lines => _lines.View;

    /// <summary>The id of a location, made when new.</summary>
    public int Intern(ulong address, int mapping, ReadOnlySpan<LineSymbol> lines, bool folded)
    {
        var mask = _slots.Length - 1;
        for (var i = (int)Hash(address, mapping, lines) & mask; ; i = (i + 1) & mask)
        {
            var slot = _slots[i];
            if (slot == 0)
            {
                return Add(address, mapping, lines, folded, i);
            }

            if (Same(_locations[slot - 1], address, mapping, lines))
            {
                return slot - 1;
            }
        }
    }

    private ulong Hash(ulong address, int mapping, ReadOnlySpan<LineSymbol> lines)
    {
        var h = SeededHash.Join(address ^ seed, (uint)mapping);
        foreach (var line in lines)
        {
            h = SeededHash.Join(h, (ulong)(uint)line.Function << 32 | (uint)line.Number);
        }

        return h;
    }

    private bool Same(in LocationSymbol known, ulong address, int mapping, ReadOnlySpan<LineSymbol> lines)
    {
        if (known.Address != address || known.Mapping != mapping || known.LineCount != lines.Length)
        {
            return false;
        }

        for (var i = 0; i < lines.Length; i++)
        {
            if (_lines[known.LineStart + i] != lines[i])
            {
                return false;
            }
        }

        return true;
    }

    private int Add(ulong address, int mapping, ReadOnlySpan<LineSymbol> lines, bool folded, int slot)
    {
        _locations.Add(new LocationSymbol(address, mapping, _lines.Count, lines.Length, folded));
        foreach (var line in lines)
        {
            _lines.Add(line);
        }

        _slots[slot] = _locations.Count;
        if (_locations.Count * 2 > _slots.Length)
        {
            GrowSlots();
        }

        return _locations.Count - 1;
    }

    private void GrowSlots()
    {
        var slots = new int[_slots.Length * 2];
        var mask = slots.Length - 1;
        for (var slot = 0; slot < _slots.Length; slot++)
        {
            var id = _slots[slot] - 1;
            if (id >= 0)
            {
                var i = (int)HashOf(id) & mask;
                while (slots[i] != 0)
                {
                    i = (i + 1) & mask;
                }

                slots[i] = id + 1;
            }
        }

        _slots = slots;
    }

    private ulong HashOf(int id)
    {
        var location = _locations[id];
        var h = SeededHash.Join(location.Address ^ seed, (uint)location.Mapping);
        for (var i = 0; i < location.LineCount; i++)
        {
            var line = _lines[location.LineStart + i];
            h = SeededHash.Join(h, (ulong)(uint)line.Function << 32 | (uint)line.Number);
        }

        return h;
    }
}
