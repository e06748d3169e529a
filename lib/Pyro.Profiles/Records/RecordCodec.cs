using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Pyro.Profiles.Records;

/// <summary>The bytes of a record cannot be a record.</summary>
public sealed class RecordFormatException(string message) : Exception(message);

/// <summary>
/// The compact columnar form of a record: what travels to ingesters and what their log holds. Version, id, 17 header numbers,
/// then every column packed to its smallest width (<see cref="PackedColumn"/>), starts as lengths, the strings' bytes last.
/// Columns that would be empty of information (all zero) take one byte, but one column of each table never does, so that every
/// count is bounded by the bytes that are there.
/// </summary>
public static class RecordCodec
{
    private const byte Version = 1;
    private const int HeaderSize = 1 + ProfileId.Size + (3 * sizeof(long)) + (Counts * sizeof(int));
    private const int Counts = 14;
    private const int HasSpans = 1, HasFolded = 2;

    [ThreadStatic]
    private static uint[]? _lengths;

    /// <summary>Writes a record; equal records give equal bytes.</summary>
    public static void Encode(ProfileRecord record, IBufferWriter<byte> output)
    {
        int lines = record.LocationLineStart[record.LocationCount];
        bool folded = record.LocationFolded.AsSpan(0, record.LocationCount).Contains(true);
        WriteHeader(record, output, lines, folded);
        Lengths(output, record.StringStart, record.StringCount);
        Ints(output, record.LabelName, record.LabelCount, 1);
        Ints(output, record.LabelValue, record.LabelCount, 0);
        Ints(output, record.TypeName, record.TypeCount, 1);
        Ints(output, record.TypeUnit, record.TypeCount, 0);
        Ints(output, record.Comment, record.CommentCount, 1);
        PackedColumn.Write(output, record.MappingStart.AsSpan(0, record.MappingCount), 1);
        PackedColumn.Write(output, record.MappingLimit.AsSpan(0, record.MappingCount), 0);
        PackedColumn.Write(output, record.MappingOffset.AsSpan(0, record.MappingCount), 0);
        Ints(output, record.MappingFile, record.MappingCount, 0);
        Ints(output, record.MappingBuildId, record.MappingCount, 0);
        output.Write(record.MappingFlags.AsSpan(0, record.MappingCount));
        Ints(output, record.FunctionName, record.FunctionCount, 1);
        Ints(output, record.FunctionSystemName, record.FunctionCount, 0);
        Ints(output, record.FunctionFile, record.FunctionCount, 0);
        Longs(output, record.FunctionStartLine, record.FunctionCount);
        Ints(output, record.LocationMapping, record.LocationCount, 1);
        PackedColumn.Write(output, record.LocationAddress.AsSpan(0, record.LocationCount), 0);
        Lengths(output, record.LocationLineStart, record.LocationCount);
        if (folded)
        {
            output.Write(MemoryMarshal.AsBytes(record.LocationFolded.AsSpan(0, record.LocationCount)));
        }

        Ints(output, record.LineFunction, lines, 1);
        Longs(output, record.LineNumber, lines);
        StackColumns.Write(record, output);
        for (int t = 0; t < record.TypeCount; t++)
        {
            PackedColumn.Write(output, MemoryMarshal.Cast<long, ulong>(record.Values.AsSpan(t * record.SampleCount, record.SampleCount)), 1);
        }

        if (record.HasSpans)
        {
            PackedColumn.Write(output, record.Span.AsSpan(0, record.SampleCount), 0);
        }

        output.Write(record.StringBytes.Span[..record.StringStart[record.StringCount]]);
    }

    /// <summary>Reads a record into reusable columns; its strings point into <paramref name="bytes"/>.</summary>
    /// <exception cref="RecordFormatException">Any length, count or reference is wrong.</exception>
    public static void Decode(ReadOnlyMemory<byte> bytes, ProfileRecord into)
    {
        ReadOnlySpan<byte> input = bytes.Span;
        if (input.Length < HeaderSize || input[0] != Version)
        {
            throw new RecordFormatException(input.IsEmpty || input[0] == Version ? "the record is too short" : $"record version {input[0]} is not known");
        }

        Header header = ReadHeader(input, into);
        input = input[HeaderSize..];
        into.StringStart = Starts(ref input, into.StringStart, into.StringCount, header.Text);
        if (into.StringStart[1] != 0)
        {
            throw new RecordFormatException("string 0 is not empty");
        }

        References(ref input, ref into.LabelName, into.LabelCount, into.StringCount);
        References(ref input, ref into.LabelValue, into.LabelCount, into.StringCount);
        References(ref input, ref into.TypeName, into.TypeCount, into.StringCount);
        References(ref input, ref into.TypeUnit, into.TypeCount, into.StringCount);
        References(ref input, ref into.Comment, into.CommentCount, into.StringCount);
        Mappings(ref input, into);
        References(ref input, ref into.FunctionName, into.FunctionCount, into.StringCount);
        References(ref input, ref into.FunctionSystemName, into.FunctionCount, into.StringCount);
        References(ref input, ref into.FunctionFile, into.FunctionCount, into.StringCount);
        Longs(ref input, ref into.FunctionStartLine, into.FunctionCount);
        References(ref input, ref into.LocationMapping, into.LocationCount, into.MappingCount);
        Longs(ref input, ref into.LocationAddress, into.LocationCount);
        into.LocationLineStart = Starts(ref input, into.LocationLineStart, into.LocationCount, header.Lines);
        Folded(ref input, into, header.Folded);
        References(ref input, ref into.LineFunction, header.Lines, into.FunctionCount);
        Longs(ref input, ref into.LineNumber, header.Lines);
        StackColumns.Read(ref input, into);
        Values(ref input, into);
        if (input.Length != header.Text)
        {
            throw new RecordFormatException("the strings have another length than the header says");
        }

        into.StringBytes = bytes[^header.Text..];
    }

    private static void WriteHeader(ProfileRecord record, IBufferWriter<byte> output, int lines, bool folded)
    {
        Span<byte> span = output.GetSpan(HeaderSize)[..HeaderSize];
        span[0] = Version;
        record.Id.Write(span[1..]);
        Span<byte> numbers = span[(1 + ProfileId.Size)..];
        BinaryPrimitives.WriteInt64LittleEndian(numbers, record.TimeNanos);
        BinaryPrimitives.WriteInt64LittleEndian(numbers[8..], record.DurationNanos);
        BinaryPrimitives.WriteInt64LittleEndian(numbers[16..], record.Period);
        ReadOnlySpan<int> counts =
        [
            (record.HasSpans ? HasSpans : 0) | (folded ? HasFolded : 0),
            record.StringCount, record.StringStart[record.StringCount], record.LabelCount, record.TypeCount,
            record.PeriodType, record.PeriodUnit, record.DefaultSampleType, record.CommentCount, record.MappingCount,
            record.FunctionCount, record.LocationCount, lines, record.SampleCount,
        ];
        for (int i = 0; i < Counts; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(numbers[(24 + (4 * i))..], counts[i]);
        }

        output.Advance(HeaderSize);
    }

    private static Header ReadHeader(ReadOnlySpan<byte> input, ProfileRecord into)
    {
        into.Id = ProfileId.Read(input[1..]);
        ReadOnlySpan<byte> numbers = input[(1 + ProfileId.Size)..];
        into.TimeNanos = BinaryPrimitives.ReadInt64LittleEndian(numbers);
        into.DurationNanos = BinaryPrimitives.ReadInt64LittleEndian(numbers[8..]);
        into.Period = BinaryPrimitives.ReadInt64LittleEndian(numbers[16..]);
        Span<int> counts = stackalloc int[Counts];
        for (int i = 0; i < Counts; i++)
        {
            counts[i] = BinaryPrimitives.ReadInt32LittleEndian(numbers[(24 + (4 * i))..]);
            if ((uint)counts[i] > (uint)input.Length)
            {
                // Also the three references to strings: there are fewer strings than bytes.
                throw new RecordFormatException("a count in the header is larger than the record");
            }
        }

        into.HasSpans = (counts[0] & HasSpans) != 0;
        into.StringCount = counts[1];
        into.LabelCount = counts[3];
        into.TypeCount = counts[4];
        (into.PeriodType, into.PeriodUnit, into.DefaultSampleType) = (counts[5], counts[6], counts[7]);
        into.CommentCount = counts[8];
        into.MappingCount = counts[9];
        into.FunctionCount = counts[10];
        into.LocationCount = counts[11];
        into.SampleCount = counts[13];
        if (counts[0] > (HasSpans | HasFolded) || into.PeriodType >= into.StringCount || into.PeriodUnit >= into.StringCount
            || into.DefaultSampleType >= into.StringCount)
        {
            throw new RecordFormatException("the header refers to strings or flags that are not there");
        }

        return new Header(counts[2], counts[12], (counts[0] & HasFolded) != 0);
    }

    private static void Ints(IBufferWriter<byte> output, int[] column, int count, int least) =>
        PackedColumn.Write(output, MemoryMarshal.Cast<int, uint>(column.AsSpan(0, count)), least);

    private static void Longs(IBufferWriter<byte> output, long[] column, int count) =>
        PackedColumn.Write(output, MemoryMarshal.Cast<long, ulong>(column.AsSpan(0, count)), 0);

    private static void Lengths(IBufferWriter<byte> output, int[] starts, int count)
    {
        uint[] lengths = Scratch(count);
        for (int i = 0; i < count; i++)
        {
            lengths[i] = (uint)(starts[i + 1] - starts[i]);
        }

        PackedColumn.Write(output, lengths.AsSpan(0, count), 1);
    }

    private static int[] Starts(ref ReadOnlySpan<byte> input, int[] starts, int count, int total)
    {
        ProfileRecord.Reserve(ref starts, count + 1);
        starts[0] = 0;
        Span<int> ends = starts.AsSpan(1, count);
        PackedColumn.Read(ref input, MemoryMarshal.Cast<int, uint>(ends));
        uint end = 0;
        foreach (ref int length in ends)
        {
            // Checked one by one: a sum that wraps round must not come out right.
            if ((uint)length > (uint)total - end)
            {
                throw new RecordFormatException("lengths exceed their table");
            }

            end += (uint)length;
            length = (int)end;
        }

        return end == (uint)total ? starts : throw new RecordFormatException("lengths fall short of their table");
    }

    private static void References(ref ReadOnlySpan<byte> input, ref int[] column, int count, int table)
    {
        ProfileRecord.Reserve(ref column, count);
        uint most = PackedColumn.Read(ref input, MemoryMarshal.Cast<int, uint>(column.AsSpan(0, count)));
        if (count > 0 && most >= (uint)table)
        {
            throw new RecordFormatException("a reference points behind its table");
        }
    }

    private static void Longs(ref ReadOnlySpan<byte> input, ref long[] column, int count)
    {
        ProfileRecord.Reserve(ref column, count);
        PackedColumn.Read(ref input, MemoryMarshal.Cast<long, ulong>(column.AsSpan(0, count)));
    }

    private static void Longs(ref ReadOnlySpan<byte> input, ref ulong[] column, int count)
    {
        ProfileRecord.Reserve(ref column, count);
        PackedColumn.Read(ref input, column.AsSpan(0, count));
    }

    private static void Mappings(ref ReadOnlySpan<byte> input, ProfileRecord into)
    {
        int count = into.MappingCount;
        Longs(ref input, ref into.MappingStart, count);
        Longs(ref input, ref into.MappingLimit, count);
        Longs(ref input, ref into.MappingOffset, count);
        References(ref input, ref into.MappingFile, count, into.StringCount);
        References(ref input, ref into.MappingBuildId, count, into.StringCount);
        ProfileRecord.Reserve(ref into.MappingFlags, count);
        Raw(ref input, count).CopyTo(into.MappingFlags);
    }

    private static void Folded(ref ReadOnlySpan<byte> input, ProfileRecord into, bool any)
    {
        ProfileRecord.Reserve(ref into.LocationFolded, into.LocationCount);
        Span<bool> folded = into.LocationFolded.AsSpan(0, into.LocationCount);
        folded.Clear();
        if (any)
        {
            ReadOnlySpan<byte> bytes = Raw(ref input, folded.Length);
            for (int i = 0; i < folded.Length; i++)
            {
                folded[i] = bytes[i] != 0;
            }
        }
    }

    private static void Values(ref ReadOnlySpan<byte> input, ProfileRecord into)
    {
        long total = (long)into.TypeCount * into.SampleCount;
        if (total > input.Length)
        {
            throw new RecordFormatException("there are fewer values than samples and types");
        }

        ProfileRecord.Reserve(ref into.Values, (int)total);
        for (int t = 0; t < into.TypeCount; t++)
        {
            PackedColumn.Read(ref input, MemoryMarshal.Cast<long, ulong>(into.Values.AsSpan(t * into.SampleCount, into.SampleCount)));
        }

        if (into.HasSpans)
        {
            Longs(ref input, ref into.Span, into.SampleCount);
        }
    }

    private static ReadOnlySpan<byte> Raw(ref ReadOnlySpan<byte> input, int count)
    {
        if (count > input.Length)
        {
            throw new RecordFormatException("a column ends too early");
        }

        ReadOnlySpan<byte> bytes = input[..count];
        input = input[count..];
        return bytes;
    }

    private static uint[] Scratch(int count)
    {
        uint[] lengths = _lengths ?? [];
        ProfileRecord.Reserve(ref lengths, count);
        _lengths = lengths;
        return lengths;
    }

    private readonly record struct Header(int Text, int Lines, bool Folded);
}
