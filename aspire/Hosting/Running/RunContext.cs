using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.Running;

/// <summary>What all running resources share.</summary>
internal sealed class RunContext(
    RunOptions options, IServiceProvider services, ResourceNotificationService notifications, ResourceLoggerService loggers,
    IDistributedApplicationEventing eventing, DistributedApplicationExecutionContext execution, HealthCheckService healthChecks, Terminal terminal,
    RunPlanner planner, HttpProbe probe)
{
    /// <summary>How the application is run.</summary>
    public RunOptions Options => options;

    /// <summary>States.</summary>
    public ResourceNotificationService Notifications => notifications;

    /// <summary>Logs.</summary>
    public ResourceLoggerService Loggers => loggers;

    /// <summary>The registered health checks.</summary>
    public HealthCheckService HealthChecks => healthChecks;

    /// <summary>The person at the terminal.</summary>
    public Terminal Terminal => terminal;

    /// <summary>Makes of a resource what is started.</summary>
    public RunPlanner Planner => planner;

    /// <summary>Health over HTTP.</summary>
    public HttpProbe Probe => probe;

    /// <summary>Run mode.</summary>
    public DistributedApplicationExecutionContext Execution => execution;

    /// <summary>Ends everything when the AppHost is killed; null before the application starts.</summary>
    public Guard? Guard { get; set; }

    /// <summary>Tells that a resource is about to start.</summary>
    public async Task PublishStarting(IResource resource, CancellationToken cancellation)
    {
        if (resource is IResourceWithConnectionString)
            await eventing.PublishAsync(new ConnectionStringAvailableEvent(resource, services), cancellation);
        await eventing.PublishAsync(new BeforeResourceStartedEvent(resource, services), cancellation);
    }

    /// <summary>Tells that a resource is ready.</summary>
    public async Task PublishReady(IResource resource, CancellationToken cancellation)
    {
        try
        {
            await eventing.PublishAsync(new ResourceReadyEvent(resource, services), cancellation);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            terminal.Fail($"{resource.Name}: what was to happen once it is ready failed: {e.Message}");
        }
        notifications.MarkReady(resource);
    }

    /// <summary>Tells that an instance ended.</summary>
    public async Task PublishStopped(IResource resource, string id)
    {
        if (!notifications.TryGetCurrentState(id, out var state))
            return;
        try
        {
            await eventing.PublishAsync(new ResourceStoppedEvent(resource, services, state), CancellationToken.None);
        }
        catch (Exception e)
        {
            terminal.Fail($"{resource.Name}: what was to happen once it has stopped failed: {e.Message}");
        }
    }
}
