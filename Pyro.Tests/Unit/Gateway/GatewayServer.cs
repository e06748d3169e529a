using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Pyro.Connect.Listening;
using Pyro.Gateway;
using Pyro.ServiceDefaults;

namespace Pyro.Tests.Unit.Gateway;

/// <summary>The gateway in this process, before whatever stands at the given addresses.</summary>
internal sealed class GatewayServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private GatewayServer(WebApplication app) => _app = app;

    public Uri Url => new(_app.Urls.Single(url => !OnePort.IsInner(url)));

    public static async Task<GatewayServer> Start(string distributor, string query, TimeSpan? frozenAfter = null)
    {
        var builder = WebApplication.CreateBuilder();
        Assert.True(builder.TryAddSettings(
            ["-server.http-listen-address=127.0.0.1", "-server.http-listen-port=0", $"-gateway.distributor-url={distributor}", $"-gateway.query-url={query}"],
            "gateway", out _));
        builder.AddServiceDefaults();
        builder.AddGateway(frozenAfter);
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.MapDefaultEndpoints();
        app.MapGateway();
        await app.StartAsync();
        return new GatewayServer(app);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
