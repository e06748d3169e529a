using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;

namespace Aspire.Hosting;

/// <summary>Calls back when something happens to a resource.</summary>
public static class DistributedApplicationEventingExtensions
{
    /// <summary>When the resource is made known.</summary>
    public static IResourceBuilder<T> OnInitializeResource<T>(this IResourceBuilder<T> builder, Func<T, InitializeResourceEvent, CancellationToken, Task> callback)
        where T : IResource => builder.On(callback);

    /// <summary>Before the resource starts; holds the start back until it returns.</summary>
    public static IResourceBuilder<T> OnBeforeResourceStarted<T>(this IResourceBuilder<T> builder, Func<T, BeforeResourceStartedEvent, CancellationToken, Task> callback)
        where T : IResource => builder.On(callback);

    /// <summary>When the resource's endpoints have addresses.</summary>
    public static IResourceBuilder<T> OnResourceEndpointsAllocated<T>(
        this IResourceBuilder<T> builder, Func<T, ResourceEndpointsAllocatedEvent, CancellationToken, Task> callback)
        where T : IResourceWithEndpoints => builder.On(callback);

    /// <summary>When the resource's connection string is known.</summary>
    public static IResourceBuilder<T> OnConnectionStringAvailable<T>(
        this IResourceBuilder<T> builder, Func<T, ConnectionStringAvailableEvent, CancellationToken, Task> callback)
        where T : IResourceWithConnectionString => builder.On(callback);

    /// <summary>When the resource runs and is healthy for the first time; who waits for it waits for this too.</summary>
    public static IResourceBuilder<T> OnResourceReady<T>(this IResourceBuilder<T> builder, Func<T, ResourceReadyEvent, CancellationToken, Task> callback)
        where T : IResource => builder.On(callback);

    /// <summary>When the resource has ended.</summary>
    public static IResourceBuilder<T> OnResourceStopped<T>(this IResourceBuilder<T> builder, Func<T, ResourceStoppedEvent, CancellationToken, Task> callback)
        where T : IResource => builder.On(callback);

    private static IResourceBuilder<T> On<T, TEvent>(this IResourceBuilder<T> builder, Func<T, TEvent, CancellationToken, Task> callback)
        where T : IResource
        where TEvent : IDistributedApplicationResourceEvent
    {
        builder.ApplicationBuilder.Eventing.Subscribe<TEvent>(builder.Resource, (@event, cancellation) => callback(builder.Resource, @event, cancellation));
        return builder;
    }
}
