using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Eventing;

/// <summary>Keeps who listens to what, and tells them.</summary>
internal sealed class EventDispatch : IDistributedApplicationEventing
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Type, List<DistributedApplicationEventSubscription>> _subscriptions = [];

    /// <summary>Where failures of subscribers go that no publisher waits for.</summary>
    public ILogger? Logger { get; set; }

    public DistributedApplicationEventSubscription Subscribe<T>(Func<T, CancellationToken, Task> callback)
        where T : IDistributedApplicationEvent => Add<T>((@event, cancellation) => callback((T)@event, cancellation));

    public DistributedApplicationEventSubscription Subscribe<T>(IResource resource, Func<T, CancellationToken, Task> callback)
        where T : IDistributedApplicationResourceEvent =>
        Add<T>((@event, cancellation) => ((T)@event).Resource == resource ? callback((T)@event, cancellation) : Task.CompletedTask);

    public void Unsubscribe(DistributedApplicationEventSubscription subscription)
    {
        lock (_lock)
        {
            foreach (var subscribers in _subscriptions.Values)
                subscribers.Remove(subscription);
        }
    }

    public Task PublishAsync<T>(T @event, CancellationToken cancellationToken = default)
        where T : IDistributedApplicationEvent => PublishAsync(@event, EventDispatchBehavior.BlockingSequential, cancellationToken);

    public Task PublishAsync<T>(T @event, EventDispatchBehavior dispatchBehavior, CancellationToken cancellationToken = default)
        where T : IDistributedApplicationEvent
    {
        DistributedApplicationEventSubscription[] subscribers;
        lock (_lock)
            subscribers = _subscriptions.TryGetValue(typeof(T), out var found) ? [.. found] : [];
        switch (dispatchBehavior)
        {
            case EventDispatchBehavior.BlockingSequential:
                return Sequentially(subscribers, @event, cancellationToken);
            case EventDispatchBehavior.BlockingConcurrent:
                return Concurrently(subscribers, @event, cancellationToken);
            case EventDispatchBehavior.NonBlockingSequential:
                _ = Logged(() => Sequentially(subscribers, @event, cancellationToken), @event);
                return Task.CompletedTask;
            default:
                _ = Logged(() => Concurrently(subscribers, @event, cancellationToken), @event);
                return Task.CompletedTask;
        }
    }

    private DistributedApplicationEventSubscription Add<T>(Func<IDistributedApplicationEvent, CancellationToken, Task> callback)
    {
        var subscription = new DistributedApplicationEventSubscription(callback);
        lock (_lock)
        {
            if (!_subscriptions.TryGetValue(typeof(T), out var subscribers))
                _subscriptions[typeof(T)] = subscribers = [];
            subscribers.Add(subscription);
        }
        return subscription;
    }

    private static async Task Sequentially(DistributedApplicationEventSubscription[] subscribers, IDistributedApplicationEvent @event, CancellationToken cancellation)
    {
        foreach (var subscriber in subscribers)
            await subscriber.Callback(@event, cancellation);
    }

    private static Task Concurrently(DistributedApplicationEventSubscription[] subscribers, IDistributedApplicationEvent @event, CancellationToken cancellation) =>
        Task.WhenAll(subscribers.Select(async subscriber => await subscriber.Callback(@event, cancellation)));

    private Task Logged(Func<Task> dispatch, IDistributedApplicationEvent @event) => Task.Run(async () =>
    {
        try
        {
            await dispatch();
        }
        catch (OperationCanceledException)
        {
            // The application ends: nobody waits for the rest.
        }
        catch (Exception e)
        {
            Logger?.LogError(e, "A subscriber of {Event} failed", @event.GetType().Name);
        }
    });
}
