using System.Net;
using Pyro.ServiceDefaults;
using Pyro.ServiceDefaults.Operations;
using Yarp.ReverseProxy.ServiceDiscovery;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Pyro.Gateway;

/// <summary>
/// Puts the gateway together: one address for all components. Requests and answers pass as they are, in the HTTP version they came in,
/// as they come and without a second try.
/// </summary>
public static class GatewaySetup
{
    /// <summary>The gateway as a process may run it.</summary>
    public static Component Component { get; } = new(
        ["gateway"], settings => GatewayOptions.From(settings).Faults(), builder => builder.AddGateway(), app => app.MapGateway()) { RunsAlone = true };

    /// <summary>Registers it; the service defaults come first.</summary>
    public static WebApplicationBuilder AddGateway(this WebApplicationBuilder builder)
    {
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
                // A component that froze is found while a request waits for it.
                handler.KeepAlivePingDelay = TimeSpan.FromSeconds(10);
                handler.KeepAlivePingTimeout = TimeSpan.FromSeconds(5);
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
            // gRPC is HTTP/2 all the way, and what is not stays so: the component answers as if it had been asked itself.
            request.ProxyRequest.Version = HttpProtocol.IsHttp2(request.HttpContext.Request.Protocol) ? HttpVersion.Version20 : HttpVersion.Version11;
            request.ProxyRequest.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
            return ValueTask.CompletedTask;
        });
    }
}
