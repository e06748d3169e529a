using System.Runtime.InteropServices;
using Pyro.Profiles;

namespace Pyro.Blocks.Symbols;

/// <summary>
/// Makes the symbols of a partition from those of others (heads, blocks), equal ones once, numbered in the order of their first use: the
/// tables depend on the stacks that were asked for and nothing else. Sets what the format demands: string 0 is empty, there is a mapping,
/// strings end at 65,535 bytes, a location with more than 255 lines becomes several nodes.
/// </summary>
public sealed class PartitionBuilder
{
    // Not used for anything but tables inside; numbers do not depend on it.
    private const ulong Seed = 0x9E3779B97F4A7C15;

    private readonly Slots _strings = new(), _functions = new(), _mappings = new(), _locations = new(), _nodes = new();
    private readonly List<byte> _text = [];
    private readonly List<int> _textStart = [0];
    private readonly List<Function> _function = [];
    private readonly List<Mapping> _mapping = [];
    private readonly List<Location> _location = [];
    private readonly List<int> _lineStart = [0];
    private readonly List<Line> _line = [];
    private readonly List<int> _parent = [-1];
    private readonly List<int> _nodeLocation = [0];

    /// <summary>Starts with the empty string and the empty stack.</summary>
    public PartitionBuilder()
    {
        String([]);
        var at = -1;
        _nodes.Find(NodeTag(-1, 0), ref at, out _);
        _nodes.Add(NodeTag(-1, 0), at);
    }

    /// <summary>Nodes of the stack tree, the root included.</summary>
    public int StackCount => _parent.Count;

    /// <summary>Takes stacks from other tables, which must not change.</summary>
    public PartitionSource From(SymbolTables tables) => new(this, tables);

    /// <summary>The tables; stacks asked for later are not in them.</summary>
    public SymbolTables Build()
    {
        if (_mapping.Count == 0)
        {
            Add(default(Mapping));
        }

        return new SymbolTables(
            new StringColumn([.. _text], [.. _textStart]),
            new FunctionColumns(
                Column(_function, static f => f.Name),
                Column(_function, static f => f.SystemName),
                Column(_function, static f => f.File),
                Column(_function, static f => f.StartLine)),
            new MappingColumns(
                Column(_mapping, static m => m.Start),
                Column(_mapping, static m => m.Limit),
                Column(_mapping, static m => m.Offset),
                Column(_mapping, static m => m.File),
                Column(_mapping, static m => m.BuildId),
                Column(_mapping, static m => m.Flags)),
            new LocationColumns(
                Column(_location, static l => l.Address),
                Column(_location, static l => l.Mapping),
                Column(_location, static l => l.Folded),
                [.. _lineStart],
                Column(_line, static l => l.Function),
                Column(_line, static l => l.Number)),
            new StackColumns([.. _parent], [.. _nodeLocation]));
    }

    /// <summary>A string, cut at the last whole character that fits.</summary>
    internal int String(ReadOnlySpan<byte> text)
    {
        if (text.Length > SymdbLayout.MaxStringBytes)
        {
            var end = SymdbLayout.MaxStringBytes;
            while (end > SymdbLayout.MaxStringBytes - 3 && (text[end] & 0xC0) == 0x80)
            {
                end--;
            }

            text = text[..end];
        }

        var tag = (uint)SeededHash.Of(text, Seed);
        var at = -1;
        while (_strings.Find(tag, ref at, out var id))
        {
            if (CollectionsMarshal.AsSpan(_text)[_textStart[id].._textStart[id + 1]].SequenceEqual(text))
            {
                return id;
            }
        }

        _text.AddRange(text);
        _textStart.Add(_text.Count);
        return _strings.Add(tag, at);
    }

    internal int Add(in Function function)
    {
        var tag = Tag((uint)function.Name, (uint)function.SystemName, (uint)function.File, (uint)function.StartLine);
        return Add(function, tag, _function, _functions);
    }

    internal int Add(in Mapping mapping)
    {
        var tag = Tag(mapping.Start, mapping.Limit, mapping.Offset, (ulong)(uint)mapping.File << 32 | (uint)mapping.BuildId);
        return Add(mapping, tag, _mapping, _mappings);
    }

    internal int Add(in Location location, ReadOnlySpan<Line> lines)
    {
        var hash = SeededHash.Join(location.Address ^ Seed, (uint)location.Mapping);
        foreach (var line in lines)
        {
            hash = SeededHash.Join(hash, (ulong)(uint)line.Function << 32 | (uint)line.Number);
        }

        var at = -1;
        while (_locations.Find((uint)hash, ref at, out var id))
        {
            var known = _location[id];
            if (known.Address == location.Address && known.Mapping == location.Mapping
                && CollectionsMarshal.AsSpan(_line)[_lineStart[id].._lineStart[id + 1]].SequenceEqual(lines))
            {
                return id;
            }
        }

        _location.Add(location);
        _line.AddRange(lines);
        _lineStart.Add(_line.Count);
        return _locations.Add((uint)hash, at);
    }

    internal int Child(int parent, int location)
    {
        var tag = NodeTag(parent, location);
        var at = -1;
        while (_nodes.Find(tag, ref at, out var id))
        {
            if (_parent[id] == parent && _nodeLocation[id] == location)
            {
                return id;
            }
        }

        _parent.Add(parent);
        _nodeLocation.Add(location);
        return _nodes.Add(tag, at);
    }

    private static int Add<T>(in T symbol, uint tag, List<T> symbols, Slots slots)
        where T : struct, IEquatable<T>
    {
        var at = -1;
        while (slots.Find(tag, ref at, out var id))
        {
            if (symbols[id].Equals(symbol))
            {
                return id;
            }
        }

        symbols.Add(symbol);
        return slots.Add(tag, at);
    }

    private static uint NodeTag(int parent, int location) => (uint)SeededHash.Join(Seed, (ulong)(uint)parent << 32 | (uint)location);

    private static uint Tag(ulong a, ulong b, ulong c, ulong d) =>
        (uint)SeededHash.Join(SeededHash.Join(SeededHash.Join(SeededHash.Join(Seed, a), b), c), d);

    private static TColumn[] Column<T, TColumn>(List<T> symbols, Func<T, TColumn> column)
    {
        var values = new TColumn[symbols.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = column(symbols[i]);
        }

        return values;
    }

    internal readonly record struct Function(int Name, int SystemName, int File, int StartLine);

    internal readonly record struct Mapping(ulong Start, ulong Limit, ulong Offset, int File, int BuildId, byte Flags);

    internal readonly record struct Location(ulong Address, int Mapping, bool Folded);

    internal readonly record struct Line(int Function, int Number);
}

/// <summary>The tables that a partition takes stacks from, and what has become of their symbols in it.</summary>
public sealed class PartitionSource
{
    private readonly PartitionBuilder _into;
    private readonly SymbolTables _from;

    // One more than the number in the partition; 0: not taken yet. Nodes as they are, since none but the root becomes 0.
    private readonly int[] _string, _function, _mapping, _location, _node;
    private readonly List<int> _path = [];
    private readonly List<PartitionBuilder.Line> _lines = [];

    internal PartitionSource(PartitionBuilder into, SymbolTables from)
    {
        _into = into;
        _from = from;
        _string = new int[from.Strings.Count];
        _function = new int[from.Functions.Count];
        _mapping = new int[Math.Max(1, from.Mappings.Count)];
        _location = new int[from.Locations.Count];
        _node = new int[from.Stacks.Count];
    }

    /// <summary>The id in the partition of a stack, taken over when it is new there.</summary>
    /// <param name="node">The stack's node in the tables that it comes from; 0: the empty stack.</param>
    public int Stack(int node)
    {
        _path.Clear();
        for (; node > 0 && _node[node] == 0; node = _from.Stacks.Parent[node])
        {
            _path.Add(node);
        }

        var id = _node[node];
        for (var i = _path.Count - 1; i >= 0; i--)
        {
            id = _node[_path[i]] = Under(id, _from.Stacks.Location[_path[i]]);
        }

        return id;
    }

    // Lines run from the innermost out, nodes from the outermost in.
    private int Under(int node, int location)
    {
        var (first, end) = (_from.Locations.LineStart[location], _from.Locations.LineStart[location + 1]);
        if (end - first <= SymdbLayout.MaxLines)
        {
            if (_location[location] == 0)
            {
                _location[location] = Location(location, first, end) + 1;
            }

            return _into.Child(node, _location[location] - 1);
        }

        for (var part = (end - first - 1) / SymdbLayout.MaxLines; part >= 0; part--)
        {
            var start = first + part * SymdbLayout.MaxLines;
            node = _into.Child(node, Location(location, start, Math.Min(end, start + SymdbLayout.MaxLines)));
        }

        return node;
    }

    private int Location(int location, int firstLine, int endLine)
    {
        var from = _from.Locations;
        var mapping = Mapping(from.Mapping[location]);
        _lines.Clear();
        for (var line = firstLine; line < endLine; line++)
        {
            _lines.Add(new PartitionBuilder.Line(Function(from.LineFunction[line]), from.LineNumber[line]));
        }

        return _into.Add(
            new PartitionBuilder.Location(from.Address[location], mapping, from.Folded[location]), CollectionsMarshal.AsSpan(_lines));
    }

    private int Mapping(int mapping)
    {
        if (_mapping[mapping] == 0)
        {
            var from = _from.Mappings;
            _mapping[mapping] = 1 + _into.Add(from.Count == 0 ? default : new PartitionBuilder.Mapping(
                from.Start[mapping],
                from.Limit[mapping],
                from.Offset[mapping],
                String(from.File[mapping]),
                String(from.BuildId[mapping]),
                from.Flags[mapping]));
        }

        return _mapping[mapping] - 1;
    }

    private int Function(int function)
    {
        if (_function[function] == 0)
        {
            var from = _from.Functions;
            _function[function] = 1 + _into.Add(new PartitionBuilder.Function(
                String(from.Name[function]), String(from.SystemName[function]), String(from.File[function]), from.StartLine[function]));
        }

        return _function[function] - 1;
    }

    private int String(int text)
    {
        if (_string[text] == 0)
        {
            _string[text] = 1 + _into.String(_from.Strings[text]);
        }

        return _string[text] - 1;
    }
}
