using Pyro.Api.Pprof;

namespace Pyro.Query.Querier;

/// <summary>Writes a table of stacks as pprof: only what a stack with a value needs, ids from 1 in the order in which they are met.</summary>
internal sealed class PprofFromStacks(StackTable stacks)
{
    private readonly Profile _profile = new() { StringTable = { "" } };
    private readonly Dictionary<int, int> _stringIds = new() { [0] = 0 };
    private readonly Dictionary<int, ulong> _mappingIds = new() { [0] = 0 };
    private readonly Dictionary<int, ulong> _functionIds = [];
    private readonly Dictionary<int, ulong> _locationIds = [];

    public Profile Write(
        Interned<string> strings, Interned<MappingKey> mappings, Interned<FunctionKey> functions, Interned<LocationKey> locations)
    {
        for (var stack = 1; stack < stacks.StackCount; stack++)
        {
            if (stacks.Value(stack) == 0) continue;
            var sample = new Sample { Value = { stacks.Value(stack) } };
            for (var at = stack; at != 0; at = stacks.Parent(at))
            {
                var location = stacks.Location(at);
                if (!_locationIds.TryGetValue(location, out var id)) id = Location(location, strings, mappings, functions, locations);
                sample.LocationId.Add(id);
            }

            _profile.Sample.Add(sample);
        }

        return _profile;
    }

    private ulong Location(
        int number, Interned<string> strings, Interned<MappingKey> mappings, Interned<FunctionKey> functions, Interned<LocationKey> locations)
    {
        var known = locations[number];
        var location = new Location
        {
            MappingId = Mapping(known.Mapping, mappings, strings),
            Address = known.Address,
            IsFolded = known.IsFolded,
        };
        foreach (var (function, line) in known.Lines)
        {
            location.Line.Add(new Line { FunctionId = Function(function, functions, strings), Line_ = line });
        }

        _profile.Location.Add(location);
        return location.Id = _locationIds[number] = (ulong)_profile.Location.Count;
    }

    private ulong Mapping(int number, Interned<MappingKey> mappings, Interned<string> strings)
    {
        if (_mappingIds.TryGetValue(number, out var id)) return id;
        var known = mappings[number];
        _profile.Mapping.Add(new Mapping
        {
            Id = (ulong)_profile.Mapping.Count + 1,
            MemoryStart = known.Start,
            MemoryLimit = known.Limit,
            FileOffset = known.Offset,
            Filename = Text(known.File, strings),
            BuildId = Text(known.BuildId, strings),
            HasFunctions = known.Has.Functions,
            HasFilenames = known.Has.Filenames,
            HasLineNumbers = known.Has.LineNumbers,
            HasInlineFrames = known.Has.InlineFrames,
        });
        return _mappingIds[number] = (ulong)_profile.Mapping.Count;
    }

    private ulong Function(int number, Interned<FunctionKey> functions, Interned<string> strings)
    {
        if (_functionIds.TryGetValue(number, out var id)) return id;
        var known = functions[number];
        _profile.Function.Add(new Function
        {
            Id = (ulong)_profile.Function.Count + 1,
            Name = Text(known.Name, strings),
            SystemName = Text(known.SystemName, strings),
            Filename = Text(known.File, strings),
            StartLine = known.StartLine,
        });
        return _functionIds[number] = (ulong)_profile.Function.Count;
    }

    private int Text(int number, Interned<string> strings)
    {
        if (_stringIds.TryGetValue(number, out var index)) return index;
        _profile.StringTable.Add(strings[number]);
        return _stringIds[number] = _profile.StringTable.Count - 1;
    }
}
