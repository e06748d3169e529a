using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Pyro.Blocks.Files;

namespace Pyro.Blocks.Parquet;

/// <summary>
/// A Parquet file, read by ranges. Opening reads its footer; a column's page index is read when the column is first needed. May be read
/// by several at once.
/// </summary>
public sealed partial class ParquetFile
{
    private const int FooterBytesMax = 16 << 20, TailBytesMin = 32 << 10, TailBytesMax = 512 << 10;
    private readonly IBlockFile _file;
    private readonly Dictionary<string, ParquetColumn> _columns = new(StringComparer.Ordinal);
    private readonly ChunkPages?[][] _pages;
    private readonly ColumnIndex?[][] _extremes;
    private long _bytesRead, _readCount;

    private ParquetFile(IBlockFile file, ParquetMetadata metadata)
    {
        (_file, Metadata) = (file, metadata);
        foreach (ParquetColumn column in metadata.Schema.Columns)
        {
            _columns.TryAdd(column.Path, column);
        }

        _pages = [.. metadata.Schema.Columns.Select(_ => new ChunkPages?[metadata.Groups.Count])];
        _extremes = [.. metadata.Schema.Columns.Select(_ => new ColumnIndex?[metadata.Groups.Count])];
    }

    /// <summary>Its name in messages.</summary>
    public string Name => _file.Name;

    /// <summary>Its fields.</summary>
    public ParquetSchema Schema => Metadata.Schema;

    /// <summary>Rows in all, as the footer says.</summary>
    public int RowCount => (int)Metadata.RowCount;

    /// <summary>Row groups.</summary>
    public int GroupCount => Metadata.Groups.Count;

    /// <summary>Who wrote it.</summary>
    public string CreatedBy => Metadata.CreatedBy;

    /// <summary>Bytes read from the file so far.</summary>
    public long BytesRead => Volatile.Read(ref _bytesRead);

    /// <summary>Reads of the file so far.</summary>
    public long ReadCount => Volatile.Read(ref _readCount);

    internal ParquetMetadata Metadata { get; }

    /// <summary>Where the footer begins.</summary>
    internal long FooterOffset { get; private init; }

    /// <summary>Reads the footer. The file stays the caller's to dispose.</summary>
    /// <exception cref="DamagedBlockException">It is no Parquet file, or its footer is damaged.</exception>
    public static ValueTask<ParquetFile> Open(IBlockFile file, CancellationToken cancellation) => Open(file, whole: false, cancellation);

    /// <summary>The same.</summary>
    /// <param name="file">The file.</param>
    /// <param name="whole">Keeps what nobody needs who only reads rows: encodings and statistics of chunks.</param>
    /// <param name="cancellation">Ends it.</param>
    internal static async ValueTask<ParquetFile> Open(IBlockFile file, bool whole, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (file.Length < 12)
        {
            throw new DamagedBlockException(file.Name, -1, $"{file.Length} bytes are no Parquet file");
        }

        byte[] tail = new byte[Math.Min(file.Length, Math.Clamp(file.Length / 10_000, TailBytesMin, TailBytesMax))];
        await file.Read(file.Length - tail.Length, tail, cancellation);
        long read = tail.Length, reads = 1;
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(tail.AsSpan(tail.Length - 8));
        if (!tail.AsSpan(tail.Length - 4).SequenceEqual("PAR1"u8))
        {
            throw new DamagedBlockException(file.Name, file.Length - 4, "it does not end as a Parquet file does");
        }

        if (length > file.Length - 12 || length > FooterBytesMax)
        {
            throw new DamagedBlockException(file.Name, file.Length - 8, $"a footer of {length} bytes in a file of {file.Length}");
        }

        long start = file.Length - 8 - length;
        Memory<byte> footer = tail.AsMemory()[..^8];
        if (length <= footer.Length)
        {
            footer = footer[^(int)length..];
        }
        else
        {
            footer = new byte[length];
            await file.Read(start, footer, cancellation);
            read += length;
            reads++;
        }

        try
        {
            return new ParquetFile(file, MetadataReader.Read(footer.Span, whole)) { FooterOffset = start, _bytesRead = read, _readCount = reads };
        }
        catch (InvalidDataException e)
        {
            throw new DamagedBlockException(file.Name, start, $"the footer is damaged: {e.Message}", e);
        }
    }

    /// <summary>The column of a dotted path, such as <c>Samples.list.element.Value</c>.</summary>
    public bool TryColumn(string path, [NotNullWhen(true)] out ParquetColumn? column) => _columns.TryGetValue(path, out column);

    /// <summary>The column of a dotted path.</summary>
    /// <exception cref="DamagedBlockException">There is none.</exception>
    public ParquetColumn Column(string path) =>
        _columns.TryGetValue(path, out ParquetColumn? column) ? column : throw new DamagedBlockException(Name, -1, $"there is no column {path}");

    /// <summary>Bytes of a column's pages in the file.</summary>
    public long CompressedBytes(ParquetColumn column) => Metadata.Groups.Sum(g => Chunk(g, column).CompressedBytes);

    /// <summary>Values of a column in all, with one for each null and each empty list.</summary>
    public long ValueCount(ParquetColumn column) => Metadata.Groups.Sum(g => Chunk(g, column).ValueCount);

    /// <summary>
    /// Reads columns together, batch by batch, for some rows. Only the pages that hold them are read, near ones in one go, and ahead of
    /// their use.
    /// </summary>
    /// <param name="rows">Which.</param>
    /// <param name="budget">Bytes that may be fetched ahead, over all columns; each column holds at least one piece of about 1 MiB.</param>
    /// <param name="columns">Columns of this file.</param>
    public RowScan Scan(RowRanges rows, long budget, params ReadOnlySpan<ParquetColumn> columns) => new(this, rows, budget, [.. columns]);

    internal async ValueTask Read(long offset, Memory<byte> into, CancellationToken cancellation)
    {
        Interlocked.Add(ref _bytesRead, into.Length);
        Interlocked.Increment(ref _readCount);
        await _file.Read(offset, into, cancellation);
    }

    internal DamagedBlockException Damaged(long offset, ParquetColumn column, Exception fault) =>
        new(Name, offset, $"column {column.Path}: {fault.Message}", fault);

    private ColumnChunk Chunk(RowGroup group, ParquetColumn column)
    {
        if (column.Index >= group.Chunks.Length || !ReferenceEquals(Schema.Columns[column.Index], column))
        {
            throw new ArgumentException($"column {column.Path} is of another file", nameof(column));
        }

        return group.Chunks[column.Index];
    }
}
