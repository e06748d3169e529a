namespace Pyro.Memory;

/// <summary>What memory is held for.</summary>
public enum MemoryKind
{
    /// <summary>Columns and tables of heads.</summary>
    Slabs,

    /// <summary>Requests being served.</summary>
    Bodies,

    /// <summary>Sums of queries.</summary>
    Accumulators,

    /// <summary>What could be thrown away.</summary>
    Caches,
}

/// <summary>
/// Counts what the process holds against one budget in bytes (setting `memory.budget`). It allocates nothing: who wants memory asks
/// before it takes it and gives the same number back afterwards.
/// </summary>
public sealed class MemoryLedger
{
    private readonly long[] _used = new long[Enum.GetValues<MemoryKind>().Length];
    private long _total;

    /// <summary>A ledger of so many bytes; a share of <see cref="MachineMemory"/> as a rule.</summary>
    public MemoryLedger(long budget)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(budget);
        Budget = budget;
    }

    /// <summary>Bytes that may be held in all.</summary>
    public long Budget { get; }

    /// <summary>Bytes held in all.</summary>
    public long Used => Volatile.Read(ref _total);

    /// <summary>Whether nothing more should be taken in to stay: the last eighth of the budget is left for questions about what is held.</summary>
    public bool IsFull => Used >= Budget - Budget / 8;

    /// <summary>Bytes held for one purpose.</summary>
    public long UsedFor(MemoryKind kind) => Volatile.Read(ref _used[(int)kind]);

    /// <summary>Counts bytes when they are within the budget; otherwise counts nothing and answers false.</summary>
    public bool TryReserve(long bytes, MemoryKind kind)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        if (Interlocked.Add(ref _total, bytes) > Budget)
        {
            Interlocked.Add(ref _total, -bytes);
            return false;
        }

        Interlocked.Add(ref _used[(int)kind], bytes);
        return true;
    }

    /// <summary>Counts bytes that cannot be refused any more, such as those of a record that is in the log already.</summary>
    public void Reserve(long bytes, MemoryKind kind)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        Interlocked.Add(ref _total, bytes);
        Interlocked.Add(ref _used[(int)kind], bytes);
    }

    /// <summary>Gives counted bytes back.</summary>
    /// <exception cref="InvalidOperationException">More than were counted for the purpose.</exception>
    public void Release(long bytes, MemoryKind kind)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        if (Interlocked.Add(ref _used[(int)kind], -bytes) < 0)
        {
            Interlocked.Add(ref _used[(int)kind], bytes);
            throw new InvalidOperationException($"More memory was released for {kind} than was reserved.");
        }

        Interlocked.Add(ref _total, -bytes);
    }
}
