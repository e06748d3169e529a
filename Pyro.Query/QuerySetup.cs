using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Pyro.Api.Querier;
using Pyro.Blocks.Buckets;
using Pyro.Connect;
using Pyro.Disk;
using Pyro.ObjectStore;
using Pyro.Query.Explore;
using Pyro.Query.Frontend;
using Pyro.Query.Querier;
using Pyro.Query.Render;
using Pyro.ServiceDefaults;
using Pyro.ServiceDefaults.Front;
using Pyro.ServiceDefaults.Rings;

namespace Pyro.Query;

/// <summary>Puts the query side together: frontend and querier in one process.</summary>
public static class QuerySetup
{
    /// <summary>The query side as a process may run it.</summary>
    public static Component Component { get; } = new(
        ["query-frontend", "querier"], settings => QueryOptions.From(settings).Faults(), builder => builder.AddQuery(), app => app.MapQuery());

    /// <summary>Registers it; the service defaults come first.</summary>
    public static WebApplicationBuilder AddQuery(this WebApplicationBuilder builder)
    {
        var options = QueryOptions.From(builder.Settings());
        builder.AddIngesterRing();
        StoreGatewayNotice.Add(builder);
        builder.Services.TryAddSingleton<IDisk, PhysicalDisk>();
        builder.Services.TryAddSingleton<IObjectStore>(services => ObjectStores.Open(
            options.Bucket, services.GetRequiredService<IDisk>(), services.GetRequiredService<TimeProvider>(), services.GetRequiredService<Random>()));
        // What is damaged in the bucket the store-gateway tells and counts, which sees the same.
        builder.Services.TryAddSingleton(services => new BucketView(
            services.GetRequiredService<IObjectStore>(), cache: null, options.MarkDelay, services.GetRequiredService<TimeProvider>()));
        builder.Services
            .AddSingleton(options)
            .AddSingleton<QueryBucket>()
            .AddSingleton<ProfileQuerier>()
            .AddSingleton<LabelQueries>()
            .AddSingleton<TreeQueries>()
            .AddSingleton<PointQueries>()
            .AddSingleton<PprofQueries>()
            .AddSingleton<DiffQueries>()
            .AddSingleton<StatsQueries>()
            .AddSingleton<PartialAnswers>()
            .AddSingleton<QueryFrontend>()
            .AddSingleton<RenderRoutes>()
            .AddSingleton<ExploreAssets>();
        return builder;
    }

    /// <summary>Maps its routes.</summary>
    public static WebApplication MapQuery(this WebApplication app)
    {
        app.MapRpc(QuerierWire.Bind(app.Services.GetRequiredService<QueryFrontend>()), QuerierService.Descriptor)
            .Add(endpoint => endpoint.Metadata.Add(new TenantRequired(IsStats(endpoint) ? "" : "invalid_argument: ", SeveralAsJson: true)));
        app.Services.GetRequiredService<RenderRoutes>().Map(app);
        app.NeedsIngesters("Query Frontend");
        app.MapIngesterRing();
        return app.MapExplore();
    }

    // The one call whose refusal without a tenant names no code.
    private static bool IsStats(EndpointBuilder endpoint) => endpoint is RouteEndpointBuilder route
        && route.RoutePattern.RawText?.EndsWith("/GetProfileStats", StringComparison.Ordinal) == true;
}
