using Pyro.Api.Pprof;

namespace Pyro.Query.Querier;

/// <summary>
/// Stacks with their symbols, each once, and a value for each: what pprof answers are merged in. Symbols are equal when their content
/// is, whatever their ids were. Stacks form a tree from the root, so that equal stacks meet in one node.
/// </summary>
public sealed class StackTable
{
    private readonly Interned<string> _strings = new([""]);
    private readonly Interned<MappingKey> _mappings = new([MappingKey.None]);
    private readonly Interned<FunctionKey> _functions = new([]);
    private readonly Interned<LocationKey> _locations = new([LocationKey.None]);
    private readonly Interned<(int Parent, int Location)> _stacks = new([default]);
    private readonly List<long> _values = [0];

    /// <summary>Whether no stack has a value.</summary>
    public bool IsEmpty => _values.TrueForAll(static v => v == 0);

    /// <summary>Stacks and parts of stacks, from the root; 0 is none.</summary>
    public int StackCount => _stacks.Count;

    /// <summary>The stack below the last frame of a stack, nearer the root; 0: none.</summary>
    public int Parent(int stack) => _stacks[stack].Parent;

    /// <summary>The location of the last frame of a stack.</summary>
    public int Location(int stack) => _stacks[stack].Location;

    /// <summary>Lines of a location, the innermost call first.</summary>
    public ReadOnlySpan<(int Function, long Line)> Lines(int location) => _locations[location].Lines;

    /// <summary>The value of a stack.</summary>
    public long Value(int stack) => _values[stack];

    /// <summary>The stack that a location makes on top of another.</summary>
    public int Push(int stack, int location)
    {
        var pushed = _stacks.Add((stack, location));
        if (pushed == _values.Count) _values.Add(0);
        return pushed;
    }

    /// <summary>Adds to the value of a stack.</summary>
    public void Add(int stack, long value) => _values[stack] += value;

    /// <summary>Takes the value of a stack away.</summary>
    public long Take(int stack)
    {
        var value = _values[stack];
        _values[stack] = 0;
        return value;
    }

    /// <summary>A location that has a name and nothing else; it counts to the first mapping, as a profile without any other says.</summary>
    public int Named(string name)
    {
        var text = _strings.Add(name);
        return _locations.Add(new LocationKey(Math.Min(1, _mappings.Count - 1), 0, false, [(_functions.Add(new FunctionKey(text, text, 0, 0)), 0)]));
    }

    /// <summary>The same location without the number of its innermost line.</summary>
    public int WithoutLine(int location)
    {
        var known = _locations[location];
        if (known.Lines.Length == 0 || known.Lines[0].Line == 0) return location;
        (int, long)[] lines = [.. known.Lines];
        lines[0] = (lines[0].Item1, 0);
        return _locations.Add(known with { Lines = lines });
    }

    /// <summary>Adds all samples of a profile; of several values the first counts.</summary>
    /// <exception cref="InvalidDataException">A reference leads nowhere.</exception>
    public void Add(Profile profile)
    {
        var strings = new int[profile.StringTable.Count];
        for (var i = 0; i < strings.Length; i++) strings[i] = _strings.Add(profile.StringTable[i]);
        var mappings = AddMappings(profile, strings);
        var functions = AddFunctions(profile, strings);
        var locations = AddLocations(profile, mappings, functions);
        foreach (var sample in profile.Sample)
        {
            var stack = 0;
            for (var i = sample.LocationId.Count - 1; i >= 0; i--) stack = Push(stack, Find(locations, sample.LocationId[i], "location"));
            if (sample.Value.Count > 0) Add(stack, sample.Value[0]);
        }
    }

    /// <summary>All that has a value, as pprof tables. The header is the caller's.</summary>
    public Profile ToProfile() => new PprofFromStacks(this).Write(_strings, _mappings, _functions, _locations);

    private Dictionary<ulong, int> AddMappings(Profile profile, int[] strings)
    {
        var ids = new Dictionary<ulong, int> { [0] = 0 };
        foreach (var mapping in profile.Mapping)
        {
            ids[mapping.Id] = _mappings.Add(new MappingKey(
                mapping.MemoryStart,
                mapping.MemoryLimit,
                mapping.FileOffset,
                Find(strings, mapping.Filename),
                Find(strings, mapping.BuildId),
                (mapping.HasFunctions, mapping.HasFilenames, mapping.HasLineNumbers, mapping.HasInlineFrames)));
        }

        return ids;
    }

    private Dictionary<ulong, int> AddFunctions(Profile profile, int[] strings)
    {
        var ids = new Dictionary<ulong, int>();
        foreach (var function in profile.Function)
        {
            ids[function.Id] = _functions.Add(new FunctionKey(
                Find(strings, function.Name), Find(strings, function.SystemName), Find(strings, function.Filename), function.StartLine));
        }

        return ids;
    }

    private Dictionary<ulong, int> AddLocations(Profile profile, Dictionary<ulong, int> mappings, Dictionary<ulong, int> functions)
    {
        var ids = new Dictionary<ulong, int>();
        foreach (var location in profile.Location)
        {
            var lines = new (int, long)[location.Line.Count];
            for (var i = 0; i < lines.Length; i++) lines[i] = (Find(functions, location.Line[i].FunctionId, "function"), location.Line[i].Line_);
            ids[location.Id] = _locations.Add(new LocationKey(
                Find(mappings, location.MappingId, "mapping"), location.Address, location.IsFolded, lines));
        }

        return ids;
    }

    private static int Find(Dictionary<ulong, int> ids, ulong id, string what) =>
        ids.TryGetValue(id, out var known) ? known : throw new InvalidDataException($"{what} {id} is not in the profile");

    private static int Find(int[] strings, long index) => index == 0 && strings.Length == 0 ? 0
        : index >= 0 && index < strings.Length ? strings[index]
        : throw new InvalidDataException($"string {index} is not in the profile");
}

/// <summary>Distinct values, numbered as they come.</summary>
public sealed class Interned<T>
    where T : notnull
{
    private readonly Dictionary<T, int> _numbers = [];
    private readonly List<T> _values = [];

    /// <summary>Starts with some values.</summary>
    public Interned(ReadOnlySpan<T> first)
    {
        foreach (var value in first) Add(value);
    }

    /// <summary>How many.</summary>
    public int Count => _values.Count;

    /// <summary>The value of a number.</summary>
    public T this[int number] => _values[number];

    /// <summary>The number of a value, a new one when it is new.</summary>
    public int Add(T value)
    {
        if (_numbers.TryGetValue(value, out var number)) return number;
        _numbers.Add(value, _values.Count);
        _values.Add(value);
        return _values.Count - 1;
    }
}

/// <summary>A mapping; texts by number.</summary>
public readonly record struct MappingKey(
    ulong Start, ulong Limit, ulong Offset, int File, int BuildId, (bool Functions, bool Filenames, bool LineNumbers, bool InlineFrames) Has)
{
    /// <summary>No mapping.</summary>
    public static MappingKey None { get; } = new(0, 0, 0, -1, -1, default);
}

/// <summary>A function; texts by number.</summary>
public readonly record struct FunctionKey(int Name, int SystemName, int File, long StartLine);

/// <summary>A location; mapping and functions by number.</summary>
public readonly record struct LocationKey(int Mapping, ulong Address, bool IsFolded, (int Function, long Line)[] Lines)
{
    /// <summary>No location.</summary>
    public static LocationKey None { get; } = new(-1, 0, false, []);

    /// <inheritdoc/>
    public bool Equals(LocationKey other) => Mapping == other.Mapping && Address == other.Address && IsFolded == other.IsFolded
        && Lines.AsSpan().SequenceEqual(other.Lines);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Mapping);
        hash.Add(Address);
        foreach (var line in Lines) hash.Add(line);
        return hash.ToHashCode();
    }
}
