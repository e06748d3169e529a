using System.Net;
using Microsoft.Extensions.Primitives;
using Microsoft.Extensions.ServiceDiscovery;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.ServiceDiscovery;

namespace Pyro.Gateway;

/// <summary>Finds the processes behind a service's name; each of its addresses becomes a destination, anew whenever they change.</summary>
internal sealed class DiscoveredDestinations(ServiceEndpointResolver resolver) : IDestinationResolver
{
    /// <inheritdoc/>
    public async ValueTask<ResolvedDestinationCollection> ResolveDestinationsAsync(
        IReadOnlyDictionary<string, DestinationConfig> destinations, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, DestinationConfig>(StringComparer.Ordinal);
        var changes = new List<IChangeToken>();
        foreach (var (name, destination) in destinations)
        {
            var source = await resolver.GetEndpointsAsync(destination.Address, cancellationToken);
            foreach (var endpoint in source.Endpoints)
            {
                var address = AddressOf(endpoint.EndPoint);
                found[$"{name} {address}"] = destination with { Address = address };
            }
            changes.Add(source.ChangeToken);
        }
        return new ResolvedDestinationCollection(found, new CompositeChangeToken(changes));
    }

    private static string AddressOf(EndPoint endPoint) => endPoint switch
    {
        UriEndPoint found => found.Uri.GetLeftPart(UriPartial.Authority),
        DnsEndPoint host => $"http://{host.Host}:{host.Port}",
        _ => $"http://{endPoint}",
    };
}
