using System.Buffers.Binary;
using Pyro.Blocks.Parquet;

namespace Pyro.Blocks.Verifying;

/// <summary>
/// Decodes every page of a Parquet file and compares it with the page index and with the row groups. Decoding checks the checksum of a page.
/// </summary>
internal sealed class TableCheck
{
    // Bytes fetched ahead within a page.
    private const long Budget = 4 << 20;

    private readonly ParquetFile _table;
    private readonly bool _needsIndex;
    private readonly FaultList _faults;
    private readonly List<(int First, int End)> _bad = [];

    private TableCheck(ParquetFile table, bool needsIndex, FaultList faults) => (_table, _needsIndex, _faults) = (table, needsIndex, faults);

    /// <summary>Checks a file.</summary>
    /// <param name="table">The file.</param>
    /// <param name="needsIndex">Whether it must have a page index for all columns, as Pyroscope wants of rows.</param>
    /// <param name="faults">Gets the faults.</param>
    /// <param name="progress">Told of bytes gone through: as many as the file has.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The rows whose pages are sound in all columns.</returns>
    public static async ValueTask<RowRanges> Run(
        ParquetFile table, bool needsIndex, FaultList faults, Action<long>? progress, CancellationToken cancellation)
    {
        var check = new TableCheck(table, needsIndex, faults);
        foreach (var column in table.Schema.Columns)
        {
            for (var group = 0; group < table.GroupCount; group++)
            {
                await check.Chunk(column, group, cancellation);
                progress?.Invoke(table.Metadata.Groups[group].Chunks[column.Index].CompressedBytes);
            }
        }

        return check.Sound();
    }

    private async ValueTask Chunk(ParquetColumn column, int group, CancellationToken cancellation)
    {
        var rows = _table.Metadata.Groups[group];
        var chunk = rows.Chunks[column.Index];
        if (rows.RowCount == 0)
        {
            return;
        }

        var all = ((int)rows.FirstRow, (int)(rows.FirstRow + rows.RowCount));
        if (_needsIndex && (chunk.OffsetIndexLength == 0 || chunk.ColumnIndexLength == 0))
        {
            _faults.Add(_table.Name, chunk.Start, $"column {column.Path}: has no page index, which Pyroscope needs");
        }

        // Without the places of its pages nothing of the chunk can be read.
        if (!await _faults.Try(async () => await Pages(column, group, cancellation)))
        {
            _bad.Add(all);
        }
    }

    private async ValueTask Pages(ParquetColumn column, int group, CancellationToken cancellation)
    {
        var rows = _table.Metadata.Groups[group];
        var chunk = rows.Chunks[column.Index];
        var known = (await _table.Pages(column, RowRanges.Between((int)rows.FirstRow, (int)(rows.FirstRow + rows.RowCount)), cancellation))[group]!;
        List<(PageLocation Place, PageHeader Header)> walked = [];
        await _faults.Try(async () =>
        {
            walked = await _table.Headers(column, group, cancellation);
            ComparePlaces(column, chunk, known, walked);
        });
        ColumnIndex? extremes = null;
        await _faults.Try(async () => { extremes = await _table.Extremes(column, group, cancellation); });
        if (extremes is not null && extremes.Min.Count != known.Pages.Length)
        {
            _faults.Add(_table.Name, chunk.ColumnIndexOffset, $"column {column.Path}: extremes of {extremes.Min.Count} pages where there are {known.Pages.Length}");
            extremes = null;
        }

        if (!known.RowsKnown)
        {
            // Pages of version 1 in lists do not tell where rows begin: the chunk is read in one go.
            await Decode(column, RowRanges.Between((int)rows.FirstRow, (int)(rows.FirstRow + rows.RowCount)), new PageValues(column), cancellation);
            return;
        }

        for (var p = 0; p < known.Pages.Length; p++)
        {
            var first = (int)(rows.FirstRow + known.Pages[p].FirstRow);
            var end = (int)(rows.FirstRow + (p + 1 < known.Pages.Length ? known.Pages[p + 1].FirstRow : rows.RowCount));
            var values = new PageValues(column);
            if (!await _faults.Try(async () => await Decode(column, RowRanges.Between(first, end), values, cancellation)))
            {
                _bad.Add((first, end));
            }
            else if (extremes is not null)
            {
                var levels = walked.Find(w => w.Place.Offset == known.Pages[p].Offset).Header.ValueCount;
                Compare(column, chunk, extremes, p, values, levels);
            }
        }
    }

    private void ComparePlaces(
        ParquetColumn column, ColumnChunk chunk, ChunkPages known, List<(PageLocation Place, PageHeader Header)> walked)
    {
        if (walked.Count != known.Pages.Length)
        {
            _faults.Add(_table.Name, chunk.OffsetIndexOffset, $"column {column.Path}: the page index has {known.Pages.Length} pages where there are {walked.Count}");
            return;
        }

        for (var p = 0; p < walked.Count; p++)
        {
            var (told, found) = (known.Pages[p], walked[p].Place);
            if (told.Offset != found.Offset || told.Length != found.Length || (found.FirstRow >= 0 && told.FirstRow >= 0 && told.FirstRow != found.FirstRow))
            {
                _faults.Add(
                    _table.Name,
                    found.Offset,
                    $"column {column.Path}: the page index has page {p} at byte {told.Offset} with {told.Length} bytes from row {told.FirstRow} on, the page itself lies at byte {found.Offset} with {found.Length} bytes from row {found.FirstRow} on");
            }
        }
    }

    private async ValueTask Decode(ParquetColumn column, RowRanges rows, PageValues into, CancellationToken cancellation)
    {
        await using var scan = _table.Scan(rows, Budget, column);
        while (await scan.Next(cancellation))
        {
            into.Add(scan[0]);
        }
    }

    private void Compare(ParquetColumn column, ColumnChunk chunk, ColumnIndex index, int page, PageValues values, int levels)
    {
        void Fault(string fault) => _faults.Add(_table.Name, chunk.ColumnIndexOffset, $"column {column.Path}: the page index tells of page {page} {fault}");
        if (index.NullPages[page] != (values.Present == 0))
        {
            Fault(index.NullPages[page] ? "that it has no values, which it has" : "that it has values, which it has not");
            return;
        }

        if (index.NullCounts.Count > page && levels > 0 && index.NullCounts[page] != levels - values.Present)
        {
            Fault($"that {index.NullCounts[page]} of its values are null where {levels - values.Present} are");
        }

        if (values.Present > 0 && !values.AreWithin(index.Min[page], index.Max[page]))
        {
            Fault("other least and greatest values than it has");
        }
    }

    private RowRanges Sound()
    {
        _bad.Sort();
        var sound = new RowRanges.Builder();
        var from = 0;
        foreach (var (first, end) in _bad)
        {
            sound.Add(from, first);
            from = Math.Max(from, end);
        }

        sound.Add(from, _table.RowCount);
        return sound.Build();
    }
}

/// <summary>Least and greatest value of a page, and how many are not null.</summary>
internal sealed class PageValues(ParquetColumn column)
{
    private long _least = long.MaxValue, _greatest = long.MinValue;
    private byte[]? _leastBytes, _greatestBytes;

    /// <summary>Values that are not null.</summary>
    public int Present { get; private set; }

    /// <summary>Adds values.</summary>
    public void Add(ColumnBatch batch)
    {
        var nulls = batch.Nulls;
        for (var i = 0; i < batch.Count; i++)
        {
            if (!nulls.IsEmpty && nulls[i] != 0)
            {
                continue;
            }

            Present++;
            if (column.IsBytes)
            {
                Add(batch.BytesOf(i));
            }
            else
            {
                var number = Ordered(batch.Numbers[i]);
                _least = Math.Min(_least, number);
                _greatest = Math.Max(_greatest, number);
            }
        }
    }

    /// <summary>Whether these are the extremes of the page; of bytes, which may be cut, whether the page lies between.</summary>
    public bool AreWithin(byte[] min, byte[] max)
    {
        if (column.Type is ParquetType.Float or ParquetType.Double or ParquetType.Int96)
        {
            return true;
        }

        return column.IsBytes
            ? min.AsSpan().SequenceCompareTo(_leastBytes) <= 0 && (max.AsSpan().SequenceCompareTo(_greatestBytes) >= 0 || _greatestBytes.AsSpan().StartsWith(max))
            : TryNumber(min, out var least) && TryNumber(max, out var greatest) && least == _least && greatest == _greatest;
    }

    private void Add(ReadOnlySpan<byte> value)
    {
        if (_leastBytes is null || value.SequenceCompareTo(_leastBytes) < 0)
        {
            _leastBytes = value.ToArray();
        }

        if (_greatestBytes is null || value.SequenceCompareTo(_greatestBytes) > 0)
        {
            _greatestBytes = value.ToArray();
        }
    }

    // Numbers of 64 bits without sign compare as those with their highest bit turned.
    private long Ordered(long number) => column is { IsUnsigned: true, Width: 8 } ? number ^ long.MinValue : number;

    private bool TryNumber(byte[] stored, out long number)
    {
        number = 0;
        switch (stored.Length)
        {
            case 1 when column.Type == ParquetType.Boolean:
                number = stored[0];
                return true;
            case 4 when column.Width == 4:
                number = column.IsUnsigned ? BinaryPrimitives.ReadUInt32LittleEndian(stored) : BinaryPrimitives.ReadInt32LittleEndian(stored);
                return true;
            case 8 when column.Width == 8:
                number = Ordered(BinaryPrimitives.ReadInt64LittleEndian(stored));
                return true;
            default:
                return false;
        }
    }
}
