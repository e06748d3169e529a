using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Pyro.Api.Peers;
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
        builder.Services.TryAddSingleton(services =>
        {
            var time = services.GetRequiredService<TimeProvider>();
            return new HashRing(time, Options(builder.Settings(), time.GetUtcNow()));
        });
        return builder;
    }

    /// <summary>Maps <c>/ring</c> once, whichever component asks first.</summary>
    public static void MapIngesterRing(this WebApplication app)
    {
        var ring = app.Services.GetRequiredService<HashRing>();
        if (!RingPage.Map(app, "/ring", "Ingester ring", ring)) return;
        if (app.Services.GetRequiredService<Settings>().Text(Store) is not ("inmemory" or "memberlist") and var store)
            app.Logger.LogWarning("{Setting}={Store} has no effect: the ring's stores are not built yet", Store, store);
        if (ring.Options.ReplicationFactor is > 1 and var factor)
        {
            // No store is built yet that ingesters could share.
            app.Logger.LogWarning(
                "-distributor.replication-factor={Factor} asks for more ingesters than the one that the ring can hold: {Effect}",
                factor, factor - (factor / 2) > 1 ? "every push will be refused. Set it to 1" : "each profile is held once only");
        }
    }

    /// <summary>Makes a component that is nothing without ingesters unready while the ring has none, or its static one is not ready.</summary>
    /// <param name="app">The program.</param>
    /// <param name="component">As readiness tells it: <c>Distributor</c>.</param>
    public static void NeedsIngesters(this WebApplication app, string component)
    {
        var ring = app.Services.GetRequiredService<HashRing>();
        var dial = app.Services.GetRequiredService<Dial>();
        var time = app.Services.GetRequiredService<TimeProvider>();
        app.Services.GetRequiredService<Readiness>().Add(component, async cancellation =>
        {
            var fault = ring.Snapshot.Members.Count == 0 ? "the ring of this process has no ingester"
                : ring.IsStatic(StaticIngester.Service) ? await StaticIngester.Fault(dial, time, cancellation)
                : null;
            return fault is null ? null : $"{component} not ready: {fault}";
        });
    }

    private const string Store = "ingester.lifecycler.ring.kvstore.store";

    private static HashRingOptions Options(Settings settings, DateTimeOffset now) => new()
    {
        StaticMembers = StaticIngester.IsWanted(settings) ? [StaticIngester.Member(now)] : [],
        ReplicationFactor = (int)settings.Integer("ingester.lifecycler.ring.replication_factor"),
        HeartbeatTimeout = settings.Duration("ingester.lifecycler.ring.heartbeat_timeout"),
        ZoneAwareness = settings.Flag("ingester.lifecycler.ring.zone_awareness_enabled"),
    };
}
