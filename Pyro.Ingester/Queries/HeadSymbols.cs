using Pyro.Blocks.Answers;
using Pyro.Ingester.Head;

namespace Pyro.Ingester.Queries;

/// <summary>The symbols of a partition of a head, as they are written into a profile.</summary>
public sealed class HeadSymbols(PartitionView symbols) : IStackSymbols
{
    /// <inheritdoc/>
    public int StringCount => symbols.Strings.Count;

    /// <inheritdoc/>
    public int FunctionCount => symbols.Functions.Count;

    /// <inheritdoc/>
    public int MappingCount => symbols.Mappings.Count;

    /// <inheritdoc/>
    public int LocationCount => symbols.Locations.Count;

    /// <inheritdoc/>
    public ReadOnlySpan<byte> String(int id) => symbols.Strings[id];

    /// <inheritdoc/>
    public (int Name, int SystemName, int File, long StartLine) Function(int id)
    {
        var function = symbols.Functions[id];
        return (function.Name, function.SystemName, function.File, function.StartLine);
    }

    /// <inheritdoc/>
    public (ulong Start, ulong Limit, ulong Offset, int File, int BuildId, byte Flags) Mapping(int id)
    {
        var mapping = symbols.Mappings[id];
        return (mapping.Start, mapping.Limit, mapping.Offset, mapping.File, mapping.BuildId, mapping.Flags);
    }

    /// <inheritdoc/>
    public (ulong Address, int Mapping, int LineStart, int LineCount, bool Folded) Location(int id)
    {
        var location = symbols.Locations[id];
        return (location.Address, location.Mapping, location.LineStart, location.LineCount, location.Folded);
    }

    /// <inheritdoc/>
    public (int Function, int Number) Line(int line) => (symbols.Lines[line].Function, symbols.Lines[line].Number);
}
