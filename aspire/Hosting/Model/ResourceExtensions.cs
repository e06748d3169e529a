using System.Diagnostics.CodeAnalysis;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Questions about a resource, answered from its annotations.</summary>
public static class ResourceExtensions
{
    /// <summary>The annotation of a type that was stated last.</summary>
    public static bool TryGetLastAnnotation<T>(this IResource resource, [NotNullWhen(true)] out T? annotation)
        where T : IResourceAnnotation
    {
        for (var i = resource.Annotations.Count - 1; i >= 0; i--)
        {
            if (resource.Annotations[i] is T found)
            {
                annotation = found;
                return true;
            }
        }
        annotation = default;
        return false;
    }

    /// <summary>All annotations of a type; false when there is none.</summary>
    public static bool TryGetAnnotationsOfType<T>(this IResource resource, [NotNullWhen(true)] out IEnumerable<T>? result)
        where T : IResourceAnnotation
    {
        var found = resource.Annotations.OfType<T>().ToArray();
        result = found.Length > 0 ? found : null;
        return found.Length > 0;
    }

    /// <summary>Whether there is an annotation of a type.</summary>
    public static bool HasAnnotationOfType<T>(this IResource resource)
        where T : IResourceAnnotation => resource.Annotations.Any(a => a is T);

    /// <summary>All endpoints; false when there is none.</summary>
    public static bool TryGetEndpoints(this IResource resource, [NotNullWhen(true)] out IEnumerable<EndpointAnnotation>? endpoints) =>
        resource.TryGetAnnotationsOfType(out endpoints);

    /// <summary>A reference to an endpoint, which need not exist yet.</summary>
    public static EndpointReference GetEndpoint(this IResourceWithEndpoints resource, string endpointName) => new(resource, endpointName);

    /// <summary>References to all endpoints.</summary>
    public static IEnumerable<EndpointReference> GetEndpoints(this IResourceWithEndpoints resource) =>
        resource.Annotations.OfType<EndpointAnnotation>().Select(e => new EndpointReference(resource, e));

    /// <summary>How many instances run.</summary>
    public static int GetReplicaCount(this IResource resource) => resource.TryGetLastAnnotation<ReplicaAnnotation>(out var replicas) ? replicas.Replicas : 1;

    /// <summary>Whether the resource is left out when the application is published.</summary>
    public static bool IsExcludedFromPublish(this IResource resource) => resource.HasAnnotationOfType<ExcludedFromManifestAnnotation>();

    /// <summary>The full name of a container's image.</summary>
    public static bool TryGetContainerImageName(this IResource resource, [NotNullWhen(true)] out string? imageName)
    {
        imageName = null;
        if (!resource.TryGetLastAnnotation<ContainerImageAnnotation>(out var image))
            return false;
        var registry = string.IsNullOrEmpty(image.Registry) ? "" : image.Registry + "/";
        imageName = registry + image.Image + (string.IsNullOrEmpty(image.SHA256) ? ":" + image.Tag : "@sha256:" + image.SHA256);
        return true;
    }

    /// <summary>All mounts of a container; false when there is none.</summary>
    public static bool TryGetContainerMounts(this IResource resource, [NotNullWhen(true)] out IEnumerable<ContainerMountAnnotation>? volumeMounts) =>
        resource.TryGetAnnotationsOfType(out volumeMounts);
}
