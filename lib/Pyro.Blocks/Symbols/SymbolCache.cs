using Pyro.Memory;

namespace Pyro.Blocks.Symbols;

/// <summary>
/// Decoded symbol tables of all blocks. What nobody uses is dropped, the longest unused first, when there is more than the capacity or
/// when the ledger has no room; what is in use counts, but stays. A table is loaded once however many ask for it; a load that fails
/// leaves nothing behind.
/// </summary>
/// <param name="capacity">Bytes that may be kept.</param>
/// <param name="ledger">Where they are counted, as caches.</param>
public sealed class SymbolCache(long capacity, MemoryLedger ledger)
{
    private readonly LinkedList<CachedTable> _unused = new();
    private long _bytes;
    private long _loads;
    private long _hits;

    /// <summary>Where its bytes are counted.</summary>
    public MemoryLedger Ledger => ledger;

    /// <summary>Bytes of the tables that are held.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Tables that were loaded.</summary>
    public long Loads => Volatile.Read(ref _loads);

    /// <summary>Times that a table was there already.</summary>
    public long Hits => Volatile.Read(ref _hits);

    /// <summary>Guards the state of every table.</summary>
    internal Lock Gate { get; } = new();

    /// <summary>Counts bytes that are about to be taken.</summary>
    /// <exception cref="MemoryBudgetException">There are none.</exception>
    internal void Reserve(long bytes)
    {
        while (!ledger.TryReserve(bytes, MemoryKind.Caches))
        {
            lock (Gate)
            {
                if (!DropOldest())
                {
                    throw new MemoryBudgetException(ledger.Budget);
                }
            }
        }
    }

    /// <summary>Gives bytes back.</summary>
    internal void Release(long bytes) => ledger.Release(bytes, MemoryKind.Caches);

    /// <summary>A table was loaded and is in use. Under the gate.</summary>
    internal void Loaded(CachedTable table)
    {
        _loads++;
        _bytes += table.Bytes;
        Shrink();
    }

    /// <summary>A table that is there came into use. Under the gate.</summary>
    internal void Used(CachedTable table)
    {
        _hits++;
        if (table.Unused is { } node)
        {
            _unused.Remove(node);
            table.Unused = null;
        }
    }

    /// <summary>The last user of a table let go of it. Under the gate.</summary>
    internal void LetGo(CachedTable table)
    {
        table.Unused = _unused.AddLast(table);
        Shrink();
    }

    /// <summary>Forgets a table that nobody uses. Under the gate.</summary>
    internal void Drop(CachedTable table)
    {
        if (table.Unused is { } node)
        {
            _unused.Remove(node);
            table.Unused = null;
        }

        table.Forget();
        _bytes -= table.Bytes;
        Release(table.Bytes);
        table.Bytes = 0;
    }

    private void Shrink()
    {
        while (_bytes > capacity && DropOldest())
        {
        }
    }

    private bool DropOldest()
    {
        if (_unused.First is not { } oldest)
        {
            return false;
        }

        Drop(oldest.Value);
        return true;
    }
}

/// <summary>The memory of one table while it is loaded: counted before it is taken.</summary>
internal sealed class TableMemory(SymbolCache cache) : IDisposable
{
    /// <summary>Bytes counted.</summary>
    public long Bytes { get; private set; }

    /// <summary>Counts bytes.</summary>
    /// <exception cref="MemoryBudgetException">There are none.</exception>
    public void Take(long bytes)
    {
        cache.Reserve(bytes);
        Bytes += bytes;
    }

    /// <summary>An array of so many elements of so many bytes, counted.</summary>
    public T[] Array<T>(int count, int size)
    {
        Take((long)count * size);
        return GC.AllocateUninitializedArray<T>(count);
    }

    /// <summary>Gives bytes back.</summary>
    public void Return(long bytes)
    {
        cache.Release(bytes);
        Bytes -= bytes;
    }

    /// <summary>Leaves the bytes counted, for the table to give back.</summary>
    public long Detach()
    {
        var bytes = Bytes;
        Bytes = 0;
        return bytes;
    }

    /// <inheritdoc/>
    public void Dispose() => Return(Bytes);
}
