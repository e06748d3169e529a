namespace Pyro.Memory;

/// <summary>Bytes of a ledger that one owner asks for bit by bit and gives back together. Several may ask at the same time.</summary>
/// <param name="ledger">Where they are counted.</param>
/// <param name="kind">What they are held for.</param>
public sealed class Reservation(MemoryLedger ledger, MemoryKind kind) : IDisposable
{
    private long _bytes;

    /// <summary>Where they are counted.</summary>
    public MemoryLedger Ledger => ledger;

    /// <summary>Bytes counted now.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Counts bytes that are about to be taken.</summary>
    /// <exception cref="MemoryBudgetException">They are beyond the budget; then nothing is counted.</exception>
    public void Take(long bytes)
    {
        if (!ledger.TryReserve(bytes, kind))
        {
            throw new MemoryBudgetException(ledger.Budget);
        }

        Interlocked.Add(ref _bytes, bytes);
    }

    /// <summary>Gives some of them back.</summary>
    public void Return(long bytes)
    {
        ledger.Release(bytes, kind);
        Interlocked.Add(ref _bytes, -bytes);
    }

    /// <summary>Gives all of them back.</summary>
    public void Dispose() => ledger.Release(Interlocked.Exchange(ref _bytes, 0), kind);
}
