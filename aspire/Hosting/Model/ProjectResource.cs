using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.ApplicationModel
{
    /// <summary>A .NET project that is built and run.</summary>
    /// <param name="name">The resource's name.</param>
    public class ProjectResource(string name) : Resource(name), IResourceWithEnvironment, IResourceWithArgs, IResourceWithServiceDiscovery,
        IResourceWithWaitSupport, IResourceWithProbes, IComputeResource, IContainerFilesDestinationResource;

    /// <summary>How many instances of a project run behind one address.</summary>
    /// <param name="replicas">At least one.</param>
    public sealed class ReplicaAnnotation(int replicas = 1) : IResourceAnnotation
    {
        /// <summary>How many instances run.</summary>
        public int Replicas { get; } = replicas;
    }

    /// <summary>The launch profile that a project runs with.</summary>
    internal sealed record LaunchProfileAnnotation(string Name, LaunchProfile Profile) : IResourceAnnotation;

    /// <summary>Which endpoints are told to the process by the framework's variables.</summary>
    internal sealed record EndpointsInEnvironmentAnnotation(Func<EndpointAnnotation, bool> Filter) : IResourceAnnotation;

    /// <summary>The process is not told that it stands behind a proxy.</summary>
    internal sealed class DisableForwardedHeadersAnnotation : IResourceAnnotation;
}

namespace Aspire.Hosting
{
    /// <summary>Where a project lies and how it is run; generated for each project that the AppHost refers to.</summary>
    public interface IProjectMetadata : IResourceAnnotation
    {
        /// <summary>The full path of the project file.</summary>
        string ProjectPath { get; }

        /// <summary>Launch settings that replace the file's; null: Properties/launchSettings.json is read.</summary>
        LaunchSettings? LaunchSettings => null;

        /// <summary>Whether the project is built already when the application starts.</summary>
        bool SuppressBuild => false;

        /// <summary>Whether the project is a single source file.</summary>
        bool IsFileBasedApp => false;
    }

    /// <summary>How a project is added.</summary>
    public class ProjectResourceOptions
    {
        /// <summary>The launch profile to use; null: the AppHost's own when the project has one of that name, else the first fit one.</summary>
        public string? LaunchProfileName { get; set; }

        /// <summary>Uses no launch profile.</summary>
        public bool ExcludeLaunchProfile { get; set; }

        /// <summary>Takes no endpoints from the project's <c>Kestrel:Endpoints</c> settings.</summary>
        public bool ExcludeKestrelEndpoints { get; set; }
    }

    /// <summary>A project file given by its path.</summary>
    internal sealed record ProjectPathMetadata(string ProjectPath) : IProjectMetadata;
}
