using System.Buffers.Binary;
using Pyro.Disk;
using Pyro.Memory;

namespace Pyro.Blocks.Parquet;

/// <summary>
/// Writes a Parquet file row by row. A row group is held encoded in memory until it has its rows or bytes, then appended; page indexes and
/// footer follow at the end. What is written depends on the rows alone. Not for several at once.
/// </summary>
public sealed class ParquetWriter : IDisposable
{
    /// <summary>Rows of a group, as Pyroscope has it.</summary>
    public const int GroupRowsMax = 100_000;

    /// <summary>Who wrote the file, as its footer tells.</summary>
    public const string CreatedBy = "pyro";

    /// <summary>The same of a file with rows of Pyroscope, whose IDs are none of ours.</summary>
    public const string RewrittenBy = "pyro, of rows of Pyroscope";

    /// <summary>A row group ends earlier when so much of it is held.</summary>
    private const long GroupBytesMax = 32 << 20;

    /// <summary>How often the held bytes are counted, in rows.</summary>
    private const int CountEvery = 64;

    private readonly IDiskFile _file;
    private readonly ParquetMetadata _metadata;
    private readonly ColumnWriter[] _columns;
    private readonly List<ColumnIndex> _extremes = [];
    private readonly List<List<PageLocation>> _pages = [];
    private readonly int _groupRows;
    private long _length;
    private int _rows;

    /// <summary>Begins a new file, which must not be there yet.</summary>
    /// <param name="disk">Where.</param>
    /// <param name="path">Of the file.</param>
    /// <param name="schema">Its columns: flat ones, lists, and lists within lists that stay empty.</param>
    /// <param name="groupRows">Rows of a row group.</param>
    /// <param name="createdBy">What the footer shall tell of who wrote it.</param>
    public ParquetWriter(IDisk disk, string path, ParquetSchema schema, int groupRows = GroupRowsMax, string createdBy = CreatedBy)
    {
        ArgumentNullException.ThrowIfNull(disk);
        ArgumentNullException.ThrowIfNull(schema);
        _columns = [.. schema.Columns.Select(c => new ColumnWriter(c))];
        _metadata = new ParquetMetadata { Schema = schema, Version = 2, CreatedBy = createdBy };
        _groupRows = groupRows;
        _file = disk.Create(path);
    }

    /// <summary>Row groups that have ended: the number of the one that the next row falls into.</summary>
    public int GroupCount => _metadata.Groups.Count;

    /// <summary>Rows of the group that has not ended: the place of the next row in it.</summary>
    public int GroupRows => _rows;

    /// <summary>The writer of a column, by its place in the schema.</summary>
    public ColumnWriter this[int column] => _columns[column];

    /// <summary>Ends a row for which every column has got its value or list.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    public ValueTask EndRow(CancellationToken cancellation)
    {
        _rows++;
        foreach (ColumnWriter column in _columns)
        {
            column.EndRow(_rows);
        }

        bool full = _rows >= _groupRows || (_rows % CountEvery == 0 && Held() >= GroupBytesMax);
        return full ? EndGroup(cancellation) : ValueTask.CompletedTask;
    }

    /// <summary>Writes what is left, page indexes and footer, and syncs; answers the length of the file.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    public async ValueTask<long> Finish(CancellationToken cancellation)
    {
        await EndGroup(cancellation);
        using var output = new LeaseWriter(64 << 10);
        if (_length == 0)
        {
            output.Write("PAR1"u8);
        }

        int chunk = 0;
        foreach (ColumnChunk c in _metadata.Groups.SelectMany(g => g.Chunks))
        {
            c.ColumnIndexOffset = _length + output.Length;
            MetadataWriter.ColumnIndex(output, _extremes[chunk++]);
            c.ColumnIndexLength = (int)(_length + output.Length - c.ColumnIndexOffset);
        }

        chunk = 0;
        foreach (ColumnChunk c in _metadata.Groups.SelectMany(g => g.Chunks))
        {
            c.OffsetIndexOffset = _length + output.Length;
            MetadataWriter.OffsetIndex(output, _pages[chunk++]);
            c.OffsetIndexLength = (int)(_length + output.Length - c.OffsetIndexOffset);
        }

        int footer = output.Length;
        MetadataWriter.Footer(output, _metadata);
        BinaryPrimitives.WriteInt32LittleEndian(output.GetSpan(4), output.Length - footer);
        output.Advance(4);
        output.Write("PAR1"u8);
        await _file.Append(output.WrittenMemory, cancellation);
        _length += output.Length;
        await _file.Sync(cancellation);
        return _length;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        foreach (ColumnWriter column in _columns)
        {
            column.Dispose();
        }
    }

    private long Held()
    {
        long held = 0;
        foreach (ColumnWriter column in _columns)
        {
            held += column.Held;
        }

        return held;
    }

    private async ValueTask EndGroup(CancellationToken cancellation)
    {
        if (_rows == 0)
        {
            return;
        }

        var buffers = new List<ReadOnlyMemory<byte>>();
        if (_length == 0)
        {
            buffers.Add("PAR1"u8.ToArray());
            _length = 4;
        }

        var group = new RowGroup { RowCount = _rows, FileOffset = _length, Chunks = new ColumnChunk[_columns.Length] };
        for (int i = 0; i < _columns.Length; i++)
        {
            _columns[i].EndPage();
            (ColumnChunk chunk, List<PageLocation> pages, PageExtremes extremes) = _columns[i].Pages.Finish(_length, buffers);
            group.Chunks[i] = chunk;
            group.CompressedBytes += chunk.CompressedBytes;
            group.UncompressedBytes += chunk.UncompressedBytes;
            _length += chunk.CompressedBytes;
            _pages.Add(pages);
            _extremes.Add(extremes.Index());
        }

        _metadata.Groups.Add(group);
        _metadata.RowCount += _rows;
        _rows = 0;
        await _file.Append(buffers, cancellation);
        foreach (ColumnWriter column in _columns)
        {
            column.Pages.Clear();
        }
    }
}
