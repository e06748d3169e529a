using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Pyro.Api.Peers;
using Pyro.Api.StoreGateway;
using Pyro.Blocks.Buckets;
using Pyro.Blocks.Files;
using Pyro.Blocks.Reading;
using Pyro.Blocks.Symbols;
using Pyro.Connect;
using Pyro.Disk;
using Pyro.Memory;
using Pyro.ObjectStore;
using Pyro.ServiceDefaults;
using Pyro.ServiceDefaults.Front;
using Pyro.ServiceDefaults.Operations;

namespace Pyro.StoreGateway;

/// <summary>Puts the store-gateway together: it answers about the blocks that lie in the bucket.</summary>
public static class StoreGatewaySetup
{
    // Of the memory that the process may use: what blocks have in common keeps the rest for heads and sums.
    private const long ShareOfPages = 16, ShareOfSymbols = 8;
    private const long MetaCacheBytes = 256L << 20;

    /// <summary>The store-gateway as a process may run it.</summary>
    public static Component Component { get; } = new(
        ["store-gateway"], settings => StoreGatewayOptions.From(settings).Faults(), builder => builder.AddStoreGateway(), app => app.MapStoreGateway());

    /// <summary>Registers it; the settings and the service defaults come first.</summary>
    public static WebApplicationBuilder AddStoreGateway(this WebApplicationBuilder builder)
    {
        var options = StoreGatewayOptions.From(builder.Settings());
        builder.Services.TryAddSingleton<IDisk, PhysicalDisk>();
        builder.Services.TryAddSingleton<IObjectStore>(services => ObjectStores.Open(
            options.Bucket, services.GetRequiredService<IDisk>(), services.GetRequiredService<TimeProvider>(), services.GetRequiredService<Random>()));
        builder.Services.TryAddSingleton(services => new PageCache(
            services.GetRequiredService<MemoryLedger>().Budget / ShareOfPages, services.GetRequiredService<MemoryLedger>()));
        builder.Services.TryAddSingleton(Reading);
        builder.Services
            .AddSingleton(options)
            // Taken by a query side in the same process too, which alone would keep nothing on disk.
            .AddSingleton(services => new BucketView(
                services.GetRequiredService<IObjectStore>(),
                new MetaCache(services.GetRequiredService<IDisk>(), options.SyncDirectory, MetaCacheBytes),
                options.MarkDelay,
                services.GetRequiredService<TimeProvider>())
            { OnDamage = services.GetRequiredService<BlockReading>().Quarantine })
            .AddSingleton<ServedBlocks>()
            .AddSingleton<BucketHolderService>()
            .AddSingleton<StoreGatewayMetrics>()
            .AddSingleton(services => ObjectStores.Probe(
                options.Bucket, services.GetRequiredService<IDisk>(), services.GetRequiredService<TimeProvider>(), services.GetRequiredService<Random>()))
            .AddSingleton<BucketSync>()
            .AddHostedService(static services => services.GetRequiredService<BucketSync>());
        return builder;
    }

    /// <summary>Maps its service and pages.</summary>
    public static WebApplication MapStoreGateway(this WebApplication app)
    {
        var sync = app.Services.GetRequiredService<BucketSync>();
        app.MapRpc(BucketHolder.BindService(app.Services.GetRequiredService<BucketHolderService>()), BucketHolder.Descriptor)
            .WithMetadata(new TenantRequired());
        app.MapRpc(
                StoreGatewayService.BindService(new PyroscopeStoreGatewayService(app.Services.GetRequiredService<ServedBlocks>())),
                StoreGatewayService.Descriptor)
            .WithMetadata(new TenantRequired());
        StoreGatewayPages.Map(app);
        app.Services.GetRequiredService<StoreGatewayMetrics>();
        // Beside an ingester hot data are answered for whatever the bucket does; alone there is nothing without it.
        if (app.Services.GetRequiredService<Pyro.Configuration.Settings>().List("target") is ["store-gateway"])
            app.Services.GetRequiredService<Readiness>().Add("store-gateway", () => sync.IsSynced ? null : $"Store Gateway not ready: {sync.Fault ?? "it has not seen the bucket yet"}");
        return app;
    }

    private static BlockReading Reading(IServiceProvider services)
    {
        var ledger = services.GetRequiredService<MemoryLedger>();
        var logger = services.GetRequiredService<ILogger<Block>>();
        return new BlockReading(new SymbolCache(ledger.Budget / ShareOfSymbols, ledger))
        {
            Time = services.GetRequiredService<TimeProvider>(),
            OnQuarantine = (tenant, block, fault) => logger.LogError(
                "Block {Ulid} of tenant {Tenant} is damaged and read no more: {Fault}", block, tenant, fault.Message),
        };
    }
}
