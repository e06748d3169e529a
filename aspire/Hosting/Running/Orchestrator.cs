using System.Runtime.InteropServices;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Running;

/// <summary>Starts, watches and stops everything that the application is made of.</summary>
internal sealed class Orchestrator(
    DistributedApplicationModel model, IServiceProvider services, IDistributedApplicationEventing eventing, RunContext context, ProjectPrograms projects,
    DashboardStart dashboard) : IHostedService, IAsyncDisposable, IDisposable
{
    private readonly SemaphoreSlim _stopping = new(1);
    private readonly List<Task> _starting = [];
    private IReadOnlyList<RunningResource> _resources = [];
    private bool _started;

    /// <summary>Makes every resource known, opens all endpoints and begins to start what starts by itself; does not wait for anything to run.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _started = true;
        context.Guard = Guard.Start(context.Options.GraceOfOrphans);
        await dashboard.Start(cancellationToken);
        _resources = [.. model.Resources.Where(Runs).Select(resource => new RunningResource(resource, context))];
        foreach (var running in _resources)
        {
            running.IsAwaitedToComplete = IsAwaitedToComplete(running.Resource);
            context.Notifications.ExpectReady(running.Resource);
            foreach (var replica in running.Replicas)
                await replica.State.Known(IsExplicit(running.Resource));
        }
        foreach (var resource in model.Resources)
            await eventing.PublishAsync(new InitializeResourceEvent(resource, eventing, context.Loggers.GetLogger(resource), context.Notifications, services), cancellationToken);
        await OpenEndpoints(cancellationToken);
        foreach (var resource in model.Resources.Where(resource => !Runs(resource)))
            _starting.Add(new PassiveResource(resource, context).Start(cancellationToken));
        projects.Begin();
        foreach (var running in _resources.Where(running => !IsExplicit(running.Resource)))
            await running.StartAll();
        await eventing.PublishAsync(new AfterResourcesCreatedEvent(services, model), cancellationToken);
    }

    /// <summary>Stops everything, dependents before what they depend on; the token ends the patience with those that are slow.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.WaitAsync(CancellationToken.None);
        try
        {
            if (!_started)
                return;
            _started = false;
            using var hurry = new Hurry(cancellationToken);
            using var again = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal =>
            {
                signal.Cancel = true;
                context.Terminal.Warn("Ctrl+C again: what has not ended yet is killed");
                hurry.Begin("Ctrl+C was pressed again");
            });
            if (_resources.Count > 0)
                context.Terminal.Say("Stopping. Ctrl+C again ends at once");
            await DependencyOrder.DependentsFirst(_resources, DependenciesOf, resource => resource.StopAll(context.Options.Grace, hurry));
            await Task.WhenAll(_starting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            foreach (var resource in _resources)
                await resource.DisposeAsync();
            await projects.End();
            await dashboard.DisposeAsync();
            if (context.Guard is { } guard)
                await guard.DisposeAsync();
        }
        finally
        {
            _stopping.Release();
        }
    }

    /// <summary>Starts an instance that does not run; returns once it runs, or waits for others.</summary>
    /// <exception cref="LaunchException">It could not be started; the message says why.</exception>
    public Task StartResource(string resourceId, CancellationToken cancellation)
    {
        var (resource, replica) = Find(resourceId);
        return resource.Start(replica, cancellation);
    }

    /// <summary>Stops an instance and waits for its end.</summary>
    public Task StopResource(string resourceId, CancellationToken cancellation) =>
        Find(resourceId).Replica.Stop(context.Options.Grace, byCommand: true, Hurry.None).WaitAsync(cancellation);

    /// <summary>Stops what was not stopped.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        GC.SuppressFinalize(this);
    }

    /// <summary>Stops what was not stopped.</summary>
    public void Dispose()
    {
        // The container of services is disposed of synchronously by those who call Dispose instead of DisposeAsync.
#pragma warning disable VSTHRD002
        Task.Run(() => StopAsync(CancellationToken.None)).GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    }

    private static bool Runs(IResource resource) =>
        resource is ProjectResource or ExecutableResource || resource.HasAnnotationOfType<IProjectMetadata>() || resource.HasAnnotationOfType<ContainerImageAnnotation>();

    private static bool IsExplicit(IResource resource) => resource.HasAnnotationOfType<ExplicitStartupAnnotation>();

    private bool IsAwaitedToComplete(IResource resource) => model.Resources
        .SelectMany(other => other.Annotations.OfType<WaitAnnotation>()).Any(wait => wait.Resource == resource && wait.WaitType == WaitType.WaitForCompletion);

    private async Task OpenEndpoints(CancellationToken cancellation)
    {
        foreach (var running in _resources)
            running.Open();
        foreach (var running in _resources.Where(running => running.Endpoints.All.Count > 0))
            await eventing.PublishAsync(new ResourceEndpointsAllocatedEvent(running.Resource, services), cancellation);
    }

    private IEnumerable<RunningResource> DependenciesOf(RunningResource running)
    {
        var names = running.Resource.Annotations.OfType<WaitAnnotation>().Select(wait => wait.Resource)
            .Concat(running.Resource.Annotations.OfType<ResourceRelationshipAnnotation>().Select(relation => relation.Resource)).ToHashSet(ReferenceEqualityComparer.Instance);
        return _resources.Where(other => names.Contains(other.Resource));
    }

    private (RunningResource Resource, Replica Replica) Find(string id)
    {
        foreach (var resource in _resources)
        {
            foreach (var replica in resource.Replicas)
            {
                if (replica.Id.Equals(id, StringComparison.OrdinalIgnoreCase))
                    return (resource, replica);
            }
        }
        throw new DistributedApplicationException($"There is no instance \"{id}\" that could be started or stopped.");
    }
}
