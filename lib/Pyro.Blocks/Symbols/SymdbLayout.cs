namespace Pyro.Blocks.Symbols;

/// <summary>Numbers of the symdb formats (block-format 6.3, 6.4). All integers are big endian.</summary>
internal static class SymdbLayout
{
    public const string FileName = "symbols.symdb", IndexName = "index.symdb", StacksName = "stacktraces.symdb";
    public const string Strings = "strings.parquet", Functions = "functions.parquet", Mappings = "mappings.parquet", Locations = "locations.parquet";
    public const string Folder = "symbols/";

    public const uint Magic = 0x73796d31;
    public const int FooterBytes = 24, IndexHeaderBytes = 32, TreeHeaderBytes = 64, ReferenceBytes = 32, RowRangeBytes = 12;
    public const int ItemsPerBlock = 1024;
    public const uint NoNodeLimit = uint.MaxValue;
    public const byte GroupVarint = 1;

    public const ushort LocationsFormat = 1, FunctionsFormat = 2, MappingsFormat = 3, StringsFormat = 4;
    public const int LocationsHeader = 28, FunctionsHeader = 24, MappingsHeader = 32, StringsHeader = 12;

    /// <summary>Longest string, in bytes: lengths have 16 bits.</summary>
    public const int MaxStringBytes = ushort.MaxValue;

    /// <summary>Most lines of a location: their number has 8 bits.</summary>
    public const int MaxLines = byte.MaxValue;

    /// <summary>Flags of mappings lie in the file in the reverse of pprof's order.</summary>
    public static byte Flags(int flags) => (byte)((flags & 1) << 3 | (flags & 2) << 1 | (flags & 4) >> 1 | (flags & 8) >> 3);
}
