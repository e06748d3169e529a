using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Testing;

/// <summary>An AppHost's description of its application, held by a test before the application is built.</summary>
public interface IDistributedApplicationTestingBuilder : IDistributedApplicationBuilder, IAsyncDisposable, IDisposable
{
    /// <summary>The AppHost's configuration.</summary>
    new ConfigurationManager Configuration { get; }

    /// <summary>The AppHost's folder.</summary>
    new string AppHostDirectory { get; }

    /// <summary>The AppHost's assembly.</summary>
    new Assembly? AppHostAssembly { get; }

    /// <summary>The environment that the AppHost runs in.</summary>
    new IHostEnvironment Environment { get; }

    /// <summary>The AppHost's services.</summary>
    new IServiceCollection Services { get; }

    /// <summary>The application's events.</summary>
    new IDistributedApplicationEventing Eventing { get; }

    /// <summary>Run mode.</summary>
    new DistributedApplicationExecutionContext ExecutionContext { get; }

    /// <summary>All resources.</summary>
    new IResourceCollection Resources { get; }

    /// <summary>Adds a resource.</summary>
    new IResourceBuilder<T> AddResource<T>(T resource) where T : IResource;

    /// <summary>A builder for a resource.</summary>
    new IResourceBuilder<T> CreateResourceBuilder<T>(T resource) where T : IResource;

    /// <summary>Builds the application, which the test starts.</summary>
    new DistributedApplication Build();

    /// <summary>Builds the application, which the test starts.</summary>
    Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken = default);
}
