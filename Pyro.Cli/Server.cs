using Pyro.Distributor;
using Pyro.Gateway;
using Pyro.Ingester;
using Pyro.Query;
using Pyro.ServiceDefaults;

namespace Pyro.Cli;

/// <summary>The server: every component in one process, or those that <c>-target</c> names, each set up by its own code.</summary>
internal static class Server
{
    private static readonly (string[] Targets, Action<WebApplicationBuilder> Add, Action<WebApplication> Map)[] Components =
    [
        (["distributor"], builder => builder.AddDistributor(), app => app.MapDistributor()),
        (["ingester"], builder => builder.AddIngester(), app => app.MapIngester()),
        (["query-frontend", "querier"], builder => builder.AddQuery(), app => app.MapQuery()),
        ([Gateway], builder => builder.AddGateway(), app => app.MapGateway()),
    ];

    // Passes everything on to other processes, so it runs alone.
    private const string Gateway = "gateway";

    public static async Task<int> Run(string[] args)
    {
        var builder = WebApplication.CreateBuilder();
        if (!builder.TryAddSettings(args, target: null, out var exitCode))
            return exitCode;

        var wanted = builder.Settings().List("target");
        var components = Components.Where(c => c.Targets.Any(wanted.Contains) || (wanted.Contains("all") && c.Targets is not [Gateway])).ToList();
        if (components.Count > 1 && wanted.Contains(Gateway))
        {
            await Console.Error.WriteLineAsync($"target {string.Join(',', wanted)}: the gateway runs in a process of its own");
            return 1;
        }
        if (components.Count == 0)
        {
            await Console.Error.WriteLineAsync($"target {string.Join(',', wanted)}: this program has no such component yet");
            return 1;
        }
        builder.AddServiceDefaults();
        components.ForEach(component => component.Add(builder));

        var app = builder.Build();
        app.MapDefaultEndpoints();
        components.ForEach(component => component.Map(app));
        return await app.RunToEnd();
    }
}
