using Pyro.Configuration;

namespace Pyro.Gateway;

/// <summary>Where the gateway sends what comes in.</summary>
public sealed record GatewayOptions
{
    /// <summary>Takes profiles: a URL, or <c>http://NAME</c> with the name of a service that is discovered.</summary>
    public required string DistributorUrl { get; init; }

    /// <summary>Answers everything else, in the same form.</summary>
    public required string QueryUrl { get; init; }

    /// <summary>Takes the options out of the settings.</summary>
    public static GatewayOptions From(Settings settings) => new()
    {
        DistributorUrl = settings.Text("gateway.distributor_url"),
        QueryUrl = settings.Text("gateway.query_url"),
    };

    /// <summary>Every fault, one line each; none: the options can be used.</summary>
    public IReadOnlyList<string> Faults() =>
        [.. Fault("-gateway.distributor-url", DistributorUrl), .. Fault("-gateway.query-url", QueryUrl)];

    private static string[] Fault(string flag, string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttp && uri.PathAndQuery == "/"
            ? []
            : [$"{flag}: \"{url}\" is no URL of the form http://host or http://host:port"];
}
