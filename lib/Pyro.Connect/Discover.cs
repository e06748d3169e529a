using System.Net;

namespace Pyro.Connect;

/// <summary>Finds where a service that is known by its name alone can be reached now; the first address that can be connected to is taken.</summary>
/// <param name="service">The name, for example <c>ingester</c>.</param>
/// <param name="cancellationToken">Gives the search up.</param>
public delegate ValueTask<IReadOnlyList<EndPoint>> Discover(string service, CancellationToken cancellationToken);
