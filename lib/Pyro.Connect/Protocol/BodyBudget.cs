using Grpc.Core;

namespace Pyro.Connect.Protocol;

/// <summary>
/// Feature of a request: what its body unpacks to is taken from a budget while it is produced, so that few bytes on the wire cannot
/// fill the memory. A request without the feature is bounded by its <see cref="BodyLimit"/> alone.
/// </summary>
/// <param name="grow">Takes so many bytes until the request ends; the refusal when they do not fit.</param>
public sealed class BodyBudget(Func<long, Status?> grow)
{
    /// <summary>Takes bytes.</summary>
    /// <exception cref="RpcException">They do not fit.</exception>
    internal void Take(long bytes)
    {
        if (grow(bytes) is { } refusal)
            throw new RpcException(refusal);
    }
}
