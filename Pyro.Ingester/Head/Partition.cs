using Pyro.Profiles.Records;

namespace Pyro.Ingester.Head;

/// <summary>
/// The symbols of the profiles that share a partition key (<see cref="PartitionKey"/>): strings, functions, mappings, locations and one stack
/// tree. Stack ids are dense and only ever added.
/// </summary>
/// <param name="id">XXH64 of the partition key.</param>
/// <param name="ordinal">Position in its head.</param>
/// <param name="seed">Seed of the tables.</param>
/// <param name="grown">Told of the bytes by which queries make it grow.</param>
public sealed class Partition(ulong id, int ordinal, ulong seed, Action<long> grown)
{
    private readonly Lock _lock = new();
    private readonly StringTable _strings = new(seed);
    private readonly SymbolTable<FunctionSymbol> _functions = new(seed);
    private readonly SymbolTable<MappingSymbol> _mappings = new(seed);
    private readonly LocationTable _locations = new(seed);
    private readonly StackTree _stacks = new(seed);
    private FunctionTree? _functionTree;

    /// <summary>XXH64 of the partition key.</summary>
    public ulong Id => id;

    /// <summary>Position in its head.</summary>
    public int Ordinal => ordinal;

    /// <summary>Stacks until now, the empty one included.</summary>
    public int StackCount
    {
        get
        {
            lock (_lock)
            {
                return _stacks.Count;
            }
        }
    }

    /// <summary>Bytes of its symbols.</summary>
    public HeadSizes Sizes
    {
        get
        {
            lock (_lock)
            {
                return new HeadSizes(0, _stacks.Bytes, _locations.Bytes, _functions.Bytes, _mappings.Bytes, _strings.Bytes);
            }
        }
    }

    /// <summary>The stacks by function names.</summary>
    public FunctionTree Functions => Volatile.Read(ref _functionTree) ?? MakeFunctionTree();

    /// <summary>The symbols until now; whatever stack id a row seen before names is in it.</summary>
    public PartitionView View()
    {
        lock (_lock)
        {
            return new PartitionView(_strings.View, _functions.View, _mappings.View, _locations.Locations, _locations.Lines, _stacks.View);
        }
    }

    /// <summary>Takes in the symbols of a record.</summary>
    /// <param name="record">The record.</param>
    /// <param name="scratch">Gets the stack id of each sample.</param>
    /// <returns>By how many bytes the partition grew.</returns>
    public long Intern(ProfileRecord record, InternScratch scratch)
    {
        scratch.Reserve(record);
        lock (_lock)
        {
            var before = Size();
            InternMappings(record, scratch);
            InternFunctions(record, scratch);
            InternLocations(record, scratch);
            for (var s = 0; s < record.SampleCount; s++)
            {
                var start = record.SampleStackStart[s];
                var stack = record.StackLocation.AsSpan(start, record.SampleStackStart[s + 1] - start);
                scratch.Stack[s] = _stacks.Intern(stack, scratch.Location);
            }

            return Size() - before;
        }
    }

    /// <summary>Takes in one stack of another partition.</summary>
    /// <returns>Its id here.</returns>
    public int InternFrom(in PartitionView other, int stack)
    {
        var frames = new List<int>();
        var locations = new List<int>();
        lock (_lock)
        {
            for (var node = stack; node > 0; node = StackTree.Parent(other.Stacks[node]))
            {
                frames.Add(locations.Count);
                locations.Add(InternLocation(other, other.Locations[StackTree.Location(other.Stacks[node])]));
            }

            return _stacks.Intern(frames.ToArray(), locations.ToArray());
        }
    }

    private FunctionTree MakeFunctionTree()
    {
        lock (_lock)
        {
            return _functionTree ??= new FunctionTree(this, seed, grown);
        }
    }

    private long Size() => _strings.Bytes + _functions.Bytes + _mappings.Bytes + _locations.Bytes + _stacks.Bytes;

    private int InternString(ProfileRecord record, InternScratch scratch, int s)
    {
        var known = scratch.String[s];
        return known >= 0 ? known : scratch.String[s] = _strings.Intern(record.String(s));
    }

    private void InternMappings(ProfileRecord record, InternScratch scratch)
    {
        for (var m = 0; m < record.MappingCount; m++)
        {
            scratch.Mapping[m] = _mappings.Intern(new MappingSymbol(
                record.MappingStart[m],
                record.MappingLimit[m],
                record.MappingOffset[m],
                InternString(record, scratch, record.MappingFile[m]),
                InternString(record, scratch, record.MappingBuildId[m]),
                record.MappingFlags[m]));
        }
    }

    private void InternFunctions(ProfileRecord record, InternScratch scratch)
    {
        for (var f = 0; f < record.FunctionCount; f++)
        {
            scratch.Function[f] = _functions.Intern(new FunctionSymbol(
                InternString(record, scratch, record.FunctionName[f]),
                InternString(record, scratch, record.FunctionSystemName[f]),
                InternString(record, scratch, record.FunctionFile[f]),
                record.FunctionStartLine[f]));
        }
    }

    private void InternLocations(ProfileRecord record, InternScratch scratch)
    {
        for (var l = 0; l < record.LocationCount; l++)
        {
            var start = record.LocationLineStart[l];
            var lines = scratch.Lines(record.LocationLineStart[l + 1] - start);
            for (var i = 0; i < lines.Length; i++)
            {
                // Blocks hold line numbers as 32 bits.
                lines[i] = new LineSymbol(scratch.Function[record.LineFunction[start + i]], unchecked((int)record.LineNumber[start + i]));
            }

            var mapping = record.MappingCount == 0 ? 0 : scratch.Mapping[record.LocationMapping[l]];
            scratch.Location[l] = _locations.Intern(record.LocationAddress[l], mapping, lines, record.LocationFolded[l]);
        }
    }

    private int InternLocation(in PartitionView other, in LocationSymbol location)
    {
        var lines = new LineSymbol[location.LineCount];
        for (var i = 0; i < lines.Length; i++)
        {
            var line = other.Lines[location.LineStart + i];
            var f = other.Functions[line.Function];
            var function = new FunctionSymbol(
                _strings.Intern(other.Strings[f.Name]), _strings.Intern(other.Strings[f.SystemName]), _strings.Intern(other.Strings[f.File]), f.StartLine);
            lines[i] = new LineSymbol(_functions.Intern(function), line.Number);
        }

        var mapping = 0;
        if (other.Mappings.Count > 0)
        {
            var m = other.Mappings[location.Mapping];
            mapping = _mappings.Intern(m with { File = _strings.Intern(other.Strings[m.File]), BuildId = _strings.Intern(other.Strings[m.BuildId]) });
        }

        return _locations.Intern(location.Address, mapping, lines, location.Folded);
    }
}

/// <summary>The symbols of a partition as they stood at one moment.</summary>
public readonly record struct PartitionView(
    StringView Strings,
    SlabView<FunctionSymbol> Functions,
    SlabView<MappingSymbol> Mappings,
    SlabView<LocationSymbol> Locations,
    SlabView<LineSymbol> Lines,
    SlabView<ulong> Stacks);
