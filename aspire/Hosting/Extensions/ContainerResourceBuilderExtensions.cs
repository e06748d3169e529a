using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>What can be said of a container.</summary>
public static class ContainerResourceBuilderExtensions
{
    /// <summary>Adds a container that runs an image.</summary>
    public static IResourceBuilder<ContainerResource> AddContainer(this IDistributedApplicationBuilder builder, string name, string image) =>
        builder.AddResource(new ContainerResource(name)).WithImage(image);

    /// <summary>Adds a container that runs an image.</summary>
    public static IResourceBuilder<ContainerResource> AddContainer(this IDistributedApplicationBuilder builder, string name, string image, string tag) =>
        builder.AddResource(new ContainerResource(name)).WithImage(image, tag);

    /// <summary>Sets the image, with tag or digest in it or beside it.</summary>
    public static IResourceBuilder<T> WithImage<T>(this IResourceBuilder<T> builder, string image, string? tag = null)
        where T : ContainerResource
    {
        ArgumentException.ThrowIfNullOrEmpty(image);
        var (repository, ownTag, digest) = Parts(image);
        if (tag is not null && (ownTag ?? digest) is not null)
            throw new InvalidOperationException($"Resource '{builder.Resource.Name}': the image '{image}' says its tag already, beside the tag '{tag}'.");
        var annotation = builder.Resource.Annotations.OfType<ContainerImageAnnotation>().LastOrDefault();
        if (annotation is null)
            builder.Resource.Annotations.Add(annotation = new ContainerImageAnnotation { Image = repository });
        annotation.Image = repository;
        annotation.SHA256 = digest;
        annotation.Tag = digest is null ? tag ?? ownTag ?? "latest" : null;
        return builder;
    }

    /// <summary>Sets the image's tag.</summary>
    public static IResourceBuilder<T> WithImageTag<T>(this IResourceBuilder<T> builder, string tag)
        where T : ContainerResource => builder.Image(image => (image.Tag, image.SHA256) = (tag, null));

    /// <summary>Sets the image's registry.</summary>
    public static IResourceBuilder<T> WithImageRegistry<T>(this IResourceBuilder<T> builder, string? registry)
        where T : ContainerResource => builder.Image(image => image.Registry = registry);

    /// <summary>Sets the image's digest.</summary>
    public static IResourceBuilder<T> WithImageSHA256<T>(this IResourceBuilder<T> builder, string sha256)
        where T : ContainerResource => builder.Image(image => (image.Tag, image.SHA256) = (null, sha256));

    /// <summary>Says when the image is pulled.</summary>
    public static IResourceBuilder<T> WithImagePullPolicy<T>(this IResourceBuilder<T> builder, ImagePullPolicy pullPolicy)
        where T : ContainerResource => builder.WithAnnotation(new ContainerImagePullPolicyAnnotation(pullPolicy), ResourceAnnotationMutationBehavior.Replace);

    /// <summary>Runs something else than the image's own entry point.</summary>
    public static IResourceBuilder<T> WithEntrypoint<T>(this IResourceBuilder<T> builder, string entrypoint)
        where T : ContainerResource
    {
        builder.Resource.Entrypoint = entrypoint;
        return builder;
    }

    /// <summary>Sets the container's name at the engine.</summary>
    public static IResourceBuilder<T> WithContainerName<T>(this IResourceBuilder<T> builder, string name)
        where T : ContainerResource => builder.WithAnnotation(new ContainerNameAnnotation { Name = name }, ResourceAnnotationMutationBehavior.Replace);

    /// <summary>Adds arguments for the engine's <c>run</c>.</summary>
    public static IResourceBuilder<T> WithContainerRuntimeArgs<T>(this IResourceBuilder<T> builder, params string[] args)
        where T : ContainerResource => builder.WithAnnotation(new ContainerRuntimeArgsAnnotation(args));

    /// <summary>Gives the container another host name in its network.</summary>
    public static IResourceBuilder<T> WithContainerNetworkAlias<T>(this IResourceBuilder<T> builder, string alias)
        where T : ContainerResource => builder.WithAnnotation(new ContainerNetworkAliasAnnotation(alias));

    /// <summary>Mounts an anonymous volume.</summary>
    public static IResourceBuilder<T> WithVolume<T>(this IResourceBuilder<T> builder, string target)
        where T : ContainerResource => builder.WithVolume(name: null, target);

    /// <summary>Mounts a volume, which outlives the container.</summary>
    public static IResourceBuilder<T> WithVolume<T>(this IResourceBuilder<T> builder, string? name, string target, bool isReadOnly = false)
        where T : ContainerResource => builder.WithAnnotation(new ContainerMountAnnotation(name, target, ContainerMountType.Volume, isReadOnly));

    /// <summary>Mounts a folder of this machine, relative to the AppHost's.</summary>
    public static IResourceBuilder<T> WithBindMount<T>(this IResourceBuilder<T> builder, string source, string target, bool isReadOnly = false)
        where T : ContainerResource => builder.WithAnnotation(new ContainerMountAnnotation(
            Path.GetFullPath(source, builder.ApplicationBuilder.AppHostDirectory), target, ContainerMountType.BindMount, isReadOnly));

    /// <summary>Says how long the container lives.</summary>
    public static IResourceBuilder<T> WithLifetime<T>(this IResourceBuilder<T> builder, ContainerLifetime lifetime)
        where T : ContainerResource => builder.WithAnnotation(new ContainerLifetimeAnnotation { Lifetime = lifetime }, ResourceAnnotationMutationBehavior.Replace);

    /// <summary>Says whether proxies stand before the endpoints added so far.</summary>
    public static IResourceBuilder<T> WithEndpointProxySupport<T>(this IResourceBuilder<T> builder, bool proxyEnabled)
        where T : ContainerResource
    {
        foreach (var endpoint in builder.Resource.Annotations.OfType<EndpointAnnotation>())
            endpoint.IsProxied = proxyEnabled;
        return builder;
    }

    private static IResourceBuilder<T> Image<T>(this IResourceBuilder<T> builder, Action<ContainerImageAnnotation> change)
        where T : ContainerResource
    {
        change(builder.Resource.Annotations.OfType<ContainerImageAnnotation>().LastOrDefault()
            ?? throw new InvalidOperationException($"Resource '{builder.Resource.Name}' has no image yet: say WithImage first."));
        return builder;
    }

    private static (string Repository, string? Tag, string? Digest) Parts(string image)
    {
        var at = image.IndexOf("@sha256:", StringComparison.Ordinal);
        if (at >= 0)
            return (image[..at], null, image[(at + "@sha256:".Length)..]);
        var colon = image.LastIndexOf(':');
        return colon > image.LastIndexOf('/') ? (image[..colon], image[(colon + 1)..], null) : (image, null, null);
    }
}

/// <summary>Names volumes.</summary>
public static class VolumeNameGenerator
{
    /// <summary>The name of a resource's volume: of this AppHost, and the same at each start.</summary>
    public static string Generate<T>(IResourceBuilder<T> builder, string suffix)
        where T : IResource
    {
        var application = builder.ApplicationBuilder;
        var appHost = application.AppHostAssembly?.GetName().Name ?? application.Environment.ApplicationName;
        var safe = new string([.. appHost.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' ? c : '_')]);
        var path = System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(application.AppHostDirectory));
        return $"{safe.TrimStart('.', '-', '_')}-{Convert.ToHexStringLower(path)[..10]}-{builder.Resource.Name}-{suffix}";
    }
}
