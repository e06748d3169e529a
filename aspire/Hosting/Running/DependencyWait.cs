using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Running;

/// <summary>The wait of a resource for what it depends on; says every while what is missing.</summary>
internal sealed class DependencyWait(IResource resource, RunContext context)
{
    /// <summary>Waits.</summary>
    /// <exception cref="DistributedApplicationException">One of them failed, and the wait was not to go on.</exception>
    public async Task Wait(CancellationToken cancellation)
    {
        var wait = context.Notifications.WaitForDependenciesAsync(resource, cancellation);
        while (await Task.WhenAny(wait, Task.Delay(context.Options.WaitReport, cancellation)) != wait && !cancellation.IsCancellationRequested)
        {
            foreach (var reason in context.Notifications.StillWaitedFor(resource))
                context.Terminal.Warn($"{resource.Name} still waits: {reason}");
        }
        await wait;
    }
}
