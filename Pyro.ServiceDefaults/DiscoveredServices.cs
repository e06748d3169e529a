using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.ServiceDiscovery;

namespace Pyro.ServiceDefaults;

/// <summary>Finds services as Microsoft.Extensions.ServiceDiscovery does: by the variables <c>services__NAME__http__0</c>, else as the name of a host.</summary>
internal sealed class DiscoveredServices(ServiceEndpointResolver resolver)
{
    /// <summary>Where a service can be reached now.</summary>
    public async ValueTask<IReadOnlyList<EndPoint>> Find(string service, CancellationToken cancellationToken)
    {
        var source = await resolver.GetEndpointsAsync($"http://{service}", cancellationToken);
        return [.. source.Endpoints.Select(found => found.EndPoint is UriEndPoint { Uri: var uri } ? new DnsEndPoint(uri.Host, uri.Port) : found.EndPoint)];
    }
}
