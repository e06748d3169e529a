using Grpc.Core;
using Pyro.Memory;

namespace Pyro.Ingester.Queries;

/// <summary>The memory that one request sums in, counted in the ledger until the request is done.</summary>
public sealed class SumMemory(MemoryLedger ledger) : IDisposable
{
    private long _reserved;

    /// <summary>Counts bytes that are about to be allocated.</summary>
    /// <exception cref="RpcException">resource_exhausted: they are beyond the budget.</exception>
    public void Reserve(long bytes)
    {
        if (!ledger.TryReserve(bytes, MemoryKind.Accumulators))
        {
            throw new RpcException(new Status(
                StatusCode.ResourceExhausted, $"the memory budget of {ledger.Budget} bytes is used up; ask for less or try again later"));
        }

        _reserved += bytes;
    }

    /// <summary>Zeros to sum into.</summary>
    /// <exception cref="RpcException">resource_exhausted: they are beyond the budget.</exception>
    public long[] Zeros(int count)
    {
        Reserve(8L * count);
        return new long[count];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ledger.Release(_reserved, MemoryKind.Accumulators);
        _reserved = 0;
    }
}
