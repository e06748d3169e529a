namespace Pyro.Profiles.Records;

/// <summary>
/// One normalised profile with all its sample types, as parallel columns. What the distributor encodes, the log keeps and the
/// head takes in. Reusable: arrays grow and stay, only the first <c>…Count</c> entries count. Every reference is a 0-based index
/// that lies inside its table; string 0 is empty.
/// </summary>
public sealed class ProfileRecord
{
    /// <summary>With tenant, series fingerprint and <see cref="TimeNanos"/> the identity by which a profile counts once.</summary>
    public ProfileId Id;

    /// <summary>ns since the epoch.</summary>
    public long TimeNanos;

    /// <summary>ns covered.</summary>
    public long DurationNanos;

    /// <summary>Sampling period in <see cref="PeriodUnit"/>.</summary>
    public long Period;

    /// <summary>All strings, UTF-8, one after another; may point into the encoded record.</summary>
    public ReadOnlyMemory<byte> StringBytes;

    /// <summary>How many strings there are.</summary>
    public int StringCount;

    /// <summary>StringCount + 1 offsets into <see cref="StringBytes"/>.</summary>
    public int[] StringStart = [0];

    /// <summary>Labels of the series as the distributor settled them (control labels included, type labels not), sorted by name.</summary>
    public int LabelCount;

    /// <summary>Strings.</summary>
    public int[] LabelName = [], LabelValue = [];

    /// <summary>Sample types.</summary>
    public int TypeCount;

    /// <summary>Strings.</summary>
    public int[] TypeName = [], TypeUnit = [];

    /// <summary>Strings; 0: none.</summary>
    public int PeriodType, PeriodUnit, DefaultSampleType;

    /// <summary>Comments, as strings.</summary>
    public int CommentCount;

    /// <summary>Strings.</summary>
    public int[] Comment = [];

    /// <summary>Mappings.</summary>
    public int MappingCount;

    /// <summary>Address range and offset of each mapping.</summary>
    public ulong[] MappingStart = [], MappingLimit = [], MappingOffset = [];

    /// <summary>Strings.</summary>
    public int[] MappingFile = [], MappingBuildId = [];

    /// <summary>Bit 0 functions, 1 file names, 2 line numbers, 3 inline frames.</summary>
    public byte[] MappingFlags = [];

    /// <summary>Functions.</summary>
    public int FunctionCount;

    /// <summary>Strings.</summary>
    public int[] FunctionName = [], FunctionSystemName = [], FunctionFile = [];

    /// <summary>First line of each function.</summary>
    public long[] FunctionStartLine = [];

    /// <summary>Locations.</summary>
    public int LocationCount;

    /// <summary>Mapping of each location.</summary>
    public int[] LocationMapping = [];

    /// <summary>Address of each location; 0: none.</summary>
    public ulong[] LocationAddress = [];

    /// <summary>Whether other locations were folded into it.</summary>
    public bool[] LocationFolded = [];

    /// <summary>LocationCount + 1 starts into the line columns; lines run from the innermost inlined callee to the outermost caller.</summary>
    public int[] LocationLineStart = [0];

    /// <summary>Function of each line.</summary>
    public int[] LineFunction = [];

    /// <summary>Line number of each line.</summary>
    public long[] LineNumber = [];

    /// <summary>Samples: distinct (stack, span).</summary>
    public int SampleCount;

    /// <summary>SampleCount + 1 starts into <see cref="StackLocation"/>.</summary>
    public int[] SampleStackStart = [0];

    /// <summary>Locations of the stacks, leaf first.</summary>
    public int[] StackLocation = [];

    /// <summary>Value of sample s for type t at [t * SampleCount + s].</summary>
    public long[] Values = [];

    /// <summary>Whether any sample has a span.</summary>
    public bool HasSpans;

    /// <summary>Span of each sample (8 bytes as an integer, little endian), 0: none; only when <see cref="HasSpans"/>.</summary>
    public ulong[] Span = [];

    /// <summary>Buffer of a record that is built here; <see cref="StringBytes"/> points into it.</summary>
    internal byte[] OwnText = [];

    /// <summary>Bytes of string i.</summary>
    public ReadOnlySpan<byte> String(int i) => StringBytes.Span[StringStart[i]..StringStart[i + 1]];

    /// <summary>Bytes that the columns and the strings hold on to; a pool lets go of a record that grew too large.</summary>
    public long RetainedBytes =>
        Math.Max(StringBytes.Length, OwnText.Length) + (4L * (StringStart.Length + SampleStackStart.Length + StackLocation.Length))
        + (8L * (Values.Length + Span.Length)) + (20L * FunctionName.Length) + (17L * LocationMapping.Length) + (12L * LineFunction.Length);

    internal static void Reserve<T>(ref T[] column, int size)
    {
        if (column.Length < size)
        {
            column = GC.AllocateUninitializedArray<T>(Math.Max(size, Math.Max(16, (int)Math.Min(2L * column.Length, Array.MaxLength))));
        }
    }
}
