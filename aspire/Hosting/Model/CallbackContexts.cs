using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>The environment of a resource while it is put together.</summary>
public class EnvironmentCallbackContext
{
    internal EnvironmentCallbackContext(
        DistributedApplicationExecutionContext executionContext, IResource resource, ILogger logger, CancellationToken cancellationToken)
    {
        ExecutionContext = executionContext;
        Resource = resource;
        Logger = logger;
        CancellationToken = cancellationToken;
    }

    /// <summary>The variables so far: strings, endpoints, parameters, expressions or anything else that gives a value.</summary>
    public Dictionary<string, object> EnvironmentVariables { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether the application runs or is published.</summary>
    public DistributedApplicationExecutionContext ExecutionContext { get; }

    /// <summary>The resource.</summary>
    public IResource Resource { get; }

    /// <summary>Writes to the resource's log.</summary>
    public ILogger Logger { get; set; }

    /// <summary>Ends the work early.</summary>
    public CancellationToken CancellationToken { get; }
}

/// <summary>The arguments of a resource while they are put together.</summary>
public sealed class CommandLineArgsCallbackContext
{
    internal CommandLineArgsCallbackContext(
        DistributedApplicationExecutionContext executionContext, IResource resource, ILogger logger, CancellationToken cancellationToken)
    {
        ExecutionContext = executionContext;
        Resource = resource;
        Logger = logger;
        CancellationToken = cancellationToken;
    }

    /// <summary>The arguments so far: strings or anything else that gives a value.</summary>
    public IList<object> Args { get; } = [];

    /// <summary>Whether the application runs or is published.</summary>
    public DistributedApplicationExecutionContext ExecutionContext { get; init; }

    /// <summary>The resource.</summary>
    public IResource Resource { get; }

    /// <summary>Writes to the resource's log.</summary>
    public ILogger Logger { get; init; }

    /// <summary>Ends the work early.</summary>
    public CancellationToken CancellationToken { get; }
}

/// <summary>The links of a resource while they are put together.</summary>
public class ResourceUrlsCallbackContext
{
    internal ResourceUrlsCallbackContext(
        DistributedApplicationExecutionContext executionContext, IResource resource, ILogger logger, CancellationToken cancellationToken)
    {
        ExecutionContext = executionContext;
        Resource = resource;
        Logger = logger;
        CancellationToken = cancellationToken;
    }

    /// <summary>The links so far; at first one for each endpoint.</summary>
    public List<ResourceUrlAnnotation> Urls { get; } = [];

    /// <summary>Whether the application runs or is published.</summary>
    public DistributedApplicationExecutionContext ExecutionContext { get; }

    /// <summary>The resource.</summary>
    public IResource Resource { get; }

    /// <summary>Writes to the resource's log.</summary>
    public ILogger Logger { get; set; }

    /// <summary>Ends the work early.</summary>
    public CancellationToken CancellationToken { get; }

    /// <summary>An endpoint of the resource; null when it has none of that name.</summary>
    public EndpointReference? GetEndpoint(string name) =>
        Resource is IResourceWithEndpoints endpoints && endpoints.GetEndpoint(name) is { Exists: true } endpoint ? endpoint : null;
}

/// <summary>Adds to a resource's environment.</summary>
internal sealed record EnvironmentCallbackAnnotation(Func<EnvironmentCallbackContext, Task> Callback) : IResourceAnnotation;

/// <summary>Adds to a resource's arguments.</summary>
internal sealed record CommandLineArgsCallbackAnnotation(Func<CommandLineArgsCallbackContext, Task> Callback) : IResourceAnnotation;

/// <summary>Adds to or changes a resource's links.</summary>
internal sealed record ResourceUrlsCallbackAnnotation(Func<ResourceUrlsCallbackContext, Task> Callback) : IResourceAnnotation;
