using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Console;
using Pyro.Connect;
using Pyro.Connect.Listening;
using Pyro.ServiceDefaults;
using Pyro.Tests.Unit.Connect;

namespace Pyro.Tests.Unit.Operations;

/// <summary>A server in this process that has the service defaults and one slow call.</summary>
internal sealed class Host : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _calls;

    private Host(WebApplicationBuilder builder, TimeSpan slowness)
    {
        _app = builder.Build();
        _app.MapDefaultEndpoints();
        _app.MapRpc(Probe.BindService(new SlowProbe(this, slowness)), Probe.Descriptor);
        _app.MapGet("/slow", (HttpContext context) => Task.Delay(slowness, context.RequestAborted));
    }

    /// <summary>How often the slow call was handled.</summary>
    public int Calls => _calls;

    public IServiceProvider Services => _app.Services;

    public Uri Url => new(_app.Urls.Single(url => !OnePort.IsInner(url)));

    public static async Task<Host> Start(TimeSpan slowness = default, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder();
        Assert.True(builder.TryAddSettings(["-server.http-listen-address=127.0.0.1", "-server.http-listen-port=0"], target: null, out _));
        configure?.Invoke(builder);
        builder.AddServiceDefaults();
        configure?.Invoke(builder);
        // Who looks at the tests' output looks for what failed, not for what servers say.
        builder.Services.Remove(builder.Services.Single(service => service.ImplementationType == typeof(ConsoleLoggerProvider)));
        var host = new Host(builder, slowness);
        await host._app.StartAsync();
        return host;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private sealed class SlowProbe(Host host, TimeSpan slowness) : Probe.ProbeBase
    {
        public override async Task<Answer> Unary(Ask request, ServerCallContext context)
        {
            Interlocked.Increment(ref host._calls);
            await Task.Delay(slowness, context.CancellationToken);
            return new Answer { Number = 1 };
        }
    }
}
