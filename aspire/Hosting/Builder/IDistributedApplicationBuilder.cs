using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

/// <summary>Describes an application.</summary>
public interface IDistributedApplicationBuilder
{
    /// <summary>The AppHost's configuration.</summary>
    ConfigurationManager Configuration { get; }

    /// <summary>The folder that paths are relative to.</summary>
    string AppHostDirectory { get; }

    /// <summary>The AppHost's assembly.</summary>
    Assembly? AppHostAssembly { get; }

    /// <summary>The AppHost's environment.</summary>
    IHostEnvironment Environment { get; }

    /// <summary>The AppHost's services.</summary>
    IServiceCollection Services { get; }

    /// <summary>Tells what happens.</summary>
    IDistributedApplicationEventing Eventing { get; }

    /// <summary>Whether the application runs or is published.</summary>
    DistributedApplicationExecutionContext ExecutionContext { get; }

    /// <summary>All resources so far.</summary>
    IResourceCollection Resources { get; }

    /// <summary>Adds a resource.</summary>
    /// <exception cref="DistributedApplicationException">There is one of that name.</exception>
    IResourceBuilder<T> AddResource<T>(T resource)
        where T : IResource;

    /// <summary>Describes a resource that need not be in the application.</summary>
    IResourceBuilder<T> CreateResourceBuilder<T>(T resource)
        where T : IResource;

    /// <summary>Makes the application as described.</summary>
    DistributedApplication Build();
}

/// <summary>Finds resources by name.</summary>
public static class DistributedApplicationBuilderExtensions
{
    /// <summary>Goes on describing a resource added before.</summary>
    /// <exception cref="InvalidOperationException">There is none of that name and type.</exception>
    public static IResourceBuilder<T> CreateResourceBuilder<T>(this IDistributedApplicationBuilder builder, string name)
        where T : IResource => builder.TryCreateResourceBuilder<T>(name, out var found) ? found
        : throw new InvalidOperationException($"There is no resource '{name}' of type {typeof(T).Name}. There are: {string.Join(", ", builder.Resources.Select(r => r.Name))}.");

    /// <summary>Goes on describing a resource added before, if there is one of that name and type.</summary>
    public static bool TryCreateResourceBuilder<T>(this IDistributedApplicationBuilder builder, string name, [NotNullWhen(true)] out IResourceBuilder<T>? resourceBuilder)
        where T : IResource
    {
        resourceBuilder = builder.Resources.FirstOrDefault(r => r.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) is T resource
            ? builder.CreateResourceBuilder(resource) : null;
        return resourceBuilder is not null;
    }
}
