using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Running;

/// <summary>Starts, watches and stops everything that the application is made of.</summary>
internal sealed class Orchestrator(ResourceNotificationService notifications) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Starts an instance that does not run.</summary>
    public Task StartResource(string resourceId, CancellationToken cancellation) =>
        notifications.WaitForResourceAsync(resourceId, cancellationToken: cancellation);

    /// <summary>Stops an instance and waits for its end.</summary>
    public Task StopResource(string resourceId, CancellationToken cancellation) =>
        notifications.WaitForResourceAsync(resourceId, KnownResourceStates.Finished, cancellation);
}
