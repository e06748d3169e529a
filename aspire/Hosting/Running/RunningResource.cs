using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Running;

/// <summary>A resource that has processes: its replicas, its endpoints, and the moment it may start.</summary>
internal sealed class RunningResource : IAsyncDisposable
{
    private readonly RunContext _context;
    private readonly SemaphoreSlim _readying = new(1);
    private CancellationTokenSource _waiting = new();
    private string? _fault;
    private bool _ready;

    /// <summary>Gives it its replicas; nothing starts yet.</summary>
    public RunningResource(IResource resource, RunContext context)
    {
        Resource = resource;
        _context = context;
        Endpoints = new(resource, context.Options.RandomizePorts);
        Replicas = [.. InstanceName.For(resource, context.Options.AppHostPath).Select(id => new Replica(this, id, context))];
    }

    /// <summary>The resource of the model.</summary>
    public IResource Resource { get; }

    /// <summary>Its instances.</summary>
    public IReadOnlyList<Replica> Replicas { get; }

    /// <summary>Its endpoints.</summary>
    public ResourceEndpoints Endpoints { get; }

    /// <summary>Whether others wait for it to complete, so that its end is no crash.</summary>
    public bool IsAwaitedToComplete { get; set; }

    /// <summary>Opens the public ports that are not open. A fault keeps this resource from starting, until the next try, and no other.</summary>
    public void Open()
    {
        try
        {
            EndpointRules.Check(Resource);
            Endpoints.Open();
            _fault = null;
        }
        catch (Exception e) when (e is PortUnusableException or LaunchException or InvalidOperationException)
        {
            _fault = e.Message;
        }
    }

    /// <summary>Starts all replicas with the application.</summary>
    public Task StartAll()
    {
        // The events and the wait are the resource's, not each replica's.
        var once = new Lock();
        Task? first = null;
        return Task.WhenAll(Replicas.Select(replica => replica.Start(life =>
        {
            lock (once)
                first ??= MayStart(Replicas, _waiting.Token);
            return first.WaitAsync(life);
        })));
    }

    /// <summary>
    /// Starts one replica because a person asks for it; if it waits for others, it waits no more. Returns once it runs or waits for others.
    /// </summary>
    /// <exception cref="LaunchException">It could not be started; the message says why.</exception>
    public async Task Start(Replica replica, CancellationToken cancellation)
    {
        await _waiting.CancelAsync();
        _waiting = new();
        await replica.Start(life => MayStart([replica], life));
        if (await replica.Begun.WaitAsync(cancellation) is { } fault)
            throw new LaunchException(fault);
    }

    /// <summary>Stops all replicas.</summary>
    public async Task StopAll(TimeSpan grace, Hurry hurry)
    {
        var stopping = Replicas.Select(replica => replica.Stop(grace, byCommand: false, hurry)).ToList();
        await _waiting.CancelAsync();
        await Task.WhenAll(stopping);
    }

    /// <summary>Tells that the resource is ready, once, when all replicas run and are healthy.</summary>
    public async Task CheckReady()
    {
        if (_ready || !Replicas.All(replica => replica.State.IsHealthy))
            return;
        await _readying.WaitAsync();
        try
        {
            if (_ready)
                return;
            _ready = true;
            await _context.PublishReady(Resource, CancellationToken.None);
        }
        finally
        {
            _readying.Release();
        }
    }

    /// <summary>Closes the public ports.</summary>
    public async ValueTask DisposeAsync()
    {
        await Endpoints.DisposeAsync();
        foreach (var replica in Replicas)
            replica.Dispose();
        _waiting.Dispose();
        _readying.Dispose();
    }

    private async Task MayStart(IReadOnlyList<Replica> starting, CancellationToken endOfWait)
    {
        // What was wrong with the ports may be over by now.
        if (_fault is not null)
            Open();
        if (_fault is not null)
            throw new LaunchException(_fault);
        try
        {
            await _context.PublishStarting(Resource, endOfWait);
            if (!Resource.HasAnnotationOfType<WaitAnnotation>())
                return;
            foreach (var replica in starting)
                await replica.Wait();
            await new DependencyWait(Resource, _context).Wait(endOfWait);
        }
        catch (OperationCanceledException) when (endOfWait.IsCancellationRequested)
        {
            // A person started it by hand, or it is stopped, which its replicas find themselves.
        }
    }
}
