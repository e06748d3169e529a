using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

public static partial class ResourceBuilderExtensions
{
    /// <summary>Starts the resource when another runs, is healthy and is ready.</summary>
    public static IResourceBuilder<T> WaitFor<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency)
        where T : IResourceWithWaitSupport => builder.Wait(dependency.Resource, WaitType.WaitUntilHealthy, behavior: null);

    /// <summary>Starts the resource when another runs, is healthy and is ready.</summary>
    public static IResourceBuilder<T> WaitFor<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency, WaitBehavior waitBehavior)
        where T : IResourceWithWaitSupport => builder.Wait(dependency.Resource, WaitType.WaitUntilHealthy, waitBehavior);

    /// <summary>Starts the resource when another runs.</summary>
    public static IResourceBuilder<T> WaitForStart<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency)
        where T : IResourceWithWaitSupport => builder.Wait(dependency.Resource, WaitType.WaitUntilStarted, behavior: null);

    /// <summary>Starts the resource when another runs.</summary>
    public static IResourceBuilder<T> WaitForStart<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency, WaitBehavior waitBehavior)
        where T : IResourceWithWaitSupport => builder.Wait(dependency.Resource, WaitType.WaitUntilStarted, waitBehavior);

    /// <summary>Starts the resource when another has ended with an exit code.</summary>
    public static IResourceBuilder<T> WaitForCompletion<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency, int exitCode = 0)
        where T : IResourceWithWaitSupport => builder.Wait(dependency.Resource, WaitType.WaitForCompletion, behavior: null, exitCode);

    /// <summary>Leaves the start to a person or a program.</summary>
    public static IResourceBuilder<T> WithExplicitStart<T>(this IResourceBuilder<T> builder)
        where T : IResource => builder.WithAnnotation(new ExplicitStartupAnnotation(), ResourceAnnotationMutationBehavior.Replace);

    private static IResourceBuilder<T> Wait<T>(this IResourceBuilder<T> builder, IResource dependency, WaitType type, WaitBehavior? behavior, int exitCode = 0)
        where T : IResourceWithWaitSupport
    {
        var waiting = builder.Resource;
        if (dependency == (IResource)waiting)
            throw new DistributedApplicationException($"Resource '{waiting.Name}' cannot wait for itself.");
        if (waiting is IResourceWithParent child && child.Parent == dependency)
            throw new DistributedApplicationException($"Resource '{waiting.Name}' cannot wait for its parent '{dependency.Name}'.");
        // Nothing happens to a parameter that could be waited for; a connection string is as ready as what it is made of.
        if (!dependency.HasLifetime())
        {
            if (dependency is IResourceWithConnectionString made)
                References(made).Where(r => r.HasLifetime() && r != (IResource)waiting).ToList().ForEach(r => builder.Wait(r, type, behavior, exitCode));
            return builder.WithRelationship(dependency, "WaitFor");
        }
        if (dependency is IResourceWithParent { Parent: var parent } && parent != (IResource)waiting)
            builder.Wait(parent, type, behavior, exitCode);
        return builder.WithRelationship(dependency, "WaitFor").WithAnnotation(new WaitAnnotation(dependency, type, exitCode) { WaitBehavior = behavior });

        static IEnumerable<IResource> References(IValueWithReferences value) => value.References
            .SelectMany(r => r is IResource resource ? [resource] : r is IValueWithReferences inner ? References(inner) : []).Distinct();
    }
}
