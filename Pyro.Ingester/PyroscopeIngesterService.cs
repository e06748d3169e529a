using Grpc.Core;
using Pyro.Api.Ingester;

namespace Pyro.Ingester;

/// <summary>
/// Pyroscope's own service of ingesters, for tools that call it. Between processes of Pyro goes <c>pyro.peers.v1</c>; everything here
/// is answered as unimplemented.
/// </summary>
public sealed class PyroscopeIngesterService : IngesterService.IngesterServiceBase
{
    /// <summary>Tools call it before an ingester is taken down.</summary>
    public override Task<FlushResponse> Flush(FlushRequest request, ServerCallContext context) => throw new RpcException(new Status(
        StatusCode.Unimplemented, "profiles are not flushed to blocks; they are kept in the ingester's log, which survives a restart"));
}
