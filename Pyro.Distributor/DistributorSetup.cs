using Pyro.Api.Peers;
using Pyro.Api.Push;
using Pyro.Connect;
using Pyro.Connect.Protocol;
using Pyro.Distributor.Ingest;
using Pyro.Distributor.Pipeline;
using Pyro.Distributor.Push;
using Pyro.Distributor.Replication;
using Pyro.Ring;
using Pyro.ServiceDefaults;
using Pyro.ServiceDefaults.Front;
using Pyro.ServiceDefaults.Rings;
using Pyro.Tenancy;

namespace Pyro.Distributor;

/// <summary>Puts the distributor together: it takes profiles in, checks them and sends them to the ring.</summary>
public static class DistributorSetup
{
    /// <summary>The distributor as a process may run it.</summary>
    public static Component Component { get; } = new(
        ["distributor"], settings => DistributorOptions.From(settings).Faults(), builder => builder.AddDistributor(), app => app.MapDistributor());

    /// <summary>
    /// Registers it. Expects settings, <see cref="Dial"/>, <see cref="Overrides"/>, the time provider and the task scheduler to be
    /// registered.
    /// </summary>
    public static WebApplicationBuilder AddDistributor(this WebApplicationBuilder builder)
    {
        var options = DistributorOptions.From(builder.Settings());
        builder.AddIngesterRing().Services
            .AddSingleton(options)
            .AddSingleton(p => new DistributorMetrics(p.GetRequiredService<HashRing>().Options.ReplicationFactor))
            .AddSingleton(new ScratchPool())
            .AddSingleton<RateLimiter>()
            .AddSingleton(p => new QuorumWriter(p.GetRequiredService<TimeProvider>(), options.PushTimeout, LateWritesMax))
            .AddSingleton(Replicas)
            .AddSingleton<ProfilePipeline>()
            .AddSingleton<ProfilePusher>()
            .AddSingleton<PushService>()
            .AddSingleton<IngestEndpoint>()
            .AddHostedService<LateWrites>();
        return builder;
    }

    /// <summary>Maps its routes.</summary>
    public static WebApplication MapDistributor(this WebApplication app)
    {
        var options = app.Services.GetRequiredService<DistributorOptions>();
        app.MapRpc(PushDefinition.Bind(app.Services.GetRequiredService<PushService>().Push), PusherService.Descriptor)
            .WithMetadata(new TenantRequired("unauthenticated: "), new BodyLimit(options.PushBytesMax));
        RequestDelegate ingest = app.Services.GetRequiredService<IngestEndpoint>().Serve;
        app.MapPost("/ingest", ingest).WithMetadata(new TenantRequired(), new PlainRoute(), new CountsInFlight());
        app.MapPost("/pyroscope/ingest", ingest).WithMetadata(new TenantRequired(), new PlainRoute(), new CountsInFlight());
        app.MapIngesterRing();
        app.NeedsIngesters("Distributor");
        return app;
    }

    private static ReplicaWriter Replicas(IServiceProvider services) => new(
        services.GetRequiredService<HashRing>(),
        services.GetRequiredService<Dial>(),
        services.GetRequiredService<QuorumWriter>(),
        services.GetRequiredService<DistributorMetrics>(),
        services.GetRequiredService<TimeProvider>(),
        services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);

    /// <summary>Pushes that may be answered while a replica is still to be written; more wait for all of theirs.</summary>
    private const int LateWritesMax = 1024;
}
