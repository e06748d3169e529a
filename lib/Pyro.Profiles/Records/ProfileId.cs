using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;

namespace Pyro.Profiles.Records;

/// <summary>The identity of a profile: a UUID, compared by its bytes in text order.</summary>
public readonly record struct ProfileId(ulong High, ulong Low) : IComparable<ProfileId>
{
    /// <summary>Bytes of a UUID.</summary>
    public const int Size = 16;

    /// <inheritdoc/>
    public int CompareTo(ProfileId other) => High != other.High ? High.CompareTo(other.High) : Low.CompareTo(other.Low);

    /// <summary>The id that a client sent, or null when it is no UUID or the zero UUID.</summary>
    public static ProfileId? FromClient(string? text) =>
        Guid.TryParseExact(text, "D", out Guid guid) && guid != Guid.Empty ? FromGuid(guid) : null;

    /// <summary>Parses the text form of a UUID, 36 characters.</summary>
    public static bool TryParse(string? text, out ProfileId id)
    {
        bool valid = Guid.TryParseExact(text, "D", out Guid guid);
        id = FromGuid(guid);
        return valid;
    }

    /// <summary>Reads 16 bytes in text order.</summary>
    public static ProfileId Read(ReadOnlySpan<byte> bytes) =>
        new(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));

    /// <summary>Writes 16 bytes in text order.</summary>
    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64BigEndian(bytes, High);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], Low);
    }

    /// <summary>The text form of the UUID, lower case.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        Write(bytes);
        return new Guid(bytes, bigEndian: true).ToString("D");
    }

    /// <summary>
    /// A UUID of version 8 from what the profile is: XXH128 over the tenant and every column of the record but its id. Equal on
    /// every replica and for every retry of one body, and independent of how records are encoded.
    /// </summary>
    public static ProfileId FromContent(string tenant, ProfileRecord record)
    {
        XxHash128 hash = _hash ??= new XxHash128();
        hash.Reset();
        Text(hash, tenant);
        Span<long> numbers =
        [
            record.TimeNanos, record.DurationNanos, record.Period, record.PeriodType, record.PeriodUnit, record.DefaultSampleType,
            record.StringCount, record.LabelCount, record.TypeCount, record.CommentCount, record.MappingCount, record.FunctionCount,
            record.LocationCount, record.SampleCount, record.HasSpans ? 1 : 0,
        ];
        Column<long>(hash, numbers);
        Column(hash, record.StringStart, record.StringCount + 1);
        hash.Append(record.StringBytes.Span[..record.StringStart[record.StringCount]]);
        Column(hash, record.LabelName, record.LabelCount);
        Column(hash, record.LabelValue, record.LabelCount);
        Column(hash, record.TypeName, record.TypeCount);
        Column(hash, record.TypeUnit, record.TypeCount);
        Column(hash, record.Comment, record.CommentCount);
        Mappings(hash, record);
        Functions(hash, record);
        Locations(hash, record);
        Column(hash, record.SampleStackStart, record.SampleCount + 1);
        Column(hash, record.StackLocation, record.SampleStackStart[record.SampleCount]);
        Column(hash, record.Values, record.TypeCount * record.SampleCount);
        Column(hash, record.Span, record.HasSpans ? record.SampleCount : 0);
        UInt128 sum = hash.GetCurrentHashAsUInt128();
        ulong high = (ulong)(sum >> 64), low = (ulong)sum;
        return new ProfileId((high & ~0xF000UL) | 0x8000, (low & ~(3UL << 62)) | (2UL << 62));
    }

    [ThreadStatic]
    private static XxHash128? _hash;

    private static ProfileId FromGuid(Guid guid)
    {
        Span<byte> bytes = stackalloc byte[Size];
        guid.TryWriteBytes(bytes, bigEndian: true, out _);
        return Read(bytes);
    }

    private static void Text(XxHash128 hash, string text)
    {
        Span<byte> bytes = stackalloc byte[512];
        bytes = Encoding.UTF8.TryGetBytes(text, bytes, out int length) ? bytes[..length] : Encoding.UTF8.GetBytes(text);
        Column<int>(hash, [bytes.Length]);
        hash.Append(bytes);
    }

    private static void Mappings(XxHash128 hash, ProfileRecord record)
    {
        Column(hash, record.MappingStart, record.MappingCount);
        Column(hash, record.MappingLimit, record.MappingCount);
        Column(hash, record.MappingOffset, record.MappingCount);
        Column(hash, record.MappingFile, record.MappingCount);
        Column(hash, record.MappingBuildId, record.MappingCount);
        Column(hash, record.MappingFlags, record.MappingCount);
    }

    private static void Functions(XxHash128 hash, ProfileRecord record)
    {
        Column(hash, record.FunctionName, record.FunctionCount);
        Column(hash, record.FunctionSystemName, record.FunctionCount);
        Column(hash, record.FunctionFile, record.FunctionCount);
        Column(hash, record.FunctionStartLine, record.FunctionCount);
    }

    private static void Locations(XxHash128 hash, ProfileRecord record)
    {
        int lines = record.LocationLineStart[record.LocationCount];
        Column(hash, record.LocationMapping, record.LocationCount);
        Column(hash, record.LocationAddress, record.LocationCount);
        Column(hash, record.LocationFolded, record.LocationCount);
        Column(hash, record.LocationLineStart, record.LocationCount + 1);
        Column(hash, record.LineFunction, lines);
        Column(hash, record.LineNumber, lines);
    }

    /// <summary>Columns are hashed as they lie in memory, little endian on every platform that .NET runs servers on.</summary>
    private static void Column<T>(XxHash128 hash, ReadOnlySpan<T> column)
        where T : unmanaged => hash.Append(MemoryMarshal.AsBytes(column));

    private static void Column<T>(XxHash128 hash, T[] column, int count)
        where T : unmanaged => Column<T>(hash, column.AsSpan(0, count));
}
