namespace Pyro.Profiles.Records;

/// <summary>The identity of a profile: a UUID, compared by its bytes in text order.</summary>
public readonly record struct ProfileId(ulong High, ulong Low) : IComparable<ProfileId>
{
    /// <inheritdoc/>
    public int CompareTo(ProfileId other) => High != other.High ? High.CompareTo(other.High) : Low.CompareTo(other.Low);
}

/// <summary>
/// One normalised profile with all its sample types, as parallel columns. What the distributor encodes, the log keeps and the
/// head takes in. Reusable: arrays grow and stay, only the first <c>…Count</c> entries count. Every reference is a 0-based index
/// that lies inside its table; string 0 is empty.
/// </summary>
public sealed class ProfileRecord
{
    /// <summary>Identity (design: tenant, series fingerprint, TimeNanos, ID).</summary>
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

    /// <summary>Bytes of string i.</summary>
    public ReadOnlySpan<byte> String(int i) => StringBytes.Span[StringStart[i]..StringStart[i + 1]];
}
