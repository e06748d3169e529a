using Pyro.Blocks.Symbols;

namespace Pyro.Blocks.Answers;

/// <summary>The symbols of a partition, of a head or of a block, as they are written into a profile. Ids run from 0 on.</summary>
public interface IStackSymbols
{
    /// <summary>Strings; number 0 is empty.</summary>
    int StringCount { get; }

    /// <summary>Functions.</summary>
    int FunctionCount { get; }

    /// <summary>Mappings; without any, locations have none.</summary>
    int MappingCount { get; }

    /// <summary>Locations.</summary>
    int LocationCount { get; }

    /// <summary>Bytes of a string.</summary>
    ReadOnlySpan<byte> String(int id);

    /// <summary>A function; texts are strings.</summary>
    (int Name, int SystemName, int File, long StartLine) Function(int id);

    /// <summary>A mapping; texts are strings.</summary>
    (ulong Start, ulong Limit, ulong Offset, int File, int BuildId, byte Flags) Mapping(int id);

    /// <summary>A location and where its lines are.</summary>
    (ulong Address, int Mapping, int LineStart, int LineCount, bool Folded) Location(int id);

    /// <summary>A line of a location.</summary>
    (int Function, int Number) Line(int line);
}

/// <summary>The symbols of a partition of a block.</summary>
internal sealed class BlockSymbols(SymbolTables tables) : IStackSymbols
{
    public int StringCount => tables.Strings.Count;

    public int FunctionCount => tables.Functions.Count;

    public int MappingCount => tables.Mappings.Count;

    public int LocationCount => tables.Locations.Count;

    public ReadOnlySpan<byte> String(int id) => tables.Strings[id];

    public (int Name, int SystemName, int File, long StartLine) Function(int id) =>
        (tables.Functions.Name[id], tables.Functions.SystemName[id], tables.Functions.File[id], tables.Functions.StartLine[id]);

    public (ulong Start, ulong Limit, ulong Offset, int File, int BuildId, byte Flags) Mapping(int id)
    {
        var mappings = tables.Mappings;
        return (mappings.Start[id], mappings.Limit[id], mappings.Offset[id], mappings.File[id], mappings.BuildId[id], mappings.Flags[id]);
    }

    public (ulong Address, int Mapping, int LineStart, int LineCount, bool Folded) Location(int id)
    {
        var locations = tables.Locations;
        var lines = locations.LineStart[id];
        return (locations.Address[id], locations.Mapping[id], lines, locations.LineStart[id + 1] - lines, locations.Folded[id]);
    }

    public (int Function, int Number) Line(int line) => (tables.Locations.LineFunction[line], tables.Locations.LineNumber[line]);
}
