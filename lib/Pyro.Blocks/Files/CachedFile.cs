using Pyro.Memory;

namespace Pyro.Blocks.Files;

/// <summary>
/// A file whose pages are kept. Missing pages that lie side by side are loaded in one read. A read of many pages, and one for which the
/// cache has no room, goes past the cache.
/// </summary>
public sealed class CachedFile : IBlockFile
{
    // A larger read would drive out what many others use.
    private const int PagesMax = 64;

    private readonly IBlockFile _file;
    private readonly PageCache _cache;
    private readonly Dictionary<long, CachedPage> _pages = [];
    private bool _closed;

    /// <summary>Puts a cache before a file and owns the file from then on.</summary>
    public CachedFile(IBlockFile file, PageCache cache) => (_file, _cache) = (file, cache);

    /// <inheritdoc/>
    public string Name => _file.Name;

    /// <inheritdoc/>
    public long Length => _file.Length;

    /// <inheritdoc/>
    public async ValueTask Read(long offset, Memory<byte> into, CancellationToken cancellation)
    {
        Ranges.Check(this, offset, into.Length);
        if (into.IsEmpty)
        {
            return;
        }

        var first = offset / PageCache.PageSize;
        var count = (offset + into.Length - 1) / PageCache.PageSize - first + 1;
        if (count > PagesMax || Take(first, (int)count) is not { } pages)
        {
            await _file.Read(offset, into, cancellation);
            return;
        }

        try
        {
            foreach (var page in pages)
            {
                await page.Loaded.Task.WaitAsync(cancellation);
                var from = Math.Max(0, offset - page.Number * PageCache.PageSize);
                var to = Math.Min(PageCache.PageSize, offset + into.Length - page.Number * PageCache.PageSize);
                page.Bytes.AsSpan((int)from, (int)(to - from)).CopyTo(into.Span[(int)(page.Number * PageCache.PageSize + from - offset)..]);
            }
        }
        finally
        {
            lock (_cache.Gate)
            {
                Array.ForEach(pages, _cache.LetGo);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_cache.Gate)
        {
            _closed = true;
            foreach (var page in _pages.Values.ToArray())
            {
                _cache.Drop(page);
            }
        }

        _file.Dispose();
    }

    /// <summary>A page left the cache. Under the gate.</summary>
    internal void Forget(CachedPage page) => _pages.Remove(page.Number);

    // The pages, each in use; null when there is no room for one. Loads of missing ones are begun.
    private CachedPage[]? Take(long first, int count)
    {
        var pages = new CachedPage[count];
        var missing = new List<CachedPage>();
        lock (_cache.Gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            for (var i = 0; i < count; i++)
            {
                if (_pages.TryGetValue(first + i, out var page))
                {
                    _cache.Use(page);
                }
                else if (_cache.TryAdd(page = new CachedPage(this, first + i)))
                {
                    _pages.Add(page.Number, page);
                    missing.Add(page);
                }
                else
                {
                    GiveUp(pages.AsSpan(0, i), missing, page);
                    return null;
                }

                pages[i] = page;
            }
        }

        for (int from = 0, to; from < missing.Count; from = to)
        {
            for (to = from + 1; to < missing.Count && missing[to].Number == missing[to - 1].Number + 1; to++)
            {
            }

            _ = Load(missing[from..to]);
        }

        return pages;
    }

    private void GiveUp(ReadOnlySpan<CachedPage> taken, List<CachedPage> missing, CachedPage refused)
    {
        ByteBuffers.Return(refused.Bytes);
        missing.ForEach(_cache.Drop);
        foreach (var page in taken)
        {
            _cache.LetGo(page);
        }
    }

    // It is not cancelled with the one who asked first: others may wait for it, and who comes next finds it done.
    private async Task Load(List<CachedPage> run)
    {
        var start = run[0].Number * PageCache.PageSize;
        var length = (int)(Math.Min(Length, start + (long)run.Count * PageCache.PageSize) - start);
        lock (_cache.Gate)
        {
            run.ForEach(static p => p.Users++);
        }

        var bytes = ByteBuffers.Rent(length);
        try
        {
            await _file.Read(start, bytes.AsMemory(0, length), CancellationToken.None);
            for (var i = 0; i < run.Count; i++)
            {
                var at = i * PageCache.PageSize;
                bytes.AsSpan(at, Math.Min(PageCache.PageSize, length - at)).CopyTo(run[i].Bytes);
                run[i].Loaded.SetResult();
            }
        }
        catch (Exception e)
        {
            lock (_cache.Gate)
            {
                run.ForEach(_cache.Drop);
            }

            foreach (var page in run)
            {
                page.Loaded.TrySetException(e);
                // When all who asked have left, nobody looks at it.
                _ = page.Loaded.Task.Exception;
            }
        }
        finally
        {
            ByteBuffers.Return(bytes);
            lock (_cache.Gate)
            {
                run.ForEach(_cache.LetGo);
            }
        }
    }
}

/// <summary>The files of a block with a cache before each.</summary>
/// <param name="files">The files.</param>
/// <param name="cache">The cache.</param>
public sealed class CachedBlockFiles(IBlockFiles files, PageCache cache) : IBlockFiles
{
    /// <inheritdoc/>
    public async ValueTask<IBlockFile> Open(string relPath, long length, CancellationToken cancellation) =>
        new CachedFile(await files.Open(relPath, length, cancellation), cache);
}
