using System.Diagnostics.CodeAnalysis;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.ApplicationModel
{
    /// <summary>A resource that takes environment variables.</summary>
    public interface IResourceWithEnvironment : IResource;

    /// <summary>A resource that takes command line arguments.</summary>
    public interface IResourceWithArgs : IResource;

    /// <summary>A resource that listens on endpoints.</summary>
    public interface IResourceWithEndpoints : IResource;

    /// <summary>A resource that can wait for others before it starts.</summary>
    public interface IResourceWithWaitSupport : IResource;

    /// <summary>A resource that has no life of its own: nothing waits for it.</summary>
    public interface IResourceWithoutLifetime : IResource;

    /// <summary>A resource that runs code: a process or a container.</summary>
    public interface IComputeResource : IResource;

    /// <summary>A resource whose image takes files of other resources.</summary>
    public interface IContainerFilesDestinationResource : IResource;

    /// <summary>A resource that an orchestrator can probe.</summary>
    [Experimental("ASPIREPROBES001")]
    public interface IResourceWithProbes : IResource;

    /// <summary>A resource that belongs to another.</summary>
    public interface IResourceWithParent : IResource
    {
        /// <summary>The resource that this one belongs to.</summary>
        IResource Parent { get; }
    }

    /// <summary>A resource that belongs to another of a known type.</summary>
    public interface IResourceWithParent<out T> : IResourceWithParent
        where T : IResource
    {
        /// <summary>The resource that this one belongs to.</summary>
        new T Parent { get; }

        IResource IResourceWithParent.Parent => Parent;
    }
}

namespace Aspire.Hosting
{
    /// <summary>Tells what starts, runs and ends from what only has a value.</summary>
    internal static class Lifetimes
    {
        /// <summary>Parameters, connection strings and external services have none, though Aspire does not mark them so.</summary>
        public static bool HasLifetime(this IResource resource) =>
            resource is not (IResourceWithoutLifetime or ParameterResource or ConnectionStringResource or ExternalServiceResource);
    }

    /// <summary>A resource whose endpoints are found by its name.</summary>
    public interface IResourceWithServiceDiscovery : IResourceWithEndpoints;
}
