using Pyro.Blocks.Symbols;

namespace Pyro.Ingester.Head;

/// <summary>The symbols of a partition of a head in the shape that blocks have them.</summary>
internal static class PartitionTables
{
    /// <summary>Copies what the partition holds.</summary>
    public static SymbolTables Of(in PartitionView view) =>
        new(Strings(view.Strings), Functions(view.Functions), Mappings(view.Mappings), Locations(view), Stacks(view.Stacks));

    private static StringColumn Strings(in StringView strings)
    {
        var starts = new int[strings.Count + 1];
        for (var i = 0; i < strings.Count; i++)
        {
            starts[i + 1] = checked(starts[i] + strings[i].Length);
        }

        var text = GC.AllocateUninitializedArray<byte>(starts[^1]);
        for (var i = 0; i < strings.Count; i++)
        {
            strings[i].CopyTo(text.AsSpan(starts[i]));
        }

        return new StringColumn(text, starts);
    }

    private static FunctionColumns Functions(in SlabView<FunctionSymbol> functions)
    {
        var n = functions.Count;
        var columns = new FunctionColumns(new int[n], new int[n], new int[n], new int[n]);
        for (var i = 0; i < n; i++)
        {
            var function = functions[i];
            columns.Name[i] = function.Name;
            columns.SystemName[i] = function.SystemName;
            columns.File[i] = function.File;

            // Blocks hold first lines as 32 bits.
            columns.StartLine[i] = unchecked((int)function.StartLine);
        }

        return columns;
    }

    private static MappingColumns Mappings(in SlabView<MappingSymbol> mappings)
    {
        var n = mappings.Count;
        var columns = new MappingColumns(new ulong[n], new ulong[n], new ulong[n], new int[n], new int[n], new byte[n]);
        for (var i = 0; i < n; i++)
        {
            var mapping = mappings[i];
            columns.Start[i] = mapping.Start;
            columns.Limit[i] = mapping.Limit;
            columns.Offset[i] = mapping.Offset;
            columns.File[i] = mapping.File;
            columns.BuildId[i] = mapping.BuildId;
            columns.Flags[i] = mapping.Flags;
        }

        return columns;
    }

    private static LocationColumns Locations(in PartitionView view)
    {
        var n = view.Locations.Count;
        var lineStart = new int[n + 1];
        for (var i = 0; i < n; i++)
        {
            lineStart[i + 1] = lineStart[i] + view.Locations[i].LineCount;
        }

        var columns = new LocationColumns(new ulong[n], new int[n], new bool[n], lineStart, new int[lineStart[n]], new int[lineStart[n]]);
        for (var i = 0; i < n; i++)
        {
            var location = view.Locations[i];
            columns.Address[i] = location.Address;
            columns.Mapping[i] = location.Mapping;
            columns.Folded[i] = location.Folded;
            for (var line = 0; line < location.LineCount; line++)
            {
                columns.LineFunction[lineStart[i] + line] = view.Lines[location.LineStart + line].Function;
                columns.LineNumber[lineStart[i] + line] = view.Lines[location.LineStart + line].Number;
            }
        }

        return columns;
    }

    private static StackColumns Stacks(in SlabView<ulong> stacks)
    {
        var columns = new StackColumns(new int[stacks.Count], new int[stacks.Count]);
        for (var node = 0; node < stacks.Count; node++)
        {
            columns.Parent[node] = StackTree.Parent(stacks[node]);
            columns.Location[node] = StackTree.Location(stacks[node]);
        }

        return columns;
    }
}
