using Grpc.Core;
using Pyro.Blocks.Answers;
using Pyro.Ingester.Head;

namespace Pyro.Ingester.Queries;

/// <summary>The heads by their ULIDs.</summary>
public static class Holdings
{
    /// <summary>The head of a ULID.</summary>
    /// <exception cref="RpcException">not_found: it is not held (any more).</exception>
    public static TenantHead Find(IReadOnlyList<TenantHead> heads, Ulid ulid)
    {
        foreach (var head in heads)
        {
            if (head.Ulid == ulid)
            {
                return head;
            }
        }

        throw WireIds.NotHeld(ulid);
    }
}
