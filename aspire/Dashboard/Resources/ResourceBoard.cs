namespace Aspire.Dashboard.Resources;

/// <summary>The last known state of every instance, kept from one watch of the source for all open pages.</summary>
internal sealed class ResourceBoard(IDashboardSource source) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, DashboardResource> _resources = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    private Task _watching = Task.CompletedTask;
    private long _version;

    /// <summary>Grows with every change, so that a page can tell whether it is out of date.</summary>
    public long Version => Interlocked.Read(ref _version);

    /// <summary>Why the resources cannot be watched; null: they are.</summary>
    public string? Fault { get; private set; }

    /// <summary>Begins to watch.</summary>
    public void Start() => _watching = Watch(_stop.Token);

    /// <summary>All instances, by name and then by id.</summary>
    public List<DashboardResource> Snapshot()
    {
        List<DashboardResource> all;
        lock (_lock)
            all = [.. _resources.Values];
        all.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name) is var order and not 0 ? order : string.CompareOrdinal(a.Id, b.Id));
        return all;
    }

    /// <summary>Whether there is a resource of this name.</summary>
    public bool Has(string name)
    {
        lock (_lock)
        {
            foreach (var resource in _resources.Values)
            {
                if (resource.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                    return true;
            }
        }
        return false;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        _stop.Dispose();
    }

    private async Task Watch(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await foreach (var resource in source.WatchResources(cancellation).WithCancellation(cancellation))
                    Take(resource);
                return;
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                Fault = e.Message;
                Interlocked.Increment(ref _version);
            }
            await Task.Delay(TimeSpan.FromSeconds(1), cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Take(DashboardResource resource)
    {
        lock (_lock)
            _resources[resource.Id] = resource;
        Fault = null;
        Interlocked.Increment(ref _version);
    }
}
