using Grpc.Core;
using Pyro.Memory;
using Pyro.Profiles;

namespace Pyro.Blocks.Answers;

/// <summary>The memory that one request sums in, rented and counted in the ledger until the request is done.</summary>
public sealed class SumMemory(MemoryLedger ledger) : IDisposable
{
    private readonly List<Rented<long>> _rented = [];
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

    /// <summary>Zeros to sum into; given back with all others in the end.</summary>
    /// <exception cref="RpcException">resource_exhausted: they are beyond the budget.</exception>
    public Rented<long> Zeros(int count)
    {
        Reserve(8L * count);
        var zeros = new Rented<long>(count, zeros: true);
        _rented.Add(zeros);
        return zeros;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var numbers in _rented)
        {
            numbers.Dispose();
        }

        _rented.Clear();
        ledger.Release(_reserved, MemoryKind.Accumulators);
        _reserved = 0;
    }
}
