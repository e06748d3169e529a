using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Pyro.Blocks.Parquet;

/// <summary>The pages of one chunk.</summary>
/// <param name="Chunk">The chunk.</param>
/// <param name="Pages">Data pages in the order of the file.</param>
/// <param name="Dictionary">The dictionary page; null without one.</param>
/// <param name="RowsKnown">Whether each page begins with a row of known number.</param>
internal sealed record ChunkPages(ColumnChunk Chunk, PageLocation[] Pages, PageLocation? Dictionary, bool RowsKnown);

/// <summary>Where pages lie and which may hold a value.</summary>
public sealed partial class ParquetFile
{
    /// <summary>Page indexes this near to each other are read in one go, as the areas of all chunks lie together.</summary>
    private const int IndexGapMax = 64 << 10, IndexReadMax = 4 << 20, HeaderBytesMax = 1 << 20, HeaderBytesFirst = 4 << 10;

    /// <summary>The rows of pages that may hold a number between two, both included, as the column index says; all rows without one.</summary>
    /// <exception cref="DamagedBlockException">The page index is damaged.</exception>
    public async ValueTask<RowRanges> PagesBetween(ParquetColumn column, long least, long greatest, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(column);
        var found = new RowRanges.Builder();
        foreach (PageSpan page in await Spans(column, cancellation))
        {
            if (!page.IsKnown || (!page.IsNull && Compare(column, page.Min, greatest) <= 0 && Compare(column, page.Max, least) >= 0))
            {
                found.Add(page.FirstRow, page.EndRow);
            }
        }

        return found.Build();
    }

    /// <summary>
    /// The rows of pages that may hold any of some numbers, in a column that numbers its rows upwards without gaps; all rows when the column
    /// index is missing or does not tell of such a column. No checksum guards that index, so a page is left out only when its neighbours say
    /// so, too.
    /// </summary>
    /// <param name="column">A column of numbers, ascending from row to row by one or not at all.</param>
    /// <param name="values">Ascending.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="DamagedBlockException">The page index is damaged.</exception>
    public async ValueTask<RowRanges> PagesWithAny(ParquetColumn column, ReadOnlyMemory<long> values, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(column);
        List<PageSpan> pages = await Spans(column, cancellation);
        for (int i = 0; i < pages.Count; i++)
        {
            if (!pages[i].IsKnown || pages[i].Min > pages[i].Max || (i > 0 && pages[i].Min - pages[i - 1].Max is not (0 or 1)))
            {
                return RowRanges.All(RowCount);
            }
        }

        var found = new RowRanges.Builder();
        for (int i = 0; i < pages.Count; i++)
        {
            long min = i > 0 ? pages[i - 1].Max : long.MinValue, max = i + 1 < pages.Count ? pages[i + 1].Min : long.MaxValue;
            int at = values.Span.BinarySearch(min);
            at = at < 0 ? ~at : at;
            if (at < values.Length && values.Span[at] <= max)
            {
                found.Add(pages[i].FirstRow, pages[i].EndRow);
            }
        }

        return found.Build();
    }

    /// <summary>The pages of a column in each row group that has any of the rows; null for the others.</summary>
    internal async ValueTask<ChunkPages?[]> Pages(ParquetColumn column, RowRanges rows, CancellationToken cancellation)
    {
        ChunkPages?[] pages = _pages[column.Index];
        var missing = new List<int>();
        for (int i = 0; i < GroupCount; i++)
        {
            RowGroup group = Metadata.Groups[i];
            if (pages[i] is null && group.RowCount > 0 && rows.Intersects(group.FirstRow, group.FirstRow + group.RowCount))
            {
                CheckPlace(Chunk(group, column), column);
                missing.Add(i);
            }
        }

        List<int> indexed = missing.FindAll(i => Chunk(Metadata.Groups[i], column).OffsetIndexLength > 0);
        await ReadIndexes(column, indexed, c => (c.OffsetIndexOffset, c.OffsetIndexLength), (i, bytes) => pages[i] = Indexed(column, i, bytes.Span), cancellation);
        foreach (int i in missing)
        {
            pages[i] ??= await Walk(column, Metadata.Groups[i], cancellation);
        }

        return pages;
    }

    // The rows of each page with its least and greatest number, or of a whole row group where these are not known.
    private async ValueTask<List<PageSpan>> Spans(ParquetColumn column, CancellationToken cancellation)
    {
        if (column.IsBytes || column.Type is not (ParquetType.Int32 or ParquetType.Int64))
        {
            throw new ArgumentException($"column {column.Path} is not of whole numbers", nameof(column));
        }

        ChunkPages?[] pages = await Pages(column, RowRanges.All(RowCount), cancellation);
        ColumnIndex?[] extremes = _extremes[column.Index];
        List<int> missing = [.. Enumerable.Range(0, GroupCount).Where(i => extremes[i] is null && Chunk(Metadata.Groups[i], column).ColumnIndexLength > 0)];
        await ReadIndexes(column, missing, c => (c.ColumnIndexOffset, c.ColumnIndexLength), (i, bytes) => extremes[i] = PageReader.Extremes(bytes.Span), cancellation);
        var spans = new List<PageSpan>();
        for (int i = 0; i < GroupCount; i++)
        {
            RowGroup group = Metadata.Groups[i];
            if (pages[i] is not { RowsKnown: true } known || extremes[i] is not { } index)
            {
                spans.Add(new PageSpan((int)group.FirstRow, (int)(group.FirstRow + group.RowCount), IsKnown: false));
                continue;
            }

            if (index.Min.Count != known.Pages.Length)
            {
                throw new DamagedBlockException(Name, Chunk(group, column).ColumnIndexOffset, $"column {column.Path}: extremes of {index.Min.Count} pages where there are {known.Pages.Length}");
            }

            for (int p = 0; p < known.Pages.Length; p++)
            {
                long end = p + 1 < known.Pages.Length ? known.Pages[p + 1].FirstRow : group.RowCount;
                var span = new PageSpan((int)(group.FirstRow + known.Pages[p].FirstRow), (int)(group.FirstRow + end), IsKnown: true) { IsNull = index.NullPages[p] };
                spans.Add(span.IsNull ? span with { Min = long.MaxValue } : span with { Min = Number(column, index.Min[p]), Max = Number(column, index.Max[p]) });
            }
        }

        return spans;
    }

    private readonly record struct PageSpan(int FirstRow, int EndRow, bool IsKnown)
    {
        public bool IsNull { get; init; }

        public long Min { get; init; }

        public long Max { get; init; }
    }

    private long Number(ParquetColumn column, byte[] value) => value.Length == column.Width
        ? column.Width == 8 ? BinaryPrimitives.ReadInt64LittleEndian(value)
        : column.IsUnsigned ? BinaryPrimitives.ReadUInt32LittleEndian(value)
        : BinaryPrimitives.ReadInt32LittleEndian(value)
        : throw new DamagedBlockException(Name, -1, $"column {column.Path}: an extreme of {value.Length} bytes in the column index");

    private static int Compare(ParquetColumn column, long left, long right) =>
        column.IsUnsigned ? ((ulong)left).CompareTo((ulong)right) : left.CompareTo(right);

    /// <summary>Reads indexes of row groups in as few reads as their places allow.</summary>
    private async ValueTask ReadIndexes(
        ParquetColumn column, List<int> groups, Func<ColumnChunk, (long Offset, int Length)> place, Action<int, ReadOnlyMemory<byte>> parse, CancellationToken cancellation)
    {
        for (int from = 0, to; from < groups.Count; from = to)
        {
            (long start, int length) = place(Chunk(Metadata.Groups[groups[from]], column));
            long end = start + length;
            for (to = from + 1; to < groups.Count; to++)
            {
                (long next, int more) = place(Chunk(Metadata.Groups[groups[to]], column));
                if (next < end || next - end > IndexGapMax || next + more - start > IndexReadMax)
                {
                    break;
                }

                end = next + more;
            }

            if (start < 4 || end > _file.Length - 8 || end - start > FooterBytesMax)
            {
                throw new DamagedBlockException(Name, start, $"column {column.Path}: its page index goes beyond the file or is too long");
            }

            byte[] bytes = new byte[end - start];
            await Read(start, bytes, cancellation);
            for (int i = from; i < to; i++)
            {
                (long at, int count) = place(Chunk(Metadata.Groups[groups[i]], column));
                try
                {
                    parse(groups[i], bytes.AsMemory((int)(at - start), count));
                }
                catch (InvalidDataException e)
                {
                    throw Damaged(at, column, e);
                }
            }
        }
    }

    private ChunkPages Indexed(ParquetColumn column, int group, ReadOnlySpan<byte> bytes)
    {
        ColumnChunk chunk = Chunk(Metadata.Groups[group], column);
        PageLocation[] pages = PageReader.Offsets(bytes);
        long at = chunk.Start, row = -1;
        foreach (PageLocation page in pages)
        {
            if (page.Offset < at || page.Length > Math.Min(chunk.End - page.Offset, PageCodec.PageBytesMax) || page.FirstRow <= row || page.FirstRow >= Metadata.Groups[group].RowCount)
            {
                throw new InvalidDataException("the pages of the offset index are out of order or out of range");
            }

            at = page.Offset + page.Length;
            row = page.FirstRow;
        }

        if (pages.Length == 0 || pages[0].FirstRow != 0)
        {
            throw new InvalidDataException("the offset index does not begin with the first row");
        }

        long before = pages[0].Offset - chunk.Start;
        if (before > PageCodec.PageBytesMax)
        {
            throw new InvalidDataException($"{before} bytes before the first page");
        }

        return new ChunkPages(chunk, pages, before > 0 ? new PageLocation(chunk.Start, (int)before, -1) : null, RowsKnown: true);
    }

    /// <summary>The column index of a chunk; null without one.</summary>
    /// <exception cref="DamagedBlockException">It is damaged.</exception>
    internal async ValueTask<ColumnIndex?> Extremes(ParquetColumn column, int group, CancellationToken cancellation)
    {
        ColumnIndex?[] extremes = _extremes[column.Index];
        if (extremes[group] is null && Chunk(Metadata.Groups[group], column).ColumnIndexLength > 0)
        {
            await ReadIndexes(column, [group], c => (c.ColumnIndexOffset, c.ColumnIndexLength), (i, bytes) => extremes[i] = PageReader.Extremes(bytes.Span), cancellation);
        }

        return extremes[group];
    }

    /// <summary>Where the page begins that holds a row of a column; -1 when nothing tells.</summary>
    internal async ValueTask<long> OffsetOf(ParquetColumn column, int row, CancellationToken cancellation)
    {
        ChunkPages?[] pages = await Pages(column, RowRanges.Between(row, row + 1), cancellation);
        int group = Metadata.Groups.FindIndex(g => row < g.FirstRow + g.RowCount);
        return pages[group] is { RowsKnown: true } known
            ? known.Pages.Last(p => p.FirstRow <= row - Metadata.Groups[group].FirstRow).Offset
            : Chunk(Metadata.Groups[group], column).Start;
    }

    /// <summary>The pages of a chunk as their own headers tell them, a dictionary among them; rows are -1 where the header does not tell.</summary>
    /// <exception cref="DamagedBlockException">They are not those of the chunk.</exception>
    internal async ValueTask<List<(PageLocation Place, PageHeader Header)>> Headers(ParquetColumn column, int group, CancellationToken cancellation)
    {
        RowGroup rows = Metadata.Groups[group];
        var pages = new List<(PageLocation, PageHeader)>();
        bool known = true;
        long row = 0;
        await foreach ((PageLocation place, PageHeader header) in Walk(column, Chunk(rows, column), cancellation))
        {
            known &= !header.IsData || header.Type == PageType.DataV2 || column.MaxRepetition == 0;
            pages.Add((place with { FirstRow = known && header.IsData ? row : -1 }, header));
            row += header.Type == PageType.DataV2 ? header.RowCount : header.IsData ? header.ValueCount : 0;
        }

        return pages;
    }

    /// <summary>Finds the pages of a chunk without an offset index by their headers.</summary>
    private async ValueTask<ChunkPages> Walk(ParquetColumn column, RowGroup group, CancellationToken cancellation)
    {
        ColumnChunk chunk = Chunk(group, column);
        var pages = new List<PageLocation>();
        PageLocation? dictionary = null;
        long values = 0, row = 0;
        bool known = true;
        await foreach ((PageLocation place, PageHeader header) in Walk(column, chunk, cancellation))
        {
            if (header.Type == PageType.Dictionary)
            {
                dictionary ??= place;
            }
            else if (header.IsData)
            {
                known &= header.Type == PageType.DataV2 || column.MaxRepetition == 0;
                pages.Add(place with { FirstRow = row });
                row += header.Type == PageType.DataV2 ? header.RowCount : header.ValueCount;
                values += header.ValueCount;
            }
        }

        if (values != chunk.ValueCount || (known && row != group.RowCount))
        {
            throw new DamagedBlockException(Name, chunk.Start, $"column {column.Path}: its pages have {values} values in {row} rows, not {chunk.ValueCount} in {group.RowCount}");
        }

        // Pages of no rows cannot be found by a row.
        return new ChunkPages(chunk, known ? NonEmpty(pages, row) : [.. pages], dictionary, known);
    }

    /// <summary>Goes from header to header until the values of the chunk are found.</summary>
    private async IAsyncEnumerable<(PageLocation Place, PageHeader Header)> Walk(
        ParquetColumn column, ColumnChunk chunk, [EnumeratorCancellation] CancellationToken cancellation)
    {
        long at = chunk.Start, values = 0, windowStart = 0;
        byte[] window = [];
        while (at < chunk.End && values < chunk.ValueCount)
        {
            PageHeader header = default;
            bool complete = false;
            for (int size = HeaderBytesFirst; !complete; size *= 16)
            {
                int inWindow = (int)Math.Clamp(windowStart + window.Length - at, 0, window.Length);
                if (inWindow > 0 && TryHeader(window.AsSpan(window.Length - inWindow), out header))
                {
                    break;
                }

                if (size > HeaderBytesMax || (inWindow > 0 && windowStart + window.Length == chunk.End && at == windowStart))
                {
                    throw new DamagedBlockException(Name, at, $"column {column.Path}: no page header");
                }

                window = new byte[Math.Min(size, chunk.End - at)];
                windowStart = at;
                await Read(at, window, cancellation);
                complete = TryHeader(window, out header);
            }

            long length = (long)header.Length + header.CompressedBytes;
            if (length > chunk.End - at || length > PageCodec.PageBytesMax)
            {
                throw new DamagedBlockException(Name, at, $"column {column.Path}: a page of {length} bytes goes past its chunk or is too long");
            }

            values += header.IsData ? header.ValueCount : 0;
            yield return (new PageLocation(at, (int)length, -1), header);
            at += length;
        }
    }

    private static PageLocation[] NonEmpty(List<PageLocation> pages, long rows) =>
        [.. pages.Where((p, i) => p.FirstRow < (i + 1 < pages.Count ? pages[i + 1].FirstRow : rows))];

    private static bool TryHeader(ReadOnlySpan<byte> bytes, out PageHeader header)
    {
        try
        {
            header = PageReader.Header(bytes);
            return true;
        }
        catch (InvalidDataException)
        {
            // Cut off, or damaged: the caller tries with more bytes.
            header = default;
            return false;
        }
    }

    private void CheckPlace(ColumnChunk chunk, ParquetColumn column)
    {
        if (chunk.Start < 4 || chunk.CompressedBytes > _file.Length - 8 - chunk.Start)
        {
            throw new DamagedBlockException(Name, chunk.Start, $"column {column.Path}: {chunk.CompressedBytes} bytes go past the end of the file");
        }
    }
}
