using Microsoft.Extensions.DependencyInjection.Extensions;
using Pyro.Blocks.Reading;
using Pyro.Blocks.Symbols;
using Pyro.Disk;
using Pyro.Memory;
using Pyro.ObjectStore;
using Pyro.ServiceDefaults;

namespace Pyro.Ingester.Shipping;

/// <summary>Puts together what makes blocks of heads and brings them to the bucket.</summary>
internal static class BlocksSetup
{
    // Decoded symbols of blocks: a share of the memory budget.
    private const int SymbolShare = 16;

    /// <summary>Registers it.</summary>
    public static IServiceCollection AddBlocks(this IServiceCollection services, IngesterOptions options)
    {
        services.TryAddSingleton(Store);
        services.TryAddSingleton(Reading);
        return services
            .AddSingleton(options.Retention)
            .AddSingleton(new CutLimits())
            .AddSingleton(s => new LocalFolders(s.GetRequiredService<IDisk>(), options.DataPath, s.GetRequiredService<BlockReading>(), s.GetRequiredService<ILogger<LocalFolders>>()))
            .AddSingleton(s => new DiskSpace(
                s.GetRequiredService<IDisk>(), options.DataPath, new DiskLimits(options.DiskReserve, options.Retention.FreeBytes, options.DiskBudget), s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILogger<DiskSpace>>()))
            .AddSingleton(s => new BucketCopies(s.GetRequiredService<IObjectStore>(), s.GetRequiredService<IDisk>(), options.Lifecycler.Id))
            .AddSingleton<BlockMetrics>()
            .AddSingleton(Watched)
            .AddSingleton<ShippedBlocks>()
            .AddSingleton<BackgroundScheduler>()
            .AddSingleton(s => ActivatorUtilities.CreateInstance<HeadFlush>(s, s.GetRequiredService<BackgroundScheduler>()))
            .AddSingleton<BlockCutter>()
            .AddSingleton<LocalRetention>()
            .AddSingleton<UnreadableBlocks>()
            .AddSingleton<UnfinishedUploads>()
            .AddSingleton<IngesterBlocks>();

        static Shipper Watched(IServiceProvider s)
        {
            var shipper = ActivatorUtilities.CreateInstance<Shipper>(s);
            s.GetRequiredService<BlockMetrics>().Watch(shipper);
            return shipper;
        }

        IObjectStore Store(IServiceProvider s) => ObjectStores.Open(
            options.Store, s.GetRequiredService<IDisk>(), s.GetRequiredService<TimeProvider>(), s.GetRequiredService<Random>());
    }

    /// <summary>Registers the trial of the bucket at start.</summary>
    public static IServiceCollection AddBucketCheck(this IServiceCollection services, IngesterOptions options) => services
        .AddSingleton(s => ObjectStores.Probe(
            options.Store, s.GetRequiredService<IDisk>(), s.GetRequiredService<TimeProvider>(), s.GetRequiredService<Random>()))
        .AddHostedService<BucketCheck>();

    private static BlockReading Reading(IServiceProvider services)
    {
        var ledger = services.GetRequiredService<MemoryLedger>();
        var logger = services.GetRequiredService<ILogger<BlockReading>>();
        return new BlockReading(new SymbolCache(ledger.Budget / SymbolShare, ledger))
        {
            Time = services.GetRequiredService<TimeProvider>(),
            OnQuarantine = (tenant, block, fault) =>
                logger.LogError("Block {Ulid} of {Tenant} is damaged and read no more: {Fault}", block, tenant, fault.Message),
        };
    }
}
