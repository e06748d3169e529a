using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;

namespace Pyro.Gateway;

/// <summary>Which paths lead to which component.</summary>
internal static class Routes
{
    /// <summary>The cluster that takes profiles.</summary>
    public const string Distributor = "distributor";

    /// <summary>The cluster that answers everything else.</summary>
    public const string Query = "query";

    // A query may take as long as its client likes; this ends only what was forgotten.
    private static readonly TimeSpan SilenceMax = TimeSpan.FromHours(1);

    /// <summary>The routes: the paths of profiles by name, the rest as it comes. What the gateway serves itself goes first.</summary>
    public static IReadOnlyList<RouteConfig> All { get; } =
    [
        Route("push", "/push.v1.PusherService/{**method}", Distributor),
        Route("ingest", "/ingest", Distributor),
        Route("pyroscope-ingest", "/pyroscope/ingest", Distributor),
        Route("rest", "/{**path}", Query),
    ];

    /// <summary>The components behind the gateway.</summary>
    public static IReadOnlyList<ClusterConfig> Clusters(GatewayOptions options) =>
        [Cluster(Distributor, options.DistributorUrl), Cluster(Query, options.QueryUrl)];

    private static RouteConfig Route(string id, string path, string cluster) =>
        new() { RouteId = id, ClusterId = cluster, Match = new RouteMatch { Path = path } };

    private static ClusterConfig Cluster(string id, string url) => new()
    {
        ClusterId = id,
        HttpRequest = new ForwarderRequestConfig { ActivityTimeout = SilenceMax },
        Destinations = new Dictionary<string, DestinationConfig>(StringComparer.Ordinal) { [id] = new() { Address = url } },
    };
}
