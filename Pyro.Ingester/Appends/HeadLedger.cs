using System.Collections.Concurrent;
using Pyro.Ingester.Head;
using Pyro.Memory;

namespace Pyro.Ingester.Appends;

/// <summary>Counts what the heads hold in the memory ledger, so that appends are refused before the process is killed.</summary>
public sealed class HeadLedger(HeadStore heads, MemoryLedger ledger)
{
    private readonly ConcurrentDictionary<Ulid, Counted> _heads = new();

    /// <summary>Whether no more may be taken in.</summary>
    public bool IsFull => ledger.IsFull;

    /// <summary>Bytes that may be held, for messages.</summary>
    public long Budget => ledger.Budget;

    /// <summary>Counts what the newest head of a tenant has grown by since the last time.</summary>
    public void Update(string tenant)
    {
        if (heads.Heads(tenant) is [.., var open])
        {
            Counted counted = _heads.GetOrAdd(open.Ulid, static _ => new Counted());
            lock (counted)
            {
                long bytes = open.Bytes, grown = bytes - counted.Bytes;
                counted.Bytes = bytes;
                if (grown > 0)
                {
                    ledger.Reserve(grown, MemoryKind.Slabs);
                }
                else
                {
                    ledger.Release(-grown, MemoryKind.Slabs);
                }
            }
        }
    }

    private sealed class Counted
    {
        public long Bytes;
    }
}
