using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Pyro.Api.Querier;
using Pyro.Connect;
using Pyro.Query.Explore;
using Pyro.Query.Frontend;
using Pyro.Query.Querier;
using Pyro.Query.Render;
using Pyro.ServiceDefaults.Front;
using Pyro.ServiceDefaults.Rings;

namespace Pyro.Query;

/// <summary>Puts the query side together: frontend and querier in one process.</summary>
public static class QuerySetup
{
    /// <summary>Registers it; the service defaults come first.</summary>
    public static WebApplicationBuilder AddQuery(this WebApplicationBuilder builder)
    {
        builder.AddIngesterRing();
        builder.Services
            .AddSingleton<ProfileQuerier>()
            .AddSingleton<LabelQueries>()
            .AddSingleton<TreeQueries>()
            .AddSingleton<PointQueries>()
            .AddSingleton<PprofQueries>()
            .AddSingleton<DiffQueries>()
            .AddSingleton<StatsQueries>()
            .AddSingleton<QueryFrontend>()
            .AddSingleton<RenderRoutes>()
            .AddSingleton<ExploreAssets>();
        return builder;
    }

    /// <summary>Maps its routes.</summary>
    public static WebApplication MapQuery(this WebApplication app)
    {
        app.MapRpc(QuerierService.BindService(app.Services.GetRequiredService<QueryFrontend>()), QuerierService.Descriptor)
            .WithMetadata(new TenantRequired("invalid_argument: "));
        app.Services.GetRequiredService<RenderRoutes>().Map(app);
        app.MapIngesterRing();
        return app.MapExplore();
    }
}
