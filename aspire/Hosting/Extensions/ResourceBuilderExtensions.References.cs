using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

public static partial class ResourceBuilderExtensions
{
    /// <summary>Tells the resource another's connection string, as <c>ConnectionStrings__NAME</c>, and its parts, as <c>NAME_PART</c>.</summary>
    /// <param name="builder">The resource.</param>
    /// <param name="source">The other.</param>
    /// <param name="connectionName">The name; null: the other's.</param>
    /// <param name="optional">Whether the connection string may be empty.</param>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithConnectionString> source, string? connectionName = null, bool optional = false)
        where TDestination : IResourceWithEnvironment
    {
        var resource = source.Resource;
        return builder.WithReferenceRelationship(resource).WithEnvironment(context =>
            References.AddConnection(context, resource, connectionName ?? resource.Name, optional));
    }

    /// <summary>Tells the resource where to find all endpoints of another.</summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithServiceDiscovery> source)
        where TDestination : IResourceWithEnvironment => builder.Endpoints(source.Resource, source.Resource.Name, only: null);

    /// <summary>Tells the resource where to find all endpoints of another, under a name of its own.</summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithServiceDiscovery> source, string name)
        where TDestination : IResourceWithEnvironment => builder.Endpoints(source.Resource, name, only: null);

    /// <summary>Tells the resource where to find one endpoint of another.</summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(this IResourceBuilder<TDestination> builder, EndpointReference endpointReference)
        where TDestination : IResourceWithEnvironment =>
        builder.Endpoints(endpointReference.Resource, endpointReference.Resource.Name, endpointReference.EndpointName);

    /// <summary>Tells the resource where to find a service by its URL.</summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(this IResourceBuilder<TDestination> builder, string name, Uri uri)
        where TDestination : IResourceWithEnvironment
    {
        if (!uri.IsAbsoluteUri || uri.AbsolutePath != "/")
            throw new InvalidOperationException($"The URL '{uri}' of service '{name}' has to be absolute and without a path.");
        return builder.WithEnvironment(context => References.AddUrl(context, name, "default", name, uri.ToString()));
    }

    /// <summary>Tells the resource where to find a service outside of the application.</summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder, IResourceBuilder<ExternalServiceResource> externalService)
        where TDestination : IResourceWithEnvironment
    {
        var service = externalService.Resource;
        return builder.WithReferenceRelationship(service).WithEnvironment(context => References.AddExternal(context, service));
    }

    /// <summary>Says which kinds of variables references set.</summary>
    public static IResourceBuilder<TDestination> WithReferenceEnvironment<TDestination>(
        this IResourceBuilder<TDestination> builder, ReferenceEnvironmentInjectionFlags flags)
        where TDestination : IResourceWithEnvironment =>
        builder.WithAnnotation(new ReferenceEnvironmentInjectionAnnotation(flags), ResourceAnnotationMutationBehavior.Replace);

    /// <summary>Adds a part to the connection string's.</summary>
    public static IResourceBuilder<T> WithConnectionProperty<T>(this IResourceBuilder<T> builder, string name, ReferenceExpression value)
        where T : IResourceWithConnectionString => builder.WithAnnotation(new ConnectionPropertyAnnotation(name, value));

    /// <summary>Adds a part to the connection string's.</summary>
    public static IResourceBuilder<T> WithConnectionProperty<T>(this IResourceBuilder<T> builder, string name, string value)
        where T : IResourceWithConnectionString => builder.WithConnectionProperty(name, ReferenceExpression.Create($"{value}"));

    /// <summary>Lets another resource's connection string stand for this one's.</summary>
    public static IResourceBuilder<T> WithConnectionStringRedirection<T>(this IResourceBuilder<T> builder, IResourceWithConnectionString resource)
        where T : IResourceWithConnectionString =>
        builder.WithAnnotation(new ConnectionStringRedirectAnnotation(resource), ResourceAnnotationMutationBehavior.Replace);

    private static IResourceBuilder<T> Endpoints<T>(this IResourceBuilder<T> builder, IResourceWithEndpoints source, string name, string? only)
        where T : IResourceWithEnvironment
    {
        var reference = builder.Resource.Annotations.OfType<EndpointsReferenceAnnotation>().FirstOrDefault(r => r.Source == source && r.Name == name);
        if (reference is null)
        {
            reference = new EndpointsReferenceAnnotation(source, name);
            builder.WithAnnotation(reference).WithReferenceRelationship(source)
                .WithEnvironment(context => References.AddEndpoints(context, reference));
        }
        if (only is null)
            reference.All = true;
        else
            reference.Only.Add(only);
        return builder;
    }
}
