using Microsoft.Extensions.DependencyInjection.Extensions;
using Pyro.Api.Ingester;
using Pyro.Api.Peers;
using Pyro.Connect;
using Pyro.Connect.Protocol;
using Pyro.Disk;
using Pyro.Ingester.Appends;
using Pyro.Ingester.Head;
using Pyro.Ingester.Queries;
using Pyro.Ingester.Shipping;
using Pyro.Ingester.Wal;
using Pyro.Memory;
using Pyro.Ring;
using Pyro.ServiceDefaults;
using Pyro.ServiceDefaults.Front;
using Pyro.ServiceDefaults.Operations;
using Pyro.ServiceDefaults.Rings;

namespace Pyro.Ingester;

/// <summary>Puts the ingester together: it keeps recent profiles, in a log and in memory, and answers about them.</summary>
public static class IngesterSetup
{
    /// <summary>The ingester as a process may run it.</summary>
    public static Component Component { get; } = new(
        ["ingester"], settings => IngesterOptions.From(settings).Faults(), builder => builder.AddIngester(), app => app.MapIngester());

    /// <summary>Registers it; the settings and the service defaults come first.</summary>
    public static WebApplicationBuilder AddIngester(this WebApplicationBuilder builder)
    {
        var options = IngesterOptions.From(builder.Settings());
        builder.AddIngesterRing();
        builder.Services.TryAddSingleton<IDisk, PhysicalDisk>();
        builder.Services
            .AddSingleton(options)
            .AddSingleton(new LogOptions(options.LogDirectory))
            .AddSingleton(options.Lifecycler)
            .AddSingleton<SeriesLimit>()
            .AddSingleton(Heads)
            .AddSingleton(NewLog)
            .AddSingleton(NewAppender)
            .AddBlocks(options)
            .AddSingleton<Lifecycler>()
            .AddSingleton<IngesterReadiness>()
            .AddHostedService(Lifecycle);
        // A store-gateway in the same process tries the bucket itself.
        if (!builder.Settings().List("target").Any(static target => target is "all" or "store-gateway"))
        {
            builder.Services.AddBucketCheck(options);
        }

        if (options.TokensFile.Length > 0)
        {
            builder.Services.AddSingleton(services => new TokensFile(services.GetRequiredService<IDisk>(), options.TokensFile));
        }

        return builder;
    }

    /// <summary>Maps its services, which other processes of the cluster call, and tells the process when it is ready.</summary>
    public static WebApplication MapIngester(this WebApplication app)
    {
        IServiceProvider services = app.Services;
        var log = services.GetRequiredService<WriteAheadLog>();
        var holder = new HolderService(
            services.GetRequiredService<HeadStore>(),
            services.GetRequiredService<IngesterOptions>().Lifecycler.Id,
            services.GetRequiredService<TaskScheduler>())
        { IsComplete = () => log.IsOpen };
        app.MapRpc(AppendDefinition.Bind(services.GetRequiredService<RecordAppender>().Append), Appender.Descriptor)
            .WithMetadata(new TenantRequired(), new BodyLimit(AppendBatch.BytesMax));
        app.MapRpc(Holder.BindService(holder), Holder.Descriptor).WithMetadata(new TenantRequired());
        app.MapRpc(IngesterService.BindService(new PyroscopeIngesterService(services.GetRequiredService<BlockCutter>())), IngesterService.Descriptor).WithMetadata(new TenantRequired());
        app.MapIngesterRing();
        app.MapPage("/ingester/blocks", (HeadStore heads, WriteAheadLog written, Shipper shipper, DiskSpace space) =>
            Results.Content(BlocksPage.Render(heads, written, shipper, space), "text/html"));
        services.GetRequiredService<Readiness>().Add("ingester", services.GetRequiredService<IngesterReadiness>().Reason);
        return app;
    }

    private static HeadStore Heads(IServiceProvider services) => new(
        services.GetRequiredService<TimeProvider>(),
        services.GetRequiredService<Random>(),
        services.GetRequiredService<SeriesLimit>().Of,
        services.GetRequiredService<IngesterOptions>().SymbolsPartitionLabel,
        services.GetRequiredService<MemoryLedger>())
    {
        BlockDuration = services.GetRequiredService<IngesterOptions>().BlockDuration,
    };

    private static WriteAheadLog NewLog(IServiceProvider services) => new(
        services.GetRequiredService<IDisk>(),
        services.GetRequiredService<LogOptions>(),
        services.GetRequiredService<TimeProvider>(),
        services.GetRequiredService<TaskScheduler>(),
        services.GetRequiredService<Random>(),
        services.GetRequiredService<ILogger<WriteAheadLog>>(),
        services.GetRequiredService<BackgroundScheduler>());

    private static RecordAppender NewAppender(IServiceProvider services)
    {
        var space = services.GetRequiredService<DiskSpace>();
        return new RecordAppender(
            services.GetRequiredService<HeadStore>(), services.GetRequiredService<WriteAheadLog>(), services.GetRequiredService<MemoryLedger>())
        {
            IsDiskLow = () => space.IsLow,
        };
    }

    private static IngesterLifecycle Lifecycle(IServiceProvider services) => new(
        services.GetRequiredService<IngesterOptions>(),
        services.GetRequiredService<IDisk>(),
        services.GetRequiredService<WriteAheadLog>(),
        services.GetRequiredService<RecordAppender>().TakeReplayed,
        services.GetRequiredService<IngesterBlocks>(),
        (services.GetRequiredService<Lifecycler>(), services.GetRequiredService<RingAddress>().Announce),
        services.GetRequiredService<IHostApplicationLifetime>(),
        services.GetRequiredService<TimeProvider>(),
        services.GetRequiredService<ILogger<IngesterLifecycle>>());
}
