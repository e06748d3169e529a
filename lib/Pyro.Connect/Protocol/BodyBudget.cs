using Grpc.Core;
using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Http;

namespace Pyro.Connect.Protocol;

/// <summary>
/// Feature of a request: what is made of its body is taken from a budget before it is made, so that few bytes on the wire cannot
/// fill the memory. A request without the feature is bounded by its <see cref="BodyLimit"/> alone.
/// </summary>
/// <param name="copy">Takes so many bytes for a copy of what was sent; the refusal when they do not fit. A lone request gets them in any case.</param>
/// <param name="grow">Takes so many bytes for what the body unpacks to; the refusal when they do not fit.</param>
public sealed class BodyBudget(Func<long, Status?> copy, Func<long, Status?> grow)
{
    /// <summary>The budget of a call; null: it did not come in by a connection.</summary>
    public static BodyBudget? Of(ServerCallContext context) => Http(context)?.Features.Get<BodyBudget>();

    /// <summary>Takes bytes for what the body unpacks to, until the request ends.</summary>
    /// <exception cref="RpcException">They do not fit.</exception>
    public void Take(long bytes)
    {
        if (grow(bytes) is { } refusal)
            throw new RpcException(refusal);
    }

    /// <summary>Takes bytes for a copy of what was sent, until the request ends.</summary>
    /// <exception cref="RpcException">They do not fit.</exception>
    public void TakeCopy(long bytes)
    {
        if (copy(bytes) is { } refusal)
            throw new RpcException(refusal);
    }

    /// <summary>The same as a value.</summary>
    internal Status? Copy(long bytes) => copy(bytes);

    /// <summary>Calls inside the process have no request of their own.</summary>
    private static HttpContext? Http(ServerCallContext context) =>
        context is IServerCallContextFeature || context.UserState.ContainsKey("__HttpContext") ? context.GetHttpContext() : null;
}
