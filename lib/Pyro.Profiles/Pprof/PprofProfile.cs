using System.Text;

namespace Pyro.Profiles.Pprof;

/// <summary>
/// One decoded pprof profile as parallel columns over the unpacked message, reusable and mutable in place: nothing is allocated
/// per sample, location or string once the columns have grown. Only the first <c>…Count</c> entries of a column count.
/// References between tables are 0-based indexes, -1 where an id or index has no entry; ids of the message are kept beside them.
/// Not thread-safe.
/// </summary>
public sealed partial class PprofProfile
{
    /// <summary>A mapping id of 0: the location names no mapping, which is allowed.</summary>
    public const int NoMapping = -2;

    /// <summary>The unpacked message, and behind it texts that were added later.</summary>
    public byte[] Text = [];

    /// <summary>Bytes of <see cref="Text"/> in use.</summary>
    public int TextLength;

    /// <summary>Bytes of the unpacked message.</summary>
    public int RawLength;

    /// <summary>Strings.</summary>
    public int StringCount;

    /// <summary>Where each string lies in <see cref="Text"/>.</summary>
    public int[] StringOffset = [], StringLength = [];

    /// <summary>Sample types.</summary>
    public int TypeCount;

    /// <summary>Strings.</summary>
    public int[] TypeName = [], TypeUnit = [];

    /// <summary>ns since the epoch; 0: unknown.</summary>
    public long TimeNanos;

    /// <summary>ns covered.</summary>
    public long DurationNanos;

    /// <summary>Sampling period in units of <see cref="PeriodUnit"/>.</summary>
    public long Period;

    /// <summary>Strings; 0: none.</summary>
    public int PeriodType, PeriodUnit, DefaultSampleType, DropFrames, KeepFrames;

    /// <summary>Comments.</summary>
    public int CommentCount;

    /// <summary>Strings.</summary>
    public int[] Comment = [];

    /// <summary>Mappings.</summary>
    public int MappingCount;

    /// <summary>Id, address range and file offset of each mapping.</summary>
    public ulong[] MappingId = [], MappingStart = [], MappingLimit = [], MappingOffset = [];

    /// <summary>Strings.</summary>
    public int[] MappingFile = [], MappingBuildId = [];

    /// <summary>Bit 0 functions, 1 file names, 2 line numbers, 3 inline frames.</summary>
    public byte[] MappingFlags = [];

    /// <summary>Functions.</summary>
    public int FunctionCount;

    /// <summary>Id of each function.</summary>
    public ulong[] FunctionId = [];

    /// <summary>Strings.</summary>
    public int[] FunctionName = [], FunctionSystemName = [], FunctionFile = [];

    /// <summary>First line of each function.</summary>
    public long[] FunctionStartLine = [];

    /// <summary>Locations.</summary>
    public int LocationCount;

    /// <summary>Id, mapping id and address of each location.</summary>
    public ulong[] LocationId = [], LocationMappingId = [], LocationAddress = [];

    /// <summary>Mapping of each location, -1 unknown, or <see cref="NoMapping"/>.</summary>
    public int[] LocationMapping = [];

    /// <summary>Whether other locations were folded into it.</summary>
    public bool[] LocationFolded = [];

    /// <summary>LocationCount + 1 starts into the lines; lines run from the innermost inlined callee to the outermost caller.</summary>
    public int[] LocationLineStart = [0];

    /// <summary>Lines.</summary>
    public int LineCount;

    /// <summary>Function id of each line.</summary>
    public ulong[] LineFunctionId = [];

    /// <summary>Function of each line, -1 unknown.</summary>
    public int[] LineFunction = [];

    /// <summary>Number of each line.</summary>
    public long[] LineNumber = [];

    /// <summary>Samples.</summary>
    public int SampleCount;

    /// <summary>Samples that were read and not kept, since the profile breaks a limit already; they count against it.</summary>
    public long SamplesLeftOut;

    /// <summary>SampleCount + 1 starts into the stacks, values and sample labels.</summary>
    public int[] SampleStackStart = [0], SampleValueStart = [0], SampleLabelStart = [0];

    /// <summary>Location ids of the stacks, leaf first, as they were sent.</summary>
    public ulong[] StackLocationId = [];

    /// <summary>Locations of the stacks, leaf first, -1 unknown.</summary>
    public int[] StackLocation = [];

    /// <summary>Values, sample after sample.</summary>
    public long[] Value = [];

    /// <summary>Strings; a value of 0 marks a numeric label, whose number is not kept.</summary>
    public int[] LabelKey = [], LabelValue = [];

    internal readonly IdTable Mappings = new(), Functions = new(), Locations = new();

    /// <summary>Bytes of string i.</summary>
    public ReadOnlySpan<byte> String(int i) => Text.AsSpan(StringOffset[i], StringLength[i]);

    /// <summary>Text of string i, or empty when there is no such string.</summary>
    public string StringText(int i) => (uint)i < (uint)StringCount ? Encoding.UTF8.GetString(String(i)) : "";

    /// <summary>Stack of sample i, leaf first.</summary>
    public ReadOnlySpan<int> Stack(int i) => StackLocation.AsSpan(SampleStackStart[i]..SampleStackStart[i + 1]);

    /// <summary>Values of sample i, one a sample type.</summary>
    public Span<long> Values(int i) => Value.AsSpan(SampleValueStart[i]..SampleValueStart[i + 1]);

    /// <summary>Appends a string to the table and returns its index.</summary>
    public int AddString(ReadOnlySpan<byte> text)
    {
        int index = StringCount;
        Reserve(ref StringOffset, index + 1);
        Reserve(ref StringLength, index + 1);
        StringOffset[index] = TextLength;
        StringLength[index] = text.Length;
        Reserve(ref Text, TextLength + text.Length);
        text.CopyTo(Text.AsSpan(TextLength));
        TextLength += text.Length;
        StringCount = index + 1;
        return index;
    }

    /// <summary>Appends a string to the table and returns its index.</summary>
    public int AddString(string text) => AddString(Encoding.UTF8.GetBytes(text));

    /// <summary>Index of a string, or -1.</summary>
    public int FindString(ReadOnlySpan<byte> text)
    {
        for (int i = 0; i < StringCount; i++)
        {
            if (StringLength[i] == text.Length && String(i).SequenceEqual(text))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Unpacks (when it is gzip) and decodes a body; what the profile held before is gone, also when this fails.</summary>
    /// <param name="body">A pprof message, gzipped or not; copied, so it may be reused at once.</param>
    /// <param name="maxBytes">Limit in bytes of the unpacked message; 0: none but the size of an array.</param>
    /// <param name="take">Told of so many bytes before the unpacked message uses them, at once or little by little; may throw.</param>
    /// <exception cref="PprofFormatException">The body is no pprof.</exception>
    /// <exception cref="ProfileTooLargeException">It is larger than <paramref name="maxBytes"/>.</exception>
    public void Load(ReadOnlyMemory<byte> body, long maxBytes, Action<long>? take = null)
    {
        Clear();
        int limit = maxBytes is <= 0 or > MaxRaw ? MaxRaw : (int)maxBytes;
        if (Gunzip.IsGzip(body.Span))
        {
            RawLength = Gunzip.Unpack(body, ref Text, limit, take);
        }
        else if (body.Length > limit)
        {
            throw new ProfileTooLargeException(limit);
        }
        else if (body.Length < 2)
        {
            throw new PprofFormatException("gzip reset: unexpected EOF");
        }
        else
        {
            take?.Invoke(body.Length);
            Reserve(ref Text, body.Length);
            body.Span.CopyTo(Text);
            RawLength = body.Length;
        }

        TextLength = RawLength;
        PprofDecoder.Decode(this);
    }

    /// <summary>Empties the profile and keeps its columns.</summary>
    public void Clear()
    {
        TextLength = RawLength = StringCount = TypeCount = CommentCount = MappingCount = FunctionCount = LocationCount = LineCount = SampleCount = 0;
        TimeNanos = DurationNanos = Period = SamplesLeftOut = 0;
        PeriodType = PeriodUnit = DefaultSampleType = DropFrames = KeepFrames = 0;
    }

    /// <summary>Finds the entry behind every id; to be called again after ids were changed.</summary>
    public void ResolveIds()
    {
        Mappings.Fill(MappingId, MappingCount);
        Functions.Fill(FunctionId, FunctionCount);
        Locations.Fill(LocationId, LocationCount);
        Reserve(ref LocationMapping, LocationCount);
        Reserve(ref LineFunction, LineCount);
        int frames = SampleStackStart[SampleCount];
        Reserve(ref StackLocation, frames);
        Mappings.Find(LocationMappingId.AsSpan(0, LocationCount), LocationMapping);
        for (int i = 0; i < LocationCount; i++)
        {
            if (LocationMappingId[i] == 0)
            {
                LocationMapping[i] = NoMapping;
            }
        }

        Functions.Find(LineFunctionId.AsSpan(0, LineCount), LineFunction);
        Locations.Find(StackLocationId.AsSpan(0, frames), StackLocation);
    }

    /// <summary>Bytes that the columns hold on to; a pool lets go of a profile that grew too large.</summary>
    public long RetainedBytes =>
        Text.Length + (8L * (StackLocationId.Length + Value.Length + LineFunctionId.Length + LineNumber.Length))
        + (4L * (StackLocation.Length + LabelKey.Length + LabelValue.Length + StringOffset.Length + StringLength.Length + LineFunction.Length))
        + (29L * LocationId.Length) + (28L * FunctionId.Length) + (12L * SampleStackStart.Length) + (41L * MappingId.Length);

    /// <summary>1 GiB: the largest message that is decoded at all.</summary>
    private const int MaxRaw = 1 << 30;

    internal static void Reserve<T>(ref T[] column, int size)
    {
        if (column.Length < size)
        {
            Array.Resize(ref column, Math.Max(size, Math.Max(16, 2 * column.Length)));
        }
    }
}
