using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Aspire.Hosting.Lifecycle;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

/// <summary>An application that can be started and stopped.</summary>
public class DistributedApplication : IHost, IAsyncDisposable
{
    private readonly IHost _host;

    /// <summary>Wraps the host that the application's services live in.</summary>
    public DistributedApplication(IHost host)
    {
        ArgumentNullException.ThrowIfNull(host);
        _host = host;
    }

    /// <summary>The application's services.</summary>
    public IServiceProvider Services => _host.Services;

    /// <summary>How each resource is.</summary>
    public ResourceNotificationService ResourceNotifications => Services.GetRequiredService<ResourceNotificationService>();

    /// <summary>Gives commands to resources.</summary>
    public ResourceCommandService ResourceCommands => Services.GetRequiredService<ResourceCommandService>();

    /// <summary>Starts describing an application without a command line.</summary>
    public static IDistributedApplicationBuilder CreateBuilder() => CreateBuilder([]);

    /// <summary>Starts describing an application.</summary>
    public static IDistributedApplicationBuilder CreateBuilder(string[] args) => new DistributedApplicationBuilder(args);

    /// <summary>Starts describing an application.</summary>
    public static IDistributedApplicationBuilder CreateBuilder(DistributedApplicationOptions options) => new DistributedApplicationBuilder(options);

    /// <summary>Starts the application and waits for its end: Ctrl+C or SIGTERM.</summary>
    public void Run()
    {
        try
        {
            // Program.cs calls this as its last act; there is no thread to give back.
#pragma warning disable VSTHRD002
            RunAsync().GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
        }
        catch (DistributedApplicationException e)
        {
            // Something is wrong with the application as described: what to do about it, rather than where it was found.
            Console.Error.WriteLine($"error: {e.Message}");
            Environment.ExitCode = 1;
        }
    }

    /// <summary>Starts the application and waits for its end: Ctrl+C, SIGTERM or the token.</summary>
    public virtual async Task RunAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            await StartAsync(cancellationToken);
            await _host.WaitForShutdownAsync(cancellationToken);
        }
        finally
        {
            await DisposeAsync();
        }
    }

    /// <summary>Starts the application; returns when everything is started or waits to be.</summary>
    /// <exception cref="DistributedApplicationException">The application is to be published, or the model cannot be started.</exception>
    public virtual async Task StartAsync(CancellationToken cancellationToken = default)
    {
        var execution = Services.GetRequiredService<DistributedApplicationExecutionContext>();
        if (execution.IsPublishMode)
        {
            throw new DistributedApplicationException(
                "Publishing is not built yet: start without --operation publish and without --publisher to run the application.");
        }
        var eventing = Services.GetRequiredService<IDistributedApplicationEventing>();
        foreach (var subscriber in Services.GetServices<IDistributedApplicationEventingSubscriber>())
            await subscriber.SubscribeAsync(eventing, execution, cancellationToken);
        var model = Services.GetRequiredService<DistributedApplicationModel>();
        await eventing.PublishAsync(new BeforeStartEvent(Services, model), cancellationToken);
        ModelCheck.Verify(model.Resources);
        await _host.StartAsync(cancellationToken);
    }

    /// <summary>Stops everything that the application started.</summary>
    public virtual Task StopAsync(CancellationToken cancellationToken = default) => _host.StopAsync(cancellationToken);

    /// <summary>Frees what the application holds.</summary>
    public virtual void Dispose()
    {
        _host.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the application holds.</summary>
    public virtual async ValueTask DisposeAsync()
    {
        if (_host is IAsyncDisposable disposable)
            await disposable.DisposeAsync();
        else
            _host.Dispose();
        GC.SuppressFinalize(this);
    }
}
