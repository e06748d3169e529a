using System.Globalization;
using System.Text;

namespace Pyro.Blocks.Symbols;

/// <summary>
/// The symbols of one partition (block-format 6.1) as columns. All references are positions from 0 on. Whoever makes one answers for it
/// that every reference is in range; what a block gives is checked when it is read.
/// </summary>
/// <param name="Strings">Strings; number 0 is empty.</param>
/// <param name="Functions">Functions.</param>
/// <param name="Mappings">Mappings; without any, locations have none.</param>
/// <param name="Locations">Locations.</param>
/// <param name="Stacks">Stacks as a tree.</param>
public sealed record SymbolTables(
    StringColumn Strings, FunctionColumns Functions, MappingColumns Mappings, LocationColumns Locations, StackColumns Stacks)
{
    /// <summary>
    /// What a location without lines is called in a flame graph: the base name of its mapping's file and its address,
    /// `libfoo.so 0x1a2b`.
    /// </summary>
    public byte[] AddressName(int location)
    {
        var file = Mappings.Count == 0 ? default : Strings[Mappings.File[Locations.Mapping[location]]];
        file = file[(file.LastIndexOfAny((byte)'/', (byte)'\\') + 1)..];
        var address = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"0x{Locations.Address[location]:x}"));
        return file.IsEmpty ? address : [.. file, (byte)' ', .. address];
    }
}

/// <summary>Strings as UTF-8.</summary>
/// <param name="Text">All of them, one after another.</param>
/// <param name="Start">Where each starts, and where the last ends: one more than there are strings.</param>
public sealed record StringColumn(byte[] Text, int[] Start)
{
    /// <summary>How many.</summary>
    public int Count => Start.Length - 1;

    /// <summary>Bytes of a string.</summary>
    public ReadOnlySpan<byte> this[int id] => Text.AsSpan(Start[id], Start[id + 1] - Start[id]);
}

/// <summary>Functions; texts are strings of the partition.</summary>
/// <param name="Name">Name for people.</param>
/// <param name="SystemName">Name as the linker knows it.</param>
/// <param name="File">Source file.</param>
/// <param name="StartLine">Its first line; 0: not known.</param>
public sealed record FunctionColumns(int[] Name, int[] SystemName, int[] File, int[] StartLine)
{
    /// <summary>How many.</summary>
    public int Count => Name.Length;
}

/// <summary>Mappings; texts are strings of the partition.</summary>
/// <param name="Start">First address in memory.</param>
/// <param name="Limit">Address behind the last.</param>
/// <param name="Offset">Where in the file the mapping begins.</param>
/// <param name="File">Name of the file.</param>
/// <param name="BuildId">Build id of the file.</param>
/// <param name="Flags">From bit 0 on: has functions, filenames, line numbers, inline frames (the order of pprof's fields).</param>
public sealed record MappingColumns(ulong[] Start, ulong[] Limit, ulong[] Offset, int[] File, int[] BuildId, byte[] Flags)
{
    /// <summary>How many.</summary>
    public int Count => Start.Length;
}

/// <summary>Locations with their lines.</summary>
/// <param name="Address">Address; 0: none.</param>
/// <param name="Mapping">Mapping; 0 when there is none.</param>
/// <param name="Folded">Whether others were folded into it.</param>
/// <param name="LineStart">Where the lines of each start, innermost first, and where those of the last end: one more than there are locations.</param>
/// <param name="LineFunction">Function of each line.</param>
/// <param name="LineNumber">Number of each line in its source file.</param>
public sealed record LocationColumns(
    ulong[] Address, int[] Mapping, bool[] Folded, int[] LineStart, int[] LineFunction, int[] LineNumber)
{
    /// <summary>How many.</summary>
    public int Count => Address.Length;
}

/// <summary>
/// Stacks as a tree: node 0 is the root (parent -1, location 0), parents come before their children, a stack is named by its leaf's node
/// and read leaf first.
/// </summary>
/// <param name="Parent">Parent of each node.</param>
/// <param name="Location">Location of each node.</param>
public sealed record StackColumns(int[] Parent, int[] Location)
{
    /// <summary>Nodes, the root included.</summary>
    public int Count => Parent.Length;
}
