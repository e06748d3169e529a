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
    private readonly FaultList _faults;
    private readonly bool _isIndexed;
    private readonly List<(int First, int End)> _bad = [];

    private TableCheck(ParquetFile table, bool isIndexed, FaultList faults) => (_table, _isIndexed, _faults) = (table, isIndexed, faults);

    /// <summary>Checks a file.</summary>
    /// <param name="table">The file, opened with all that its footer tells.</param>
    /// <param name="schema">The fields that it may have; null: any.</param>
    /// <param name="isIndexed">Whether each of its columns must have a page index.</param>
    /// <param name="faults">Gets the faults.</param>
    /// <param name="progress">Told of bytes gone through: as many as the file has.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The rows whose pages are sound in all columns.</returns>
    public static async ValueTask<RowRanges> Run(
        ParquetFile table, ParquetSchema? schema, bool isIndexed, FaultList faults, Action<long>? progress, CancellationToken cancellation)
    {
        var check = new TableCheck(table, isIndexed, faults);
        await FooterCheck.Run(table, schema, faults, cancellation);
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
        if (_isIndexed && (chunk.OffsetIndexLength == 0 || chunk.ColumnIndexLength == 0))
        {
            _faults.Add(_table.Name, chunk.Start, $"column {column.Path}: has no page index");
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
            ComparePlaces(column, chunk, known, walked.FindAll(static w => w.Header.IsData));
        });
        var all = new PageValues(column);
        ColumnIndex? extremes = null;
        await _faults.Try(async () => { extremes = await _table.Extremes(column, group, cancellation); });
        if (extremes is not null && extremes.Min.Count != known.Pages.Length)
        {
            _faults.Add(_table.Name, chunk.ColumnIndexOffset, $"column {column.Path}: extremes of {extremes.Min.Count} pages where there are {known.Pages.Length}");
            extremes = null;
        }

        if (extremes?.HasLengthsOf(column) == false)
        {
            _faults.Add(_table.Name, chunk.ColumnIndexOffset, $"column {column.Path}: the page index tells of least or greatest values that are shorter or longer than those of the column");
            extremes = null;
        }

        if (extremes is { Order: not 0 } && !(extremes.Order <= 2 && extremes.IsOrdered(column, extremes.Order == 1 ? 1 : -1)))
        {
            _faults.Add(_table.Name, chunk.ColumnIndexOffset, $"column {column.Path}: the page index tells of an order of pages ({extremes.Order}) that they have not");
        }

        var before = _faults.Count;

        if (!known.RowsKnown)
        {
            // Pages of version 1 in lists do not tell where rows begin: the chunk is read in one go.
            await Decode(column, RowRanges.Between((int)rows.FirstRow, (int)(rows.FirstRow + rows.RowCount)), all, null, cancellation);
            FooterCheck.Chunk(_table, column, chunk, walked, all, _faults);
            return;
        }

        for (var p = 0; p < known.Pages.Length; p++)
        {
            var first = (int)(rows.FirstRow + known.Pages[p].FirstRow);
            var end = (int)(rows.FirstRow + (p + 1 < known.Pages.Length ? known.Pages[p + 1].FirstRow : rows.RowCount));
            var values = new PageValues(column);
            if (!await _faults.Try(async () => await Decode(column, RowRanges.Between(first, end), values, all, cancellation)))
            {
                _bad.Add((first, end));
            }
            else
            {
                var header = walked.Find(w => w.Place.Offset == known.Pages[p].Offset).Header;
                if (header.Type == PageType.DataV2 && header.NullCount != header.ValueCount - values.Present)
                {
                    _faults.Add(_table.Name, known.Pages[p].Offset, $"column {column.Path}: the page tells of {header.NullCount} nulls where there are {header.ValueCount - values.Present}");
                }

                Compare(column, chunk, extremes, p, values, header.ValueCount);
            }
        }

        if (_faults.Count == before)
        {
            FooterCheck.Chunk(_table, column, chunk, walked, all, _faults);
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

    private async ValueTask Decode(ParquetColumn column, RowRanges rows, PageValues into, PageValues? all, CancellationToken cancellation)
    {
        await using var scan = _table.Scan(rows, Budget, column);
        while (await scan.Next(cancellation))
        {
            into.Add(scan[0]);
            all?.Add(scan[0]);
        }
    }

    private void Compare(ParquetColumn column, ColumnChunk chunk, ColumnIndex? index, int page, PageValues values, int levels)
    {
        if (index is null)
        {
            return;
        }

        void Fault(string fault) => _faults.Add(_table.Name, chunk.ColumnIndexOffset, $"column {column.Path}: the page index tells of page {page} {fault}");
        if (index.NullPages[page] != (values.Present == 0))
        {
            Fault(index.NullPages[page] ? "that it has no values, which it has" : "that it has values, which it has not");
            return;
        }

        if (index.NullCounts.Count != index.Min.Count)
        {
            Fault("not how many of its values are null");
        }
        else if (levels > 0 && index.NullCounts[page] != levels - values.Present)
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
