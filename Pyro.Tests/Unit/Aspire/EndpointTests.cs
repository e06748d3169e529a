using System.Net.Sockets;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace Pyro.Tests.Unit.Aspire;

/// <summary>Endpoints: their defaults, their rules, and what the process behind them is told.</summary>
public sealed class EndpointTests
{
    [Fact]
    public void Defaults_follow_protocol_scheme_and_proxy()
    {
        var tcp = new EndpointAnnotation(ProtocolType.Tcp);
        Assert.Equal(("tcp", "tcp", "tcp", "localhost", true, false), (tcp.UriScheme, tcp.Name, tcp.Transport, tcp.TargetHost, tcp.IsProxied, tcp.IsExternal));
        var http = new EndpointAnnotation(ProtocolType.Tcp, "http", port: 80);
        Assert.Equal(("http", "http", null), (http.Name, http.Transport, http.TargetPort));
        var bare = new EndpointAnnotation(ProtocolType.Udp, port: 53, isProxied: false);
        Assert.Equal(("udp", 53, 53), (bare.UriScheme, bare.Port, bare.TargetPort));
        Assert.Equal(9, new EndpointAnnotation(ProtocolType.Tcp, targetPort: 9, isProxied: false).Port);
        Assert.Throws<ArgumentOutOfRangeException>(() => new EndpointAnnotation(ProtocolType.Tcp, port: 70000));
        Assert.Throws<ArgumentException>(() => new EndpointAnnotation(ProtocolType.Tcp, name: "a b"));
    }

    [Fact]
    public void A_name_is_given_once()
    {
        using var app = new TestApplication();
        var api = app.Builder.AddExecutable("api", "x", ".").WithHttpEndpoint();
        var fault = Assert.Throws<DistributedApplicationException>(() => api.WithHttpEndpoint(name: "HTTP"));
        Assert.Contains("Resource 'api' has an endpoint 'HTTP' already", fault.Message, StringComparison.Ordinal);
        api.WithEndpoint("http", e => e.Port = 7).WithEndpoint("absent", e => e.Port = 8, createIfNotExists: false).WithEndpoint("made", e => e.Port = 9);
        Assert.Equal([("http", 7), ("made", 9)], api.Resource.Annotations.OfType<EndpointAnnotation>().Select(e => (e.Name, e.Port)));
    }

    [Fact]
    public void Only_http_endpoints_added_so_far_become_external()
    {
        using var app = new TestApplication();
        var api = app.Builder.AddExecutable("api", "x", ".").WithHttpEndpoint().WithEndpoint(name: "tcp").WithExternalHttpEndpoints().WithHttpsEndpoint();
        Assert.Equal([true, false, false], api.Resource.Annotations.OfType<EndpointAnnotation>().Select(e => e.IsExternal));
    }

    [Fact]
    public void An_address_is_asked_for_too_early_with_a_clear_answer()
    {
        using var app = new TestApplication();
        var endpoint = app.Builder.AddExecutable("api", "x", ".").WithHttpEndpoint().GetEndpoint("http");
        Assert.True(endpoint is { Exists: true, IsAllocated: false, IsHttp: true, IsHttps: false });
        Assert.Contains("Endpoint 'http' of resource 'api' has no address", Assert.Throws<InvalidOperationException>(() => endpoint.Url).Message, StringComparison.Ordinal);
        app.Allocate();
        Assert.Equal(("http://localhost:5001", "localhost", 5001), (endpoint.Url, endpoint.Host, endpoint.Port));
    }

    [Fact]
    public async Task A_process_is_told_its_own_port_not_the_public_one()
    {
        using var app = new TestApplication();
        var api = app.Builder.AddProject("api", app.Project("Api")).WithHttpEndpoint(port: 80).WithHttpEndpoint(name: "grpc", env: "GRPC_PORT")
            .WithEndpoint(name: "gossip", env: "GOSSIP_PORT", isProxied: false, port: 7946)
            .WithArgs(context => context.Args.Add(((IResourceWithEndpoints)context.Resource).GetEndpoint("http").Property(EndpointProperty.TargetPort)));
        app.Allocate();
        var environment = await app.Environment(api.Resource);
        Assert.Equal("http://localhost:9001", environment["ASPNETCORE_URLS"]);
        Assert.Equal("9002", environment["GRPC_PORT"]);
        Assert.Equal("7946", environment["GOSSIP_PORT"]);
        Assert.Equal(["9001"], await app.Arguments(api.Resource));
    }

    [Fact]
    public async Task Another_resource_cannot_ask_for_a_port_that_each_instance_has_its_own_of()
    {
        using var app = new TestApplication();
        var api = app.Builder.AddExecutable("api", "x", ".").WithHttpEndpoint();
        var user = app.Builder.AddExecutable("user", "x", ".").WithEnvironment("PORT", $"{api.GetEndpoint("http").Property(EndpointProperty.TargetPort)}");
        app.Allocate();
        var fault = await Assert.ThrowsAsync<DistributedApplicationException>(() => app.Environment(user.Resource));
        Assert.Contains("is known to its own instances only", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_filter_keeps_endpoints_from_the_frameworks_variables()
    {
        using var app = new TestApplication();
        var api = app.Builder.AddProject("api", app.Project("Api")).WithHttpEndpoint().WithHttpEndpoint(name: "admin").WithEndpointsInEnvironment(e => e.Name != "admin");
        app.Allocate();
        Assert.Equal("http://localhost:9001", (await app.Environment(api.Resource))["ASPNETCORE_URLS"]);
    }

    [Fact]
    public async Task Links_start_with_endpoints_and_end_with_what_the_model_adds()
    {
        using var app = new TestApplication();
        var page = app.Builder.AddExecutable("page", "x", ".").WithHttpEndpoint(port: 4040);
        var api = app.Builder.AddExecutable("api", "x", ".").WithHttpEndpoint(port: 80)
            .WithUrl($"{page.GetEndpoint("http")}/explore?service={"api"}", "Flame graph")
            .WithUrlForEndpoint("http", url => url.DisplayText = "API")
            .WithUrlForEndpoint("http", endpoint => new ResourceUrlAnnotation { Url = "/docs", DisplayLocation = UrlDisplayLocation.DetailsOnly })
            .WithUrls(context => context.Urls.Add(new ResourceUrlAnnotation { Url = "https://example.org" }));
        app.Allocate();
        Assert.Equal(
            [("http://localhost:80", "API"), ("http://localhost:4040/explore?service=api", "Flame graph"), ("http://localhost:80/docs", null), ("https://example.org", null)],
            (await app.Urls(api.Resource)).Select(u => (u.Url, u.DisplayText)));
    }
}
