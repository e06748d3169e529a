using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Aspire.Hosting.ApplicationModel;

/// <content>Waiting for a state.</content>
public partial class ResourceNotificationService
{
    /// <summary>Waits until an instance of a resource is in a state.</summary>
    /// <param name="resourceName">The resource.</param>
    /// <param name="targetState">The state; null: running.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task WaitForResourceAsync(string resourceName, string? targetState = null, CancellationToken cancellationToken = default) =>
        WaitForResourceAsync(resourceName, [targetState ?? KnownResourceStates.Running], cancellationToken);

    /// <summary>Waits until an instance of a resource is in one of several states, and says in which.</summary>
    public async Task<string> WaitForResourceAsync(string resourceName, IEnumerable<string> targetStates, CancellationToken cancellationToken = default)
    {
        var states = targetStates.ToHashSet(StringComparer.OrdinalIgnoreCase);
        var found = await WaitForResourceAsync(resourceName, e => e.Snapshot.State is { } state && states.Contains(state.Text), cancellationToken);
        return found.Snapshot.State!.Text;
    }

    /// <summary>Waits until something is true of an instance of a resource.</summary>
    public async Task<ResourceEvent> WaitForResourceAsync(string resourceName, Func<ResourceEvent, bool> predicate, CancellationToken cancellationToken = default)
    {
        await foreach (var change in WatchAsync(cancellationToken))
        {
            var named = change.Resource.Name.Equals(resourceName, StringComparison.OrdinalIgnoreCase)
                || change.ResourceId.Equals(resourceName, StringComparison.OrdinalIgnoreCase);
            if (named && predicate(change))
                return change;
        }
        throw new OperationCanceledException(cancellationToken);
    }

    /// <summary>Waits until a resource is healthy; when it fails meanwhile, as the application does by default.</summary>
    public Task<ResourceEvent> WaitForResourceHealthyAsync(string resourceName, CancellationToken cancellationToken = default) =>
        WaitForResourceHealthyAsync(
            resourceName, _services.GetRequiredService<IOptions<ResourceNotificationServiceOptions>>().Value.DefaultWaitBehavior, cancellationToken);

    /// <summary>Waits until a resource is healthy.</summary>
    /// <exception cref="DistributedApplicationException">It failed meanwhile, and <paramref name="waitBehavior"/> says not to wait on.</exception>
    public async Task<ResourceEvent> WaitForResourceHealthyAsync(string resourceName, WaitBehavior waitBehavior, CancellationToken cancellationToken = default)
    {
        var end = await WaitForResourceAsync(
            resourceName,
            e => e.Snapshot.HealthStatus == HealthStatus.Healthy || (waitBehavior == WaitBehavior.StopOnResourceUnavailable && IsUnavailable(e.Snapshot)),
            cancellationToken);
        if (end.Snapshot.HealthStatus != HealthStatus.Healthy)
            throw new DistributedApplicationException($"Resource '{end.ResourceId}' is {end.Snapshot.State?.Text} and will not become healthy: see its log.");
        return end;
    }

    /// <summary>Whether an instance will not become healthy by itself.</summary>
    internal static bool IsUnavailable(CustomResourceSnapshot snapshot) => snapshot.State?.Text is { } state
        && (KnownResourceStates.TerminalStates.Contains(state) || state == KnownResourceStates.RuntimeUnhealthy);
}

/// <summary>How waiting goes by default.</summary>
public sealed class ResourceNotificationServiceOptions
{
    /// <summary>What happens to who waits for a resource that fails.</summary>
    public WaitBehavior DefaultWaitBehavior { get; set; }
}
