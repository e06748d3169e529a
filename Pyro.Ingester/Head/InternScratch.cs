using Pyro.Profiles.Records;

namespace Pyro.Ingester.Head;

/// <summary>Working memory of one append: the partition's id of each symbol of the record. Reused by its thread.</summary>
public sealed class InternScratch
{
    // Larger arrays come from rare profiles and are not kept.
    private const int Kept = 256 * 1024;

    [ThreadStatic]
    private static InternScratch? _own;

    private LineSymbol[] _lines = [];

    /// <summary>The scratch of the calling thread; not to be held over an await.</summary>
    public static InternScratch Own => _own ??= new InternScratch();

    /// <summary>Strings; -1: not yet taken in.</summary>
    public int[] String { get; private set; } = [];

    /// <summary>Mappings.</summary>
    public int[] Mapping { get; private set; } = [];

    /// <summary>Functions.</summary>
    public int[] Function { get; private set; } = [];

    /// <summary>Locations.</summary>
    public int[] Location { get; private set; } = [];

    /// <summary>Stack id of each sample.</summary>
    public int[] Stack { get; private set; } = [];

    /// <summary>Stack id, value and span of the samples of one row.</summary>
    public int[] RowStack { get; private set; } = [];

    /// <summary>Values of one row.</summary>
    public long[] RowValue { get; private set; } = [];

    /// <summary>Spans of one row.</summary>
    public ulong[] RowSpan { get; private set; } = [];

    /// <summary>Makes room for a record.</summary>
    public void Reserve(ProfileRecord record)
    {
        String = Room(String, record.StringCount);
        String.AsSpan(0, record.StringCount).Fill(-1);
        Mapping = Room(Mapping, record.MappingCount);
        Function = Room(Function, record.FunctionCount);
        Location = Room(Location, record.LocationCount);
        Stack = Room(Stack, record.SampleCount);
        RowStack = Room(RowStack, record.SampleCount);
        RowValue = Room(RowValue, record.SampleCount);
        RowSpan = Room(RowSpan, record.HasSpans ? record.SampleCount : 0);
    }

    /// <summary>Room for the lines of a location.</summary>
    public Span<LineSymbol> Lines(int count)
    {
        _lines = Room(_lines, count);
        return _lines.AsSpan(0, count);
    }

    private static T[] Room<T>(T[] array, int count) =>
        array.Length >= count && array.Length <= Kept ? array : new T[Math.Max(count, 256)];
}
