using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Pyro.Configuration;
using Pyro.Ring;
using Pyro.ServiceDefaults.Operations;

namespace Pyro.ServiceDefaults.Rings;

/// <summary>The ring of ingesters, which distributors and queriers look into and ingesters join: one view a process.</summary>
public static class IngesterRing
{
    /// <summary>Registers the <see cref="HashRing"/>; any component may call it, the first one counts.</summary>
    public static WebApplicationBuilder AddIngesterRing(this WebApplicationBuilder builder)
    {
        builder.Services.TryAddSingleton(services => new HashRing(services.GetRequiredService<TimeProvider>(), Options(builder.Settings())));
        return builder;
    }

    /// <summary>Maps <c>/ring</c> once, whichever component asks first.</summary>
    public static void MapIngesterRing(this WebApplication app) =>
        RingPage.Map(app, "/ring", "Ingester ring", app.Services.GetRequiredService<HashRing>());

    /// <summary>Makes a component that is nothing without ingesters unready while the ring has none.</summary>
    /// <param name="app">The program.</param>
    /// <param name="component">As readiness tells it: <c>Distributor</c>.</param>
    public static void NeedsIngesters(this WebApplication app, string component)
    {
        var ring = app.Services.GetRequiredService<HashRing>();
        app.Services.GetRequiredService<Readiness>().Add(component, () =>
            ring.Snapshot.Members.Count == 0 ? $"{component} not ready: the ring of this process has no ingester" : null);
    }

    private static HashRingOptions Options(Settings settings) => new()
    {
        ReplicationFactor = (int)settings.Integer("ingester.lifecycler.ring.replication_factor"),
        HeartbeatTimeout = settings.Duration("ingester.lifecycler.ring.heartbeat_timeout"),
        ZoneAwareness = settings.Flag("ingester.lifecycler.ring.zone_awareness_enabled"),
    };
}
