using System.Buffers.Binary;

namespace Pyro.Blocks.Parquet;

/// <summary>Encodings, numbered as in the format.</summary>
internal enum ParquetEncoding
{
    Plain = 0, PlainDictionary = 2, Rle = 3, BitPacked = 4, DeltaBinaryPacked = 5, DeltaLengthByteArray = 6, DeltaByteArray = 7, RleDictionary = 8,
    ByteStreamSplit = 9,
}

/// <summary>Codecs, numbered as in the format.</summary>
internal enum ParquetCodec
{
    Uncompressed = 0, Snappy = 1, Gzip = 2, Brotli = 4, Zstd = 6, Lz4Raw = 7,
}

/// <summary>Kinds of pages, numbered as in the format.</summary>
internal enum PageType
{
    Data = 0, Index = 1, Dictionary = 2, DataV2 = 3,
}

/// <summary>What the footer says of a file.</summary>
internal sealed class ParquetMetadata
{
    public int Version { get; set; }

    public string CreatedBy { get; set; } = "";

    public required ParquetSchema Schema { get; init; }

    public List<RowGroup> Groups { get; } = [];

    public long RowCount { get; set; }
}

/// <summary>Rows of a file whose columns lie together.</summary>
internal sealed class RowGroup
{
    public ColumnChunk[] Chunks { get; set; } = [];

    public long RowCount { get; set; }

    /// <summary>Rows of the groups before.</summary>
    public long FirstRow { get; set; }

    public long FileOffset { get; set; }

    public long UncompressedBytes { get; set; }

    public long CompressedBytes { get; set; }
}

/// <summary>The pages of one column in one row group.</summary>
internal sealed class ColumnChunk
{
    public ParquetType Type { get; set; }

    public ParquetCodec Codec { get; set; }

    /// <summary>Kept by who writes or verifies the file.</summary>
    public List<ParquetEncoding> Encodings { get; } = [];

    public long ValueCount { get; set; }

    /// <summary>Values that are not there; kept by who writes or verifies the file, as are the extremes; null when it is not told.</summary>
    public long? NullCount { get; set; }

    public long UncompressedBytes { get; set; }

    public long CompressedBytes { get; set; }

    public long DataPageOffset { get; set; }

    /// <summary>0: none, or none named.</summary>
    public long DictionaryPageOffset { get; set; }

    public byte[]? Min { get; set; }

    public byte[]? Max { get; set; }

    public long OffsetIndexOffset { get; set; }

    public int OffsetIndexLength { get; set; }

    public long ColumnIndexOffset { get; set; }

    public int ColumnIndexLength { get; set; }

    /// <summary>Where the first page of either kind begins.</summary>
    public long Start => DictionaryPageOffset > 0 ? Math.Min(DictionaryPageOffset, DataPageOffset) : DataPageOffset;

    /// <summary>Where the last page ends.</summary>
    public long End => Start + CompressedBytes;
}

/// <summary>Where a data page lies.</summary>
/// <param name="Offset">Of its header in the file.</param>
/// <param name="Length">Bytes with its header.</param>
/// <param name="FirstRow">Its first row within the row group; -1: not known before it is decoded.</param>
internal readonly record struct PageLocation(long Offset, int Length, long FirstRow);

/// <summary>Least and greatest value of each page of a chunk.</summary>
internal sealed class ColumnIndex
{
    public List<bool> NullPages { get; } = [];

    public List<byte[]> Min { get; } = [];

    public List<byte[]> Max { get; } = [];

    public List<long> NullCounts { get; } = [];

    /// <summary>Whether the pages ascend (1), descend (2), or neither is known (0).</summary>
    public int Order { get; set; }

    /// <summary>Whether the extremes of each page that has values are as long as values of the column are, so that they can be compared.</summary>
    public bool HasLengthsOf(ParquetColumn column)
    {
        int length = column.Type == ParquetType.Boolean ? 1 : column.Width;
        for (int i = 0; length > 0 && i < Min.Count; i++)
        {
            if (!NullPages[i] && (Min[i].Length != length || Max[i].Length != length))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether both extremes ascend from page to page (sign 1), or descend (-1).</summary>
    public bool IsOrdered(ParquetColumn column, int sign)
    {
        int last = -1;
        for (int i = 0; i < Min.Count; i++)
        {
            if (NullPages[i])
            {
                continue;
            }

            if (last >= 0 && (sign * Compare(column, Min[last], Min[i]) > 0 || sign * Compare(column, Max[last], Max[i]) > 0))
            {
                return false;
            }

            last = i;
        }

        return true;
    }

    /// <summary>Which of two values of a column comes first.</summary>
    public static int Compare(ParquetColumn column, byte[] left, byte[] right) => column.IsBytes
        ? left.AsSpan().SequenceCompareTo(right)
        : column.IsUnsigned ? ((ulong)Number(column, left)).CompareTo((ulong)Number(column, right)) : Number(column, left).CompareTo(Number(column, right));

    private static long Number(ParquetColumn column, byte[] bytes) => bytes.Length switch
    {
        1 => bytes[0],
        4 => column.IsUnsigned ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadInt32LittleEndian(bytes),
        _ => BinaryPrimitives.ReadInt64LittleEndian(bytes),
    };
}

/// <summary>The head of a page.</summary>
internal struct PageHeader
{
    public PageType Type;
    public int UncompressedBytes, CompressedBytes, ValueCount, RowCount, NullCount;
    public ParquetEncoding Encoding, DefinitionEncoding, RepetitionEncoding;
    public int DefinitionBytes, RepetitionBytes;
    public bool IsCompressed, HasCrc;
    public uint Crc;

    /// <summary>Bytes of the header itself.</summary>
    public int Length;

    /// <summary>Whether it is that of a page of values rather than of a dictionary.</summary>
    public readonly bool IsData => Type is PageType.Data or PageType.DataV2;
}
