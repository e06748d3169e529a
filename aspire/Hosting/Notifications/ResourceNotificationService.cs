using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>What became of an instance of a resource.</summary>
/// <param name="resource">The resource.</param>
/// <param name="resourceId">The instance.</param>
/// <param name="snapshot">The instance as it is.</param>
public class ResourceEvent(IResource resource, string resourceId, CustomResourceSnapshot snapshot)
{
    /// <summary>The resource.</summary>
    public IResource Resource { get; } = resource;

    /// <summary>The instance; of a resource without instances its name.</summary>
    public string ResourceId { get; } = resourceId;

    /// <summary>The instance as it is.</summary>
    public CustomResourceSnapshot Snapshot { get; } = snapshot;
}

/// <summary>Keeps how each instance of each resource is, and tells who watches.</summary>
public partial class ResourceNotificationService
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ResourceEvent> _states = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<ChannelWriter<ResourceEvent>> _watchers = [];
    private readonly IServiceProvider _services;
    private readonly ILogger _logger;

    internal ResourceNotificationService(IServiceProvider services, ILogger logger)
    {
        _services = services;
        _logger = logger;
    }

    /// <summary>The present state of every instance, then every change, until cancelled.</summary>
    public async IAsyncEnumerable<ResourceEvent> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var changes = Channel.CreateUnbounded<ResourceEvent>(new UnboundedChannelOptions { SingleReader = true });
        lock (_lock)
        {
            foreach (var state in _states.Values)
                changes.Writer.TryWrite(state);
            _watchers.Add(changes.Writer);
        }
        try
        {
            await foreach (var change in changes.Reader.ReadAllAsync(cancellationToken))
                yield return change;
        }
        finally
        {
            lock (_lock)
                _watchers.Remove(changes.Writer);
        }
    }

    /// <summary>Changes the state of every instance of a resource.</summary>
    /// <param name="resource">The resource.</param>
    /// <param name="stateFactory">Makes the new state of the old.</param>
    public Task PublishUpdateAsync(IResource resource, Func<CustomResourceSnapshot, CustomResourceSnapshot> stateFactory)
    {
        ArgumentNullException.ThrowIfNull(resource);
        lock (_lock)
        {
            var instances = _states.Values.Where(s => s.Resource == resource).Select(s => s.ResourceId).ToArray();
            foreach (var id in instances.Length > 0 ? instances : [resource.Name])
                Update(resource, id, stateFactory);
        }
        return Task.CompletedTask;
    }

    /// <summary>Changes the state of one instance.</summary>
    /// <param name="resource">The resource.</param>
    /// <param name="resourceId">The instance.</param>
    /// <param name="stateFactory">Makes the new state of the old.</param>
    public Task PublishUpdateAsync(IResource resource, string resourceId, Func<CustomResourceSnapshot, CustomResourceSnapshot> stateFactory)
    {
        ArgumentNullException.ThrowIfNull(resource);
        ArgumentException.ThrowIfNullOrEmpty(resourceId);
        lock (_lock)
            Update(resource, resourceId, stateFactory);
        return Task.CompletedTask;
    }

    /// <summary>How an instance is now; of a resource with one instance its name will do.</summary>
    public bool TryGetCurrentState(string resourceId, [NotNullWhen(true)] out ResourceEvent? resourceEvent)
    {
        lock (_lock)
        {
            if (_states.TryGetValue(resourceId, out resourceEvent))
                return true;
            var named = _states.Values.Where(s => s.Resource.Name.Equals(resourceId, StringComparison.OrdinalIgnoreCase)).Take(2).ToArray();
            resourceEvent = named.Length == 1 ? named[0] : null;
            return resourceEvent is not null;
        }
    }

    /// <summary>How every instance of a resource is now.</summary>
    internal IReadOnlyList<ResourceEvent> Current(IResource resource)
    {
        lock (_lock)
            return [.. _states.Values.Where(s => s.Resource == resource)];
    }

    private void Update(IResource resource, string id, Func<CustomResourceSnapshot, CustomResourceSnapshot> change)
    {
        var before = _states.TryGetValue(id, out var known) ? known.Snapshot : Initial(resource);
        var after = change(before);
        after = after with { Commands = [.. resource.Annotations.OfType<ResourceCommandAnnotation>().Select(c => new ResourceCommandSnapshot(c, StateOf(c, after)))] };
        if (after.State?.Text != before.State?.Text)
            _logger.LogDebug("Resource {Resource} is {State}", id, after.State?.Text);
        var state = new ResourceEvent(resource, id, after);
        _states[id] = state;
        foreach (var watcher in _watchers)
            watcher.TryWrite(state);
    }

    private ResourceCommandState StateOf(ResourceCommandAnnotation command, CustomResourceSnapshot snapshot)
    {
        try
        {
            return command.StateFor(snapshot, _services);
        }
        catch (Exception e)
        {
            _logger.LogWarning(e, "Command {Command} cannot say whether it may be given", command.Name);
            return ResourceCommandState.Disabled;
        }
    }

    private static CustomResourceSnapshot Initial(IResource resource)
    {
        var type = resource.GetType().Name;
        return new CustomResourceSnapshot
        {
            ResourceType = type.EndsWith("Resource", StringComparison.Ordinal) ? type[..^"Resource".Length] : type,
            Properties = [],
            CreationTimeStamp = DateTime.UtcNow,
            Relationships = [.. resource.Annotations.OfType<ResourceRelationshipAnnotation>()
                .Select(r => new RelationshipSnapshot(r.Resource.Name, r.Type)).Distinct()],
            IconName = resource.TryGetLastAnnotation<ResourceIconAnnotation>(out var icon) ? icon.IconName : null,
        };
    }
}
