using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Pyro.Configuration;
using Pyro.Connect.Listening;

namespace Pyro.ServiceDefaults.Operations;

/// <summary>Tells people in the log where the server listens, and whenever it gets ready or unready and why.</summary>
internal sealed class StartupLog(IServer server, Settings settings, Readiness readiness, TimeProvider time, ILogger<StartupLog> log)
    : IHostedLifecycleService, IDisposable
{
    // Some components ask others whether they are ready.
    private static readonly TimeSpan Unready = TimeSpan.FromMilliseconds(500), Ready = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _stopping = new();
    private Task _watching = Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        KeyValuePair<string, object?>[] fields = [new("url", Url()), new("target", string.Join(',', settings.List("target")))];
        log.Log(LogLevel.Information, default, fields, null, static (_, _) => "Pyro is up");
        _watching = Watch(_stopping.Token);
        return Task.CompletedTask;
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _watching;
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _stopping.Dispose();

    private async Task Watch(CancellationToken stopping)
    {
        var told = "";
        using var timer = new PeriodicTimer(Unready, time);
        try
        {
            do
            {
                var reason = await readiness.Reason(stopping);
                if (reason == told)
                    continue;
                if (reason is null)
                    log.LogInformation("Pyro is ready");
                else
                    log.LogInformation("Pyro is not ready: {Reason}", reason);
                told = reason;
                timer.Period = reason is null ? Ready : Unready;
            }
            while (await timer.WaitForNextTickAsync(stopping));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The end of the process is told by others.
        }
    }

    /// <summary>What a browser on this machine opens; an address that stands for every one is told as <c>localhost</c>.</summary>
    private string Url()
    {
        var urls = server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        return (urls.FirstOrDefault(url => !OnePort.IsInner(url)) ?? "")
            .Replace("//[::]", "//localhost", StringComparison.Ordinal).Replace("//0.0.0.0", "//localhost", StringComparison.Ordinal);
    }
}
