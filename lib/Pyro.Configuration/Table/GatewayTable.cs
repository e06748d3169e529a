using static Pyro.Configuration.OptionKind;

namespace Pyro.Configuration.Table;

/// <summary>The gateway (<c>gateway</c>), which is Pyro's own.</summary>
internal static class GatewayTable
{
    public static readonly Option[] Options =
    [
        new("gateway.distributor-url", "gateway.distributor_url", Text, "http://distributor",
            "Where the gateway sends profiles: a URL, or the name of a service that is discovered."),
        new("gateway.query-url", "gateway.query_url", Text, "http://query",
            "Where the gateway sends queries and pages: a URL, or the name of a service that is discovered."),
    ];
}
