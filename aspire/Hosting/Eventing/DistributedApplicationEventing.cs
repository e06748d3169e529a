using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Eventing;

/// <summary>Something that happens to the application.</summary>
public interface IDistributedApplicationEvent;

/// <summary>Something that happens to a resource.</summary>
public interface IDistributedApplicationResourceEvent : IDistributedApplicationEvent
{
    /// <summary>The resource.</summary>
    IResource Resource { get; }
}

/// <summary>Tells subscribers what happens.</summary>
public interface IDistributedApplicationEventing
{
    /// <summary>Calls back for each event of a type.</summary>
    DistributedApplicationEventSubscription Subscribe<T>(Func<T, CancellationToken, Task> callback)
        where T : IDistributedApplicationEvent;

    /// <summary>Calls back for each event of a type that is about one resource.</summary>
    DistributedApplicationEventSubscription Subscribe<T>(IResource resource, Func<T, CancellationToken, Task> callback)
        where T : IDistributedApplicationResourceEvent;

    /// <summary>Ends a subscription.</summary>
    void Unsubscribe(DistributedApplicationEventSubscription subscription);

    /// <summary>Tells all subscribers one after the other and waits for them.</summary>
    Task PublishAsync<T>(T @event, CancellationToken cancellationToken = default)
        where T : IDistributedApplicationEvent;

    /// <summary>Tells all subscribers.</summary>
    Task PublishAsync<T>(T @event, EventDispatchBehavior dispatchBehavior, CancellationToken cancellationToken = default)
        where T : IDistributedApplicationEvent;
}

/// <summary>A subscription, to be ended.</summary>
public class DistributedApplicationEventSubscription
{
    internal DistributedApplicationEventSubscription(Func<IDistributedApplicationEvent, CancellationToken, Task> callback) => Callback = callback;

    internal Func<IDistributedApplicationEvent, CancellationToken, Task> Callback { get; }
}

/// <summary>In which order subscribers are called, and whether the publisher waits.</summary>
public enum EventDispatchBehavior
{
    /// <summary>One after the other; the publisher waits and sees the first failure.</summary>
    BlockingSequential = 0,

    /// <summary>All at once; the publisher waits and sees all failures.</summary>
    BlockingConcurrent = 1,

    /// <summary>One after the other; the publisher goes on at once.</summary>
    NonBlockingSequential = 2,

    /// <summary>All at once; the publisher goes on at once.</summary>
    NonBlockingConcurrent = 3,
}
