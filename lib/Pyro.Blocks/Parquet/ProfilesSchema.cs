using static Pyro.Blocks.Parquet.ParquetField;

namespace Pyro.Blocks.Parquet;

/// <summary>The tables of profiles that Pyroscope knows. Source: block-format 5.1 and 7.</summary>
public static class ProfilesSchema
{
    /// <summary>The columns of profiles.parquet; ID must be the first.</summary>
    public static ParquetSchema Profiles { get; } = new(
        "Profile",
        Leaf("ID", ParquetType.FixedLenByteArray, ParquetLogical.Uuid, typeLength: 16),
        SeriesIndex(),
        StacktracePartition(),
        TotalValue(),
        List("Samples", Group(
            "element",
            ParquetRepetition.Required,
            StacktraceId(),
            Value(),
            List("Labels", Group(
                "element",
                ParquetRepetition.Required,
                Leaf("Key", ParquetType.Int64, ParquetLogical.Int64),
                Optional("Str"),
                Optional("Num"),
                Optional("NumUnit"))),
            Leaf("SpanID", ParquetType.Int64, ParquetLogical.UInt64, ParquetRepetition.Optional),
            Leaf("TraceID", ParquetType.FixedLenByteArray, repetition: ParquetRepetition.Optional, typeLength: 16))),
        Optional("DropFrames"),
        Optional("KeepFrames"),
        TimeNanos(),
        Optional("DurationNanos"),
        Optional("Period"),
        List("Comments", Leaf("element", ParquetType.Int64, ParquetLogical.Int64)),
        Optional("DefaultSampleType"),
        Annotations());

    /// <summary>The columns of downsampled tables.</summary>
    public static ParquetSchema Downsampled { get; } = new(
        "DownsampledProfile",
        SeriesIndex(),
        StacktracePartition(),
        TotalValue(),
        List("Samples", Group("element", ParquetRepetition.Required, StacktraceId(), Value())),
        TimeNanos(),
        Annotations());

    private static ParquetField SeriesIndex() => Leaf("SeriesIndex", ParquetType.Int32, ParquetLogical.UInt32);

    private static ParquetField StacktracePartition() => Leaf("StacktracePartition", ParquetType.Int64, ParquetLogical.UInt64);

    private static ParquetField TotalValue() => Leaf("TotalValue", ParquetType.Int64, ParquetLogical.UInt64);

    private static ParquetField StacktraceId() => Leaf("StacktraceID", ParquetType.Int64, ParquetLogical.UInt64);

    private static ParquetField Value() => Leaf("Value", ParquetType.Int64, ParquetLogical.Int64);

    private static ParquetField TimeNanos() => Leaf("TimeNanos", ParquetType.Int64, ParquetLogical.TimestampNanos);

    private static ParquetField Optional(string name) => Leaf(name, ParquetType.Int64, ParquetLogical.Int64, ParquetRepetition.Optional);

    private static ParquetField Annotations() => List("Annotations", Group(
        "element",
        ParquetRepetition.Required,
        Leaf("Key", ParquetType.ByteArray, ParquetLogical.String),
        Leaf("Value", ParquetType.ByteArray, ParquetLogical.String)));
}
