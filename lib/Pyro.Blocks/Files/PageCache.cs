using Pyro.Memory;

namespace Pyro.Blocks.Files;

/// <summary>
/// Pages of files that are slow to read, of all blocks together. What nobody reads is dropped, the longest unused first, when there is more
/// than the capacity or when the ledger has no room. A page is loaded once however many ask for it; a load that fails leaves nothing
/// behind.
/// </summary>
/// <param name="capacity">Bytes that may be kept.</param>
/// <param name="ledger">Where they are counted, as caches.</param>
public sealed class PageCache(long capacity, MemoryLedger ledger)
{
    /// <summary>Bytes of a page; the last of a file may have fewer.</summary>
    public const int PageSize = 64 << 10;

    private readonly LinkedList<CachedPage> _unused = new();
    private long _bytes;
    private long _hits;
    private long _misses;

    /// <summary>Bytes of the pages that are held.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Times that a page was there already.</summary>
    public long Hits => Volatile.Read(ref _hits);

    /// <summary>Pages that were loaded.</summary>
    public long Misses => Volatile.Read(ref _misses);

    /// <summary>Guards the state of every page.</summary>
    internal Lock Gate { get; } = new();

    /// <summary>A page that is there came into use once more. Under the gate.</summary>
    internal void Use(CachedPage page)
    {
        page.Users++;
        _hits++;
        if (page.Unused is { } node)
        {
            _unused.Remove(node);
            page.Unused = null;
        }
    }

    /// <summary>Counts a page that is about to be loaded and used by one; false when there is no room. Under the gate.</summary>
    internal bool TryAdd(CachedPage page)
    {
        while (_bytes + PageSize > capacity || !ledger.TryReserve(PageSize, MemoryKind.Caches))
        {
            if (_unused.First is not { } oldest)
            {
                return false;
            }

            Drop(oldest.Value);
        }

        _bytes += PageSize;
        _misses++;
        page.Users = 1;
        return true;
    }

    /// <summary>One who used a page needs it no longer. Under the gate.</summary>
    internal void LetGo(CachedPage page)
    {
        if (--page.Users > 0)
        {
            return;
        }

        if (page.IsDropped)
        {
            Release(page);
        }
        else
        {
            page.Unused = _unused.AddLast(page);
        }
    }

    /// <summary>Takes a page out; its memory is given back when nobody uses it. Under the gate.</summary>
    internal void Drop(CachedPage page)
    {
        if (page.IsDropped)
        {
            return;
        }

        page.IsDropped = true;
        page.File.Forget(page);
        if (page.Unused is { } node)
        {
            _unused.Remove(node);
            page.Unused = null;
        }

        if (page.Users == 0)
        {
            Release(page);
        }
    }

    private void Release(CachedPage page)
    {
        ByteBuffers.Return(page.Bytes);
        page.Bytes = [];
        _bytes -= PageSize;
        ledger.Release(PageSize, MemoryKind.Caches);
    }
}

/// <summary>A page of a file; its state is guarded by the cache's gate.</summary>
/// <param name="file">The file.</param>
/// <param name="number">Which page of it, from 0 on.</param>
internal sealed class CachedPage(CachedFile file, long number)
{
    /// <summary>The file.</summary>
    public CachedFile File => file;

    /// <summary>Which page of it.</summary>
    public long Number => number;

    /// <summary>Its content, once it is loaded.</summary>
    public byte[] Bytes { get; set; } = ByteBuffers.Rent(PageCache.PageSize);

    /// <summary>Done when it is loaded.</summary>
    public TaskCompletionSource Loaded { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>How many wait for it or read it.</summary>
    public int Users { get; set; }

    /// <summary>Its place among the unused.</summary>
    public LinkedListNode<CachedPage>? Unused { get; set; }

    /// <summary>It is in the cache no longer.</summary>
    public bool IsDropped { get; set; }
}
