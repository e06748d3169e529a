using System.Net;
using Pyro.ServiceDefaults;
using Pyro.ServiceDefaults.Operations;
using Yarp.ReverseProxy.ServiceDiscovery;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Pyro.Gateway;

/// <summary>
/// Puts the gateway together: one address for all components. Requests and answers pass as they are, as they come and without a second
/// try, by HTTP/2 whatever they came in: its pings find a component that froze, however long a query may rightly be silent.
/// </summary>
public static class GatewaySetup
{
    /// <summary>The gateway as a process may run it.</summary>
    public static Component Component { get; } = new(
        ["gateway"], settings => GatewayOptions.From(settings).Faults(), builder => builder.AddGateway(), app => app.MapGateway())
    { RunsAlone = true };

    /// <summary>Registers it; the service defaults come first.</summary>
    /// <param name="builder">The program.</param>
    /// <param name="frozenAfter">How long a component may leave pings without an answer while requests wait for it, at least 2 s; null: 30 s.</param>
    public static WebApplicationBuilder AddGateway(this WebApplicationBuilder builder, TimeSpan? frozenAfter = null)
    {
        var silence = frozenAfter ?? TimeSpan.FromSeconds(30);
        var options = GatewayOptions.From(builder.Settings());
        // Else two lines for every request.
        builder.Logging.AddFilter("Yarp.ReverseProxy", LogLevel.Warning);
        builder.Services.AddReverseProxy()
            .LoadFromMemory(Routes.All, Routes.Clusters(options))
            .AddTransforms(PassUnchanged)
            .ConfigureHttpClient((_, handler) =>
            {
                handler.ConnectTimeout = TimeSpan.FromSeconds(5);
                handler.InitialHttp2StreamWindowSize = 1 << 20;
                // A component that froze is found while a request waits for it; one that is merely busy answers within the time.
                handler.KeepAlivePingDelay = silence / 2;
                handler.KeepAlivePingTimeout = silence / 2;
                handler.KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests;
            });
        builder.Services.AddSingleton<IDestinationResolver, DiscoveredDestinations>().AddSingleton<BackendReadiness>();
        return builder;
    }

    /// <summary>Maps everything that the process does not serve itself.</summary>
    public static WebApplication MapGateway(this WebApplication app)
    {
        app.MapReverseProxy(proxy => proxy.Use(Unreachable.Answer));
        app.Services.GetRequiredService<Readiness>().Add("gateway", app.Services.GetRequiredService<BackendReadiness>().Reason);
        return app;
    }

    private static void PassUnchanged(TransformBuilderContext transforms)
    {
        transforms.UseDefaultForwarders = false;
        transforms.AddOriginalHost();
        transforms.AddRequestTransform(request =>
        {
            // What HTTP/2 does not have stays as it came: a change of protocol, and gRPC where it cannot be, which the component refuses.
            request.ProxyRequest.Version = NeedsHttp11(request.HttpContext.Request) ? HttpVersion.Version11 : HttpVersion.Version20;
            request.ProxyRequest.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
            return ValueTask.CompletedTask;
        });
    }

    private static bool NeedsHttp11(HttpRequest request) =>
        !HttpProtocol.IsHttp2(request.Protocol) && (request.Headers.ContainsKey("Upgrade") || IsGrpc(request.ContentType));

    /// <summary>gRPC proper; gRPC-Web is at home in every version.</summary>
    private static bool IsGrpc(string? contentType) =>
        contentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true
        && !contentType.StartsWith("application/grpc-web", StringComparison.OrdinalIgnoreCase);
}
