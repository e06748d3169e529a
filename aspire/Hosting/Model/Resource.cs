using System.Collections.ObjectModel;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>One thing of the application: a process, a container, a parameter. What is known of it are its annotations.</summary>
public interface IResource
{
    /// <summary>The name, unique in the application without regard to case.</summary>
    string Name { get; }

    /// <summary>What is known of the resource.</summary>
    ResourceAnnotationCollection Annotations { get; }
}

/// <summary>The base of resources.</summary>
public abstract class Resource : IResource
{
    /// <summary>Checks and keeps the name.</summary>
    /// <exception cref="ArgumentException">The name is not 1 to 64 letters, digits and single hyphens starting with a letter.</exception>
    protected Resource(string name)
    {
        ModelName.Check("Resource", name);
        Name = name;
    }

    /// <inheritdoc/>
    public virtual string Name { get; }

    /// <inheritdoc/>
    public virtual ResourceAnnotationCollection Annotations { get; } = [];

    /// <inheritdoc/>
    public override string ToString() => $"{GetType().Name} {Name}";
}

/// <summary>A fact about a resource.</summary>
public interface IResourceAnnotation;

/// <summary>The facts about one resource, in the order in which they were stated.</summary>
public sealed class ResourceAnnotationCollection : Collection<IResourceAnnotation>;

/// <summary>What becomes of annotations of the same type when another is added.</summary>
public enum ResourceAnnotationMutationBehavior
{
    /// <summary>They stay.</summary>
    Append = 0,

    /// <summary>They are dropped.</summary>
    Replace = 1,
}

/// <summary>All resources of an application.</summary>
public interface IResourceCollection : IList<IResource>;

/// <summary>A resource being described.</summary>
/// <typeparam name="T">The resource's type; covariant, so that a builder of Redis is one of anything with a connection string.</typeparam>
public interface IResourceBuilder<out T>
    where T : IResource
{
    /// <summary>The application that the resource belongs to.</summary>
    IDistributedApplicationBuilder ApplicationBuilder { get; }

    /// <summary>The resource.</summary>
    T Resource { get; }

    /// <summary>Adds a fact to the resource.</summary>
    IResourceBuilder<T> WithAnnotation<TAnnotation>(
        TAnnotation annotation, ResourceAnnotationMutationBehavior behavior = ResourceAnnotationMutationBehavior.Append)
        where TAnnotation : IResourceAnnotation;

    /// <summary>Adds a fact without content to the resource.</summary>
    IResourceBuilder<T> WithAnnotation<TAnnotation>(
        ResourceAnnotationMutationBehavior behavior = ResourceAnnotationMutationBehavior.Append)
        where TAnnotation : IResourceAnnotation, new() => WithAnnotation(new TAnnotation(), behavior);
}
