namespace Aspire.Hosting.ApplicationModel;

/// <summary>A container.</summary>
/// <param name="name">The resource's name.</param>
/// <param name="entrypoint">What runs in place of the image's own entry point.</param>
public class ContainerResource(string name, string? entrypoint = null) : Resource(name), IResourceWithEnvironment, IResourceWithArgs,
    IResourceWithEndpoints, IResourceWithWaitSupport, IResourceWithProbes, IComputeResource
{
    /// <summary>What runs in place of the image's own entry point.</summary>
    public string? Entrypoint { get; set; } = entrypoint;
}

/// <summary>The image of a container.</summary>
public sealed class ContainerImageAnnotation : IResourceAnnotation
{
    /// <summary>The registry's host; null: the engine's default.</summary>
    public string? Registry { get; set; }

    /// <summary>The repository, such as <c>library/redis</c>.</summary>
    public required string Image { get; set; }

    /// <summary>The tag; null with a digest.</summary>
    public string? Tag { get; set; }

    /// <summary>The digest without its <c>sha256:</c> prefix.</summary>
    public string? SHA256 { get; set; }
}

/// <summary>A folder in a container that outlives it.</summary>
/// <param name="source">The volume's name or the folder's path; null: an anonymous volume.</param>
/// <param name="target">The path in the container.</param>
/// <param name="type">Volume or folder.</param>
/// <param name="isReadOnly">Whether the container may only read.</param>
public sealed class ContainerMountAnnotation(string? source, string target, ContainerMountType type, bool isReadOnly) : IResourceAnnotation
{
    /// <summary>The volume's name or the folder's path; null: an anonymous volume.</summary>
    public string? Source { get; } = source;

    /// <summary>The path in the container.</summary>
    public string Target { get; } = target;

    /// <summary>Volume or folder.</summary>
    public ContainerMountType Type { get; } = type;

    /// <summary>Whether the container may only read.</summary>
    public bool IsReadOnly { get; } = isReadOnly;
}

/// <summary>What is mounted.</summary>
public enum ContainerMountType
{
    /// <summary>A folder of this machine.</summary>
    BindMount = 0,

    /// <summary>A volume of the engine.</summary>
    Volume = 1,
}

/// <summary>How long a container lives.</summary>
public enum ContainerLifetime
{
    /// <summary>As long as the application.</summary>
    Session = 0,

    /// <summary>Until somebody removes it.</summary>
    Persistent = 1,
}

/// <summary>When an image is pulled.</summary>
public enum ImagePullPolicy
{
    /// <summary>As the engine does by itself.</summary>
    Default = 0,

    /// <summary>At each start.</summary>
    Always = 1,

    /// <summary>When it is not there.</summary>
    Missing = 2,
}

/// <summary>How long a container lives.</summary>
public sealed class ContainerLifetimeAnnotation : IResourceAnnotation
{
    /// <summary>How long.</summary>
    public required ContainerLifetime Lifetime { get; set; }
}

/// <summary>The name of a container at the engine.</summary>
public sealed class ContainerNameAnnotation : IResourceAnnotation
{
    /// <summary>The name.</summary>
    public required string Name { get; set; }
}

/// <summary>When the image is pulled.</summary>
internal sealed record ContainerImagePullPolicyAnnotation(ImagePullPolicy Policy) : IResourceAnnotation;

/// <summary>Arguments for the engine's <c>run</c>.</summary>
internal sealed record ContainerRuntimeArgsAnnotation(IReadOnlyList<string> Args) : IResourceAnnotation;

/// <summary>Another host name of the container in its network.</summary>
internal sealed record ContainerNetworkAliasAnnotation(string Alias) : IResourceAnnotation;
