using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

public static partial class ResourceBuilderExtensions
{
    /// <summary>Adds a command.</summary>
    /// <param name="builder">The resource.</param>
    /// <param name="name">The command's name; one given before is replaced.</param>
    /// <param name="displayName">What it is called.</param>
    /// <param name="executeCommand">Does it.</param>
    /// <param name="commandOptions">How it is shown and when it may be given.</param>
    public static IResourceBuilder<T> WithCommand<T>(
        this IResourceBuilder<T> builder, string name, string displayName, Func<ExecuteCommandContext, Task<ExecuteCommandResult>> executeCommand,
        CommandOptions? commandOptions = null)
        where T : IResource
    {
        foreach (var old in builder.Resource.Annotations.OfType<ResourceCommandAnnotation>().Where(c => c.Name == name).ToArray())
            builder.Resource.Annotations.Remove(old);
        return builder.WithAnnotation(new ResourceCommandAnnotation(name, displayName, executeCommand, commandOptions ?? new CommandOptions()));
    }

    /// <summary>Adds a link.</summary>
    public static IResourceBuilder<T> WithUrl<T>(this IResourceBuilder<T> builder, string url, string? displayText = null)
        where T : IResource => builder.WithUrls(context => context.Urls.Add(new ResourceUrlAnnotation { Url = url, DisplayText = displayText }));

    /// <summary>Adds a link with holes for values known later.</summary>
    public static IResourceBuilder<T> WithUrl<T>(
        this IResourceBuilder<T> builder, in ReferenceExpression.ExpressionInterpolatedStringHandler url, string? displayText = null)
        where T : IResource => builder.WithUrl(url.Build(), displayText);

    /// <summary>Adds a link made of an expression.</summary>
    public static IResourceBuilder<T> WithUrl<T>(this IResourceBuilder<T> builder, ReferenceExpression url, string? displayText = null)
        where T : IResource => builder.WithUrls(async context =>
        {
            if (await url.GetValueAsync(context.CancellationToken) is { Length: > 0 } text)
                context.Urls.Add(new ResourceUrlAnnotation { Url = text, DisplayText = displayText });
        });

    /// <summary>Adds to or changes the links.</summary>
    public static IResourceBuilder<T> WithUrls<T>(this IResourceBuilder<T> builder, Action<ResourceUrlsCallbackContext> callback)
        where T : IResource => builder.WithUrls(context =>
        {
            callback(context);
            return Task.CompletedTask;
        });

    /// <summary>Adds to or changes the links.</summary>
    public static IResourceBuilder<T> WithUrls<T>(this IResourceBuilder<T> builder, Func<ResourceUrlsCallbackContext, Task> callback)
        where T : IResource => builder.WithAnnotation(new ResourceUrlsCallbackAnnotation(callback));

    /// <summary>Changes the links of an endpoint.</summary>
    public static IResourceBuilder<T> WithUrlForEndpoint<T>(this IResourceBuilder<T> builder, string endpointName, Action<ResourceUrlAnnotation> callback)
        where T : IResource => builder.WithUrls(context => context.Urls
            .Where(u => u.Endpoint?.EndpointName.Equals(endpointName, StringComparison.OrdinalIgnoreCase) ?? false).ToList().ForEach(callback));

    /// <summary>Adds a link to an endpoint.</summary>
    public static IResourceBuilder<T> WithUrlForEndpoint<T>(
        this IResourceBuilder<T> builder, string endpointName, Func<EndpointReference, ResourceUrlAnnotation> callback)
        where T : IResourceWithEndpoints => builder.WithUrls(context =>
        {
            if (context.GetEndpoint(endpointName) is not { } endpoint)
                return;
            var added = callback(endpoint);
            var url = endpoint.IsAllocated && added.Url.StartsWith('/') ? endpoint.Url + added.Url : added.Url;
            context.Urls.Add(new ResourceUrlAnnotation { Url = url, DisplayText = added.DisplayText, DisplayLocation = added.DisplayLocation, Endpoint = endpoint });
        });

    /// <summary>Says that the resource belongs to another.</summary>
    public static IResourceBuilder<T> WithParentRelationship<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> parent)
        where T : IResource => builder.WithParentRelationship(parent.Resource);

    /// <summary>Says that the resource belongs to another.</summary>
    public static IResourceBuilder<T> WithParentRelationship<T>(this IResourceBuilder<T> builder, IResource parent)
        where T : IResource => builder.WithRelationship(parent, "Parent");

    /// <summary>Says that another belongs to the resource.</summary>
    public static IResourceBuilder<T> WithChildRelationship<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> child)
        where T : IResource => builder.WithChildRelationship(child.Resource);

    /// <summary>Says that another belongs to the resource.</summary>
    public static IResourceBuilder<T> WithChildRelationship<T>(this IResourceBuilder<T> builder, IResource child)
        where T : IResource
    {
        child.Annotations.Add(new ResourceRelationshipAnnotation(builder.Resource, "Parent"));
        return builder;
    }

    /// <summary>Says that the resource uses another.</summary>
    public static IResourceBuilder<T> WithReferenceRelationship<T>(this IResourceBuilder<T> builder, IResource resource)
        where T : IResource => builder.WithRelationship(resource, "Reference");

    /// <summary>Says that the resource uses another.</summary>
    public static IResourceBuilder<T> WithReferenceRelationship<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> resourceBuilder)
        where T : IResource => builder.WithRelationship(resourceBuilder.Resource, "Reference");

    /// <summary>Says that the resource uses all that an expression is made of.</summary>
    public static IResourceBuilder<T> WithReferenceRelationship<T>(this IResourceBuilder<T> builder, ReferenceExpression expression)
        where T : IResource => builder.Linked(expression);

    /// <summary>Says what the resource has to do with another.</summary>
    public static IResourceBuilder<T> WithRelationship<T>(this IResourceBuilder<T> builder, IResource resource, string type)
        where T : IResource => builder.WithAnnotation(new ResourceRelationshipAnnotation(resource, type));

    /// <summary>Gives the resource an icon.</summary>
    public static IResourceBuilder<T> WithIconName<T>(this IResourceBuilder<T> builder, string iconName, IconVariant iconVariant = IconVariant.Filled)
        where T : IResource => builder.WithAnnotation(new ResourceIconAnnotation(iconName, iconVariant), ResourceAnnotationMutationBehavior.Replace);

    /// <summary>Leaves the resource out when the application is published.</summary>
    public static IResourceBuilder<T> ExcludeFromManifest<T>(this IResourceBuilder<T> builder)
        where T : IResource => builder.WithAnnotation(new ExcludedFromManifestAnnotation());
}
