using Pyro.Memory;

namespace Pyro.Blocks.Parquet;

/// <summary>A page to be read, in the order of reading.</summary>
/// <param name="Chunk">The chunk it is in.</param>
/// <param name="PagesOfChunk">Data pages that the chunk has, planned or not.</param>
/// <param name="Location">Where it lies; its first row is counted within the group.</param>
/// <param name="IsDictionary">Whether it is the chunk's dictionary.</param>
/// <param name="FirstRow">Its first row in the file; -1: known only after the page before.</param>
/// <param name="EndRow">The row after its last; -1: known only when it is decoded.</param>
internal readonly record struct PlannedPage(ColumnChunk Chunk, int PagesOfChunk, PageLocation Location, bool IsDictionary, long FirstRow, long EndRow);

/// <summary>
/// Reads planned pages one after another, near ones in one piece, and pieces ahead of their use as far as the budget goes. A page's bytes
/// are valid until the next one is asked for.
/// </summary>
internal sealed class PageFetcher(ParquetFile file, PlannedPage[] plan, long budget)
{
    /// <summary>Pages further apart are read in pieces of their own; pieces end at this size, unless one page is longer.</summary>
    private const int GapMax = 64 << 10, PieceBytesMax = 1 << 20;

    private readonly Queue<Piece> _ahead = new();
    private Piece? _current;
    private int _planned, _next;
    private long _aheadBytes;

    private sealed record Piece(long Start, int Length, byte[] Bytes, Task Read);

    /// <summary>Pages not yet taken.</summary>
    public bool HasNext => _next < plan.Length;

    /// <summary>The page that comes next.</summary>
    public PlannedPage Upcoming => plan[_next];

    /// <summary>Passes over a page; what was read of it is thrown away.</summary>
    public void Pass() => _next++;

    /// <summary>Begins to read as far ahead as the budget goes, at least the next piece.</summary>
    public void ReadAhead(CancellationToken cancellation)
    {
        _planned = Math.Max(_planned, _next);
        while (_planned < plan.Length)
        {
            long start = plan[_planned].Location.Offset, end = start + plan[_planned].Location.Length;
            int after = _planned + 1;
            for (; after < plan.Length; after++)
            {
                PageLocation page = plan[after].Location;
                if (page.Offset < end || page.Offset - end > GapMax || page.Offset + page.Length - start > PieceBytesMax)
                {
                    break;
                }

                end = page.Offset + page.Length;
            }

            int length = (int)(end - start);
            if (_ahead.Count > 0 && _aheadBytes + length > budget)
            {
                return;
            }

            byte[] bytes = ByteBuffers.Rent(length);
            _ahead.Enqueue(new Piece(start, length, bytes, file.Read(start, bytes.AsMemory(0, length), cancellation).AsTask()));
            _aheadBytes += length;
            _planned = after;
        }
    }

    /// <summary>The bytes of the next page, its header included.</summary>
    public async ValueTask<ArraySegment<byte>> Take(CancellationToken cancellation)
    {
        PageLocation page = plan[_next].Location;
        ReadAhead(cancellation);
        while (_current is null || page.Offset < _current.Start || page.Offset + page.Length > _current.Start + _current.Length)
        {
            Return();
            Piece piece = _ahead.Peek();
            await piece.Read;
            _ahead.Dequeue();
            _aheadBytes -= piece.Length;
            _current = piece;
            ReadAhead(cancellation);
        }

        _next++;
        return new ArraySegment<byte>(_current.Bytes, (int)(page.Offset - _current.Start), page.Length);
    }

    /// <summary>Waits for reads under way and gives all buffers back.</summary>
    public async ValueTask Close()
    {
        Return();
        while (_ahead.TryDequeue(out Piece? piece))
        {
            // Its fault concerns nobody any more, but its buffer is in use until it ends.
            await piece.Read.ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
            ByteBuffers.Return(piece.Bytes);
        }

        _next = _planned = plan.Length;
        _aheadBytes = 0;
    }

    private void Return()
    {
        if (_current is not null)
        {
            ByteBuffers.Return(_current.Bytes);
            _current = null;
        }
    }
}
