using System.Collections.ObjectModel;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.ApplicationModel
{
    /// <summary>The application as described: all its resources.</summary>
    public class DistributedApplicationModel
    {
        internal DistributedApplicationModel(IResourceCollection resources) => Resources = resources;

        /// <summary>All resources.</summary>
        public IResourceCollection Resources { get; }
    }

    /// <summary>The list behind <see cref="IResourceCollection"/>.</summary>
    internal sealed class ResourceCollection : Collection<IResource>, IResourceCollection;

    /// <summary>The resources that run code.</summary>
    public static class DistributedApplicationModelExtensions
    {
        /// <summary>All resources that run code.</summary>
        public static IEnumerable<IResource> GetComputeResources(this DistributedApplicationModel model) =>
            model.Resources.Where(r => r is IComputeResource);
    }

    /// <summary>The projects of an application.</summary>
    public static class ProjectResourceExtensions
    {
        /// <summary>All projects.</summary>
        public static IEnumerable<ProjectResource> GetProjectResources(this DistributedApplicationModel model) =>
            model.Resources.OfType<ProjectResource>();

        /// <summary>Where the project lies and how it is run.</summary>
        internal static IProjectMetadata GetProjectMetadata(this ProjectResource projectResource) =>
            projectResource.Annotations.OfType<IProjectMetadata>().Last();
    }
}

namespace Aspire.Hosting
{
    /// <summary>The containers of an application.</summary>
    public static class ContainerResourceExtensions
    {
        /// <summary>All resources that run an image.</summary>
        public static IEnumerable<IResource> GetContainerResources(this DistributedApplicationModel model) =>
            model.Resources.Where(r => r.HasAnnotationOfType<ContainerImageAnnotation>());
    }

    /// <summary>The executables of an application.</summary>
    public static class ExecutableResourceExtensions
    {
        /// <summary>All programs run as they are.</summary>
        public static IEnumerable<ExecutableResource> GetExecutableResources(this DistributedApplicationModel model) =>
            model.Resources.OfType<ExecutableResource>();
    }
}
