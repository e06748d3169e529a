using Grpc.Core;
using Pyro.Api.Ingester;
using Pyro.Ingester.Shipping;

namespace Pyro.Ingester;

/// <summary>
/// Pyroscope's own service of ingesters, for tools that call it. Between processes of Pyro goes <c>pyro.peers.v1</c>; everything here
/// but Flush is answered as unimplemented.
/// </summary>
public sealed class PyroscopeIngesterService(BlockCutter cutter) : IngesterService.IngesterServiceBase
{
    /// <summary>Makes blocks of all heads, of all tenants, and answers when they are on the local disk.</summary>
    public override async Task<FlushResponse> Flush(FlushRequest request, ServerCallContext context)
    {
        try
        {
            await cutter.FlushAll("api", context.CancellationToken);
            return new FlushResponse();
        }
        catch (IOException e)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, e.Message));
        }
    }
}
