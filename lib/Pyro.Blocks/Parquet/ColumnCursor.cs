namespace Pyro.Blocks.Parquet;

/// <summary>
/// Goes over the rows of one column, forwards only, and adds those that are wanted to its batch. Each page is read and unpacked at most
/// once; levels are decoded in pieces of a few thousand.
/// </summary>
internal sealed class ColumnCursor
{
    private const int LevelsMax = 4096;
    private readonly ParquetFile _file;
    private readonly ParquetColumn _column;
    private readonly PageFetcher _fetcher;
    private readonly Page _page;
    private readonly byte[] _repetition, _definition, _entries;
    private readonly int[] _ends;
    private PlannedPage _at;
    private ColumnChunk? _chunk;
    private int _level, _levelEnd;
    private long _row, _chunkValues;
    private int _chunkPages;
    private bool _open, _hasPage;

    private ColumnCursor(ParquetFile file, ParquetColumn column, PageFetcher fetcher)
    {
        (_file, _column, _fetcher) = (file, column, fetcher);
        _page = new Page(column);
        Batch = new ColumnBatch(column);
        _repetition = column.MaxRepetition > 0 ? new byte[LevelsMax] : [];
        _ends = column.MaxRepetition > 0 ? new int[LevelsMax] : [];
        _definition = column.MaxDefinition > 0 ? new byte[LevelsMax] : [];
        _entries = column.MaxDefinition > 0 ? new byte[LevelsMax] : [];
    }

    /// <summary>What was read; the owner clears it.</summary>
    public ColumnBatch Batch { get; }

    /// <summary>Plans the reading of a column and begins it.</summary>
    public static async ValueTask<ColumnCursor> Open(ParquetFile file, ParquetColumn column, RowRanges rows, long budget, CancellationToken cancellation)
    {
        ChunkPages?[] pages = await file.Pages(column, rows, cancellation);
        var plan = new List<PlannedPage>();
        for (int i = 0; i < pages.Length; i++)
        {
            if (pages[i] is { } chunk)
            {
                Plan(chunk, file.Metadata.Groups[i], rows, plan);
            }
        }

        var fetcher = new PageFetcher(file, [.. plan], budget);
        fetcher.ReadAhead(cancellation);
        return new ColumnCursor(file, column, fetcher);
    }

    /// <summary>
    /// Adds rows from one on: as many as wanted, or fewer when their values reach the target; always at least one.
    /// </summary>
    public async ValueTask<int> Take(int row, int rows, int target, CancellationToken cancellation)
    {
        try
        {
            await Seek(row, cancellation);
            return await Go(rows, target, keep: true, cancellation);
        }
        catch (InvalidDataException e)
        {
            throw _file.Damaged(_at.Location.Offset, _column, e);
        }
    }

    /// <summary>Gives the buffers back.</summary>
    public async ValueTask Close()
    {
        _page.Drop();
        await _fetcher.Close();
    }

    private static void Plan(ChunkPages chunk, RowGroup group, RowRanges rows, List<PlannedPage> plan)
    {
        if (!rows.Intersects(group.FirstRow, group.FirstRow + group.RowCount))
        {
            return;
        }

        if (chunk.Dictionary is { } dictionary)
        {
            plan.Add(new PlannedPage(chunk.Chunk, chunk.Pages.Length, dictionary, true, -1, -1));
        }

        for (int i = 0; i < chunk.Pages.Length; i++)
        {
            if (!chunk.RowsKnown)
            {
                plan.Add(new PlannedPage(chunk.Chunk, chunk.Pages.Length, chunk.Pages[i], false, i == 0 ? group.FirstRow : -1, -1));
                continue;
            }

            long first = group.FirstRow + chunk.Pages[i].FirstRow;
            long end = group.FirstRow + (i + 1 < chunk.Pages.Length ? chunk.Pages[i + 1].FirstRow : group.RowCount);
            if (rows.Intersects(first, end))
            {
                plan.Add(new PlannedPage(chunk.Chunk, chunk.Pages.Length, chunk.Pages[i], false, first, end));
            }
        }
    }

    private async ValueTask Seek(long row, CancellationToken cancellation)
    {
        if (!_hasPage || (_at.EndRow >= 0 && _at.EndRow <= row))
        {
            (_level, _levelEnd, _open) = (0, 0, false);
            while (_fetcher.HasNext && !_fetcher.Upcoming.IsDictionary && _fetcher.Upcoming.EndRow >= 0 && _fetcher.Upcoming.EndRow <= row)
            {
                _fetcher.Pass();
            }

            await NextPage(cancellation);
        }

        while (_row < row)
        {
            await Go((int)Math.Min(row - _row, int.MaxValue), int.MaxValue, keep: false, cancellation);
        }

        if (_row != row)
        {
            throw new InvalidDataException($"row {row} was wanted where row {_row} is next");
        }
    }

    private async ValueTask<int> Go(int rows, int target, bool keep, CancellationToken cancellation)
    {
        int done = 0;
        while (done < rows)
        {
            if (_level == _levelEnd && _page.Left == 0)
            {
                if (_open && !GoesOn())
                {
                    done += CloseRow(keep);
                    continue;
                }

                if (!_open && keep && done > 0 && Batch.Count >= target)
                {
                    return done;
                }

                if (_at.EndRow >= 0 && _row < _at.EndRow)
                {
                    throw new InvalidDataException($"a page ends before row {_row}, not row {_at.EndRow}");
                }

                await NextPage(cancellation);
                continue;
            }

            if (keep && Batch.Count >= target && done > 0 && !_open)
            {
                return done;
            }

            // Once the values suffice only the row that is open is finished.
            int more = keep && Batch.Count >= target ? 1 : rows - done;
            done += Step(more, keep);
            if (keep && Batch.Count >= target && done > 0 && !_open)
            {
                return done;
            }
        }

        return done;
    }

    /// <summary>Whether the open row may go on in the next page.</summary>
    private bool GoesOn() => _fetcher.HasNext && _fetcher.Upcoming.FirstRow < 0 && !_fetcher.Upcoming.IsDictionary;

    private int CloseRow(bool keep)
    {
        _open = false;
        _row++;
        CheckRow();
        if (keep)
        {
            Batch.EndRow(Batch.Count);
        }

        return 1;
    }

    private async ValueTask NextPage(CancellationToken cancellation)
    {
        while (true)
        {
            if (!_fetcher.HasNext)
            {
                throw new InvalidDataException($"there is no row {_row}");
            }

            PlannedPage next = _fetcher.Upcoming;
            ArraySegment<byte> bytes = await _fetcher.Take(cancellation);
            _at = next;
            if (!ReferenceEquals(next.Chunk, _chunk))
            {
                _chunk = next.Chunk;
                _page.NoDictionary();
                (_chunkValues, _chunkPages) = (0, 0);
            }

            if (next.IsDictionary)
            {
                _page.OpenDictionary(bytes, next.Chunk.Codec);
                continue;
            }

            _page.Open(bytes, next.Chunk.Codec);
            CheckCounts();
            _hasPage = true;
            if (next.FirstRow >= 0)
            {
                _row = next.FirstRow;
            }

            return;
        }
    }

    /// <summary>No checksum covers a page's header: its counts are held against those of footer and index.</summary>
    private void CheckCounts()
    {
        _chunkValues += _page.Left;
        _chunkPages++;
        bool values = _chunkPages < _at.PagesOfChunk ? _chunkValues <= _at.Chunk.ValueCount : _chunkValues == _at.Chunk.ValueCount;
        bool rows = _at.EndRow < 0 || _page.RowCount < 0 || _page.RowCount == _at.EndRow - _at.FirstRow;
        if (!values || !rows)
        {
            throw new InvalidDataException($"a page of {_page.Left} values in {_page.RowCount} rows is not what footer and index say");
        }
    }

    /// <summary>Reads within the levels at hand; answers the rows that ended.</summary>
    private int Step(int rows, bool keep)
    {
        if (_level == _levelEnd)
        {
            Refill();
        }

        int from = _level, done = 0;
        if (_column.MaxRepetition == 0)
        {
            done = Math.Min(rows, _levelEnd - from);
            _level = from + done;
            _row += done;
            Values(from, 0, keep);
        }
        else
        {
            done = Rows(rows);
            Values(from, done, keep);
        }

        CheckRow();
        return done;
    }

    private void CheckRow()
    {
        if (_at.EndRow >= 0 && _row > _at.EndRow)
        {
            throw new InvalidDataException($"a page goes on past row {_at.EndRow}");
        }
    }

    private void Refill()
    {
        int count = Math.Min(LevelsMax, _page.Left);
        if (_column.MaxRepetition == 0 && _column.MaxDefinition == 0)
        {
            _page.PassLevels(count);
        }
        else
        {
            _page.ReadLevels(_repetition.AsSpan(0, _column.MaxRepetition > 0 ? count : 0), _definition.AsSpan(0, _column.MaxDefinition > 0 ? count : 0));
        }

        (_level, _levelEnd) = (0, count);
    }

    /// <summary>Goes over whole rows of a list as far as wanted or at hand, and notes at which level each ends.</summary>
    private int Rows(int rows)
    {
        ReadOnlySpan<byte> levels = _repetition.AsSpan(0, _levelEnd);
        int done = 0, at = _level;
        while (at < levels.Length)
        {
            if (levels[at] == 0)
            {
                if (_open)
                {
                    _ends[done++] = at;
                    _row++;
                    _open = false;
                    if (done == rows)
                    {
                        break;
                    }
                }

                _open = true;
                at++;
            }
            else if (!_open)
            {
                throw new InvalidDataException("a page begins within a row");
            }

            int next = levels[at..].IndexOf((byte)0);
            at = next < 0 ? levels.Length : at + next;
        }

        _level = at;
        return done;
    }

    /// <summary>Reads the values of the levels that were gone over.</summary>
    private void Values(int from, int rows, bool keep)
    {
        int count = _level - from, max = _column.MaxDefinition;
        ReadOnlySpan<byte> definition = max == 0 ? [] : _definition.AsSpan(from, count);
        if (!keep)
        {
            _page.SkipValues(max == 0 ? count : definition.Count((byte)max));
            return;
        }

        int before = Batch.Count;
        if (max == 0 || definition.IndexOfAnyExcept((byte)max) < 0)
        {
            _page.ReadValues(count, Batch);
            Batch.AllPresent(count);
            for (int i = 0; i < rows; i++)
            {
                Batch.EndRow(before + _ends[i] - from);
            }
        }
        else
        {
            Nulls(definition, from, rows);
        }

        if (_open && Batch.OpenCount > ColumnBatch.RowValuesMax)
        {
            throw new InvalidDataException($"more than {ColumnBatch.RowValuesMax} values in row {_row}");
        }
    }

    private void Nulls(ReadOnlySpan<byte> definition, int from, int rows)
    {
        int max = _column.MaxDefinition, entries = 0, present = 0, row = 0, before = Batch.Count;
        for (int i = 0; i < definition.Length; i++)
        {
            for (; row < rows && _ends[row] - from == i; row++)
            {
                Batch.EndRow(before + entries);
            }

            byte level = definition[i];
            if (level >= _column.EntryDefinition)
            {
                _entries[entries++] = level;
                present += level == max ? 1 : 0;
            }
        }

        for (; row < rows; row++)
        {
            Batch.EndRow(before + entries);
        }

        _page.ReadValues(present, Batch);
        if (present < entries)
        {
            Batch.Spread(present, _entries.AsSpan(0, entries), max);
        }
        else
        {
            Batch.AllPresent(entries);
        }
    }
}
