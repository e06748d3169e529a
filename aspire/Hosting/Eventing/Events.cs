using Aspire.Hosting.Eventing;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>The application is about to start; the model may still be changed.</summary>
/// <param name="services">The application's services.</param>
/// <param name="model">The application as described.</param>
public class BeforeStartEvent(IServiceProvider services, DistributedApplicationModel model) : IDistributedApplicationEvent
{
    /// <summary>The application's services.</summary>
    public IServiceProvider Services { get; } = services;

    /// <summary>The application as described.</summary>
    public DistributedApplicationModel Model { get; } = model;
}

/// <summary>All resources were started, or wait to be.</summary>
/// <param name="services">The application's services.</param>
/// <param name="model">The application as described.</param>
public class AfterResourcesCreatedEvent(IServiceProvider services, DistributedApplicationModel model) : IDistributedApplicationEvent
{
    /// <summary>The application's services.</summary>
    public IServiceProvider Services { get; } = services;

    /// <summary>The application as described.</summary>
    public DistributedApplicationModel Model { get; } = model;
}

/// <summary>A resource is made known, before anything is done with it.</summary>
public class InitializeResourceEvent : IDistributedApplicationResourceEvent
{
    internal InitializeResourceEvent(
        IResource resource, IDistributedApplicationEventing eventing, ILogger logger, ResourceNotificationService notifications, IServiceProvider services)
    {
        Resource = resource;
        Eventing = eventing;
        Logger = logger;
        Notifications = notifications;
        Services = services;
    }

    /// <summary>The resource.</summary>
    public IResource Resource { get; }

    /// <summary>Publishes the resource's further events.</summary>
    public IDistributedApplicationEventing Eventing { get; }

    /// <summary>Writes to the resource's log.</summary>
    public ILogger Logger { get; }

    /// <summary>Publishes the resource's state.</summary>
    public ResourceNotificationService Notifications { get; }

    /// <summary>The application's services.</summary>
    public IServiceProvider Services { get; }
}

/// <summary>The endpoints of a resource have addresses.</summary>
/// <param name="resource">The resource.</param>
/// <param name="services">The application's services.</param>
public class ResourceEndpointsAllocatedEvent(IResource resource, IServiceProvider services) : IDistributedApplicationResourceEvent
{
    /// <summary>The resource.</summary>
    public IResource Resource { get; } = resource;

    /// <summary>The application's services.</summary>
    public IServiceProvider Services { get; } = services;
}

/// <summary>The connection string of a resource is known.</summary>
/// <param name="resource">The resource.</param>
/// <param name="services">The application's services.</param>
public class ConnectionStringAvailableEvent(IResource resource, IServiceProvider services) : IDistributedApplicationResourceEvent
{
    /// <summary>The resource.</summary>
    public IResource Resource { get; } = resource;

    /// <summary>The application's services.</summary>
    public IServiceProvider Services { get; } = services;
}

/// <summary>A resource is about to start; a subscriber that does not return holds it back.</summary>
/// <param name="resource">The resource.</param>
/// <param name="services">The application's services.</param>
public class BeforeResourceStartedEvent(IResource resource, IServiceProvider services) : IDistributedApplicationResourceEvent
{
    /// <summary>The resource.</summary>
    public IResource Resource { get; } = resource;

    /// <summary>The application's services.</summary>
    public IServiceProvider Services { get; } = services;
}

/// <summary>A resource runs and is healthy for the first time.</summary>
/// <param name="resource">The resource.</param>
/// <param name="services">The application's services.</param>
public class ResourceReadyEvent(IResource resource, IServiceProvider services) : IDistributedApplicationResourceEvent
{
    /// <summary>The resource.</summary>
    public IResource Resource { get; } = resource;

    /// <summary>The application's services.</summary>
    public IServiceProvider Services { get; } = services;
}

/// <summary>A resource ended.</summary>
/// <param name="resource">The resource.</param>
/// <param name="services">The application's services.</param>
/// <param name="resourceEvent">The resource as it ended.</param>
public class ResourceStoppedEvent(IResource resource, IServiceProvider services, ResourceEvent resourceEvent) : IDistributedApplicationResourceEvent
{
    /// <summary>The resource.</summary>
    public IResource Resource { get; } = resource;

    /// <summary>The application's services.</summary>
    public IServiceProvider Services { get; } = services;

    /// <summary>The resource as it ended.</summary>
    public ResourceEvent ResourceEvent { get; } = resourceEvent;
}
