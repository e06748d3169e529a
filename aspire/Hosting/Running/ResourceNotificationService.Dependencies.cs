using System.Collections.Concurrent;
using Aspire.Hosting.Running;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Aspire.Hosting.ApplicationModel;

/// <content>Waiting for what a resource depends on.</content>
public partial class ResourceNotificationService
{
    /// <summary>For resources with processes: ends when those who want to know that the resource is ready have been told.</summary>
    private readonly ConcurrentDictionary<IResource, TaskCompletionSource> _ready = new(ReferenceEqualityComparer.Instance);

    /// <summary>Waits until all that a resource waits for is as it should be.</summary>
    /// <exception cref="DistributedApplicationException">One of them failed, and the wait was not to go on.</exception>
    public async Task WaitForDependenciesAsync(IResource resource, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(resource);
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var waits = Waits(resource).Select(wait => WaitFor(resource, wait, failed.Token)).ToList();
        while (waits.Count > 0)
        {
            var first = await Task.WhenAny(waits);
            waits.Remove(first);
            if (first.IsCompletedSuccessfully)
                continue;
            await failed.CancelAsync();
            await Task.WhenAll(waits).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            await first;
        }
    }

    /// <summary>What a resource still waits for, with the reason, for people.</summary>
    internal IEnumerable<string> StillWaitedFor(IResource resource) =>
        from wait in Waits(resource)
        let verdict = Judge(wait)
        where verdict.Outcome != WaitOutcome.Satisfied
        select verdict.Reason;

    /// <summary>From now on waits for the resource's health also wait until it was said to be ready.</summary>
    internal void ExpectReady(IResource resource) =>
        _ready.TryAdd(resource, new(TaskCreationOptions.RunContinuationsAsynchronously));

    /// <summary>All who want to know that the resource is ready have been told.</summary>
    internal void MarkReady(IResource resource) => _ready.GetValueOrDefault(resource)?.TrySetResult();

    /// <summary>The waits of a resource; who waits for a child waits for its parent too.</summary>
    private static IEnumerable<WaitAnnotation> Waits(IResource resource)
    {
        foreach (var wait in resource.Annotations.OfType<WaitAnnotation>().ToList())
        {
            if (wait.Resource is not IResourceWithoutLifetime)
                yield return wait;
            if (wait.Resource is IResourceWithParent { Parent: var parent } && parent != resource && parent is not IResourceWithoutLifetime)
                yield return new WaitAnnotation(parent, wait.WaitType, wait.ExitCode) { WaitBehavior = wait.WaitBehavior };
        }
    }

    private async Task WaitFor(IResource waiter, WaitAnnotation wait, CancellationToken cancellation)
    {
        var behavior = wait.WaitBehavior ?? _services.GetRequiredService<IOptions<ResourceNotificationServiceOptions>>().Value.DefaultWaitBehavior;
        await foreach (var change in WatchAsync(cancellation))
        {
            if (change.Resource != wait.Resource)
                continue;
            var verdict = Judge(wait);
            if (verdict.Outcome == WaitOutcome.Failed
                || (verdict.Outcome == WaitOutcome.Unavailable && behavior == WaitBehavior.StopOnResourceUnavailable))
                throw new DistributedApplicationException($"Resource '{waiter.Name}' was not started: {verdict.Reason}");
            if (verdict.Outcome != WaitOutcome.Satisfied)
                continue;
            if (wait.WaitType == WaitType.WaitUntilHealthy && _ready.TryGetValue(wait.Resource, out var ready))
                await ready.Task.WaitAsync(cancellation);
            return;
        }
        cancellation.ThrowIfCancellationRequested();
    }

    private WaitVerdict Judge(WaitAnnotation wait) => WaitVerdict.Of(wait, [.. Current(wait.Resource).Select(instance => instance.Snapshot)]);
}
