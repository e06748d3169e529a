using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

public static partial class ResourceBuilderExtensions
{
    /// <summary>Adds an endpoint.</summary>
    /// <param name="builder">The resource.</param>
    /// <param name="port">The port that others use; null: any free one.</param>
    /// <param name="targetPort">The port that the process listens on; null: any free one.</param>
    /// <param name="scheme">By default <c>tcp</c>.</param>
    /// <param name="name">By default the scheme.</param>
    /// <param name="env">A variable that tells the process its port.</param>
    /// <param name="isProxied">Whether a proxy stands before the process; by default it does.</param>
    /// <param name="isExternal">Whether it is reached from outside of the application.</param>
    /// <param name="protocol">By default TCP.</param>
    /// <exception cref="DistributedApplicationException">There is one of that name.</exception>
    public static IResourceBuilder<T> WithEndpoint<T>(
        this IResourceBuilder<T> builder, int? port = null, int? targetPort = null, string? scheme = null, string? name = null,
        string? env = null, bool? isProxied = null, bool? isExternal = null, ProtocolType? protocol = null)
        where T : IResourceWithEndpoints => builder.Endpoint(
            new EndpointAnnotation(protocol ?? ProtocolType.Tcp, scheme, null, name, port, targetPort, isExternal, isProxied), env);

    /// <summary>Adds an endpoint.</summary>
    public static IResourceBuilder<T> WithEndpoint<T>(
        this IResourceBuilder<T> builder, int? port, int? targetPort, string? scheme, string? name, string? env, bool isProxied,
        bool? isExternal, ProtocolType? protocol)
        where T : IResourceWithEndpoints => builder.WithEndpoint(port, targetPort, scheme, name, env, (bool?)isProxied, isExternal, protocol);

    /// <summary>Adds an endpoint.</summary>
    public static IResourceBuilder<T> WithEndpoint<T>(
        this IResourceBuilder<T> builder, int? port, int? targetPort, string? scheme, string? name, string? env, bool? isProxied, bool? isExternal)
        where T : IResourceWithEndpoints => builder.WithEndpoint(port, targetPort, scheme, name, env, isProxied, isExternal, protocol: null);

    /// <summary>Adds an endpoint.</summary>
    public static IResourceBuilder<T> WithEndpoint<T>(
        this IResourceBuilder<T> builder, int? port, int? targetPort, string? scheme, string? name, string? env, bool isProxied, bool? isExternal)
        where T : IResourceWithEndpoints => builder.WithEndpoint(port, targetPort, scheme, name, env, (bool?)isProxied, isExternal, protocol: null);

    /// <summary>Changes an endpoint.</summary>
    /// <param name="builder">The resource.</param>
    /// <param name="endpointName">The endpoint.</param>
    /// <param name="callback">Changes it.</param>
    /// <param name="createIfNotExists">Whether to add it when there is none of that name; else nothing is done.</param>
    public static IResourceBuilder<T> WithEndpoint<T>(
        this IResourceBuilder<T> builder, string endpointName, Action<EndpointAnnotation> callback, bool createIfNotExists = true)
        where T : IResourceWithEndpoints
    {
        var endpoint = builder.Resource.Annotations.OfType<EndpointAnnotation>()
            .FirstOrDefault(e => e.Name.Equals(endpointName, StringComparison.OrdinalIgnoreCase));
        if (endpoint is null && createIfNotExists)
            builder.Resource.Annotations.Add(endpoint = new EndpointAnnotation(ProtocolType.Tcp, name: endpointName));
        if (endpoint is not null)
            callback(endpoint);
        return builder;
    }

    /// <summary>Adds an endpoint that speaks http.</summary>
    /// <param name="builder">The resource.</param>
    /// <param name="port">The port that others use; null: any free one.</param>
    /// <param name="targetPort">The port that the process listens on; null: any free one.</param>
    /// <param name="name">By default <c>http</c>.</param>
    /// <param name="env">A variable that tells the process its port.</param>
    /// <param name="isProxied">Whether a proxy stands before the process; by default it does.</param>
    public static IResourceBuilder<T> WithHttpEndpoint<T>(
        this IResourceBuilder<T> builder, int? port = null, int? targetPort = null, string? name = null, string? env = null, bool? isProxied = null)
        where T : IResourceWithEndpoints => builder.WithEndpoint(port, targetPort, "http", name, env, isProxied);

    /// <summary>Adds an endpoint that speaks http.</summary>
    public static IResourceBuilder<T> WithHttpEndpoint<T>(
        this IResourceBuilder<T> builder, int? port, int? targetPort, string? name, string? env, bool isProxied)
        where T : IResourceWithEndpoints => builder.WithEndpoint(port, targetPort, "http", name, env, (bool?)isProxied);

    /// <summary>Adds an endpoint that speaks https.</summary>
    /// <param name="builder">The resource.</param>
    /// <param name="port">The port that others use; null: any free one.</param>
    /// <param name="targetPort">The port that the process listens on; null: any free one.</param>
    /// <param name="name">By default <c>https</c>.</param>
    /// <param name="env">A variable that tells the process its port.</param>
    /// <param name="isProxied">Whether a proxy stands before the process; by default it does.</param>
    public static IResourceBuilder<T> WithHttpsEndpoint<T>(
        this IResourceBuilder<T> builder, int? port = null, int? targetPort = null, string? name = null, string? env = null, bool? isProxied = null)
        where T : IResourceWithEndpoints => builder.WithEndpoint(port, targetPort, "https", name, env, isProxied);

    /// <summary>Adds an endpoint that speaks https.</summary>
    public static IResourceBuilder<T> WithHttpsEndpoint<T>(
        this IResourceBuilder<T> builder, int? port, int? targetPort, string? name, string? env, bool isProxied)
        where T : IResourceWithEndpoints => builder.WithEndpoint(port, targetPort, "https", name, env, (bool?)isProxied);

    /// <summary>Lets the http and https endpoints added so far be reached from outside of the application.</summary>
    public static IResourceBuilder<T> WithExternalHttpEndpoints<T>(this IResourceBuilder<T> builder)
        where T : IResourceWithEndpoints
    {
        foreach (var endpoint in builder.Resource.Annotations.OfType<EndpointAnnotation>().Where(e => e.UriScheme is "http" or "https"))
            endpoint.IsExternal = true;
        return builder;
    }

    /// <summary>Says that the http and https endpoints added so far speak HTTP/2.</summary>
    public static IResourceBuilder<T> AsHttp2Service<T>(this IResourceBuilder<T> builder)
        where T : IResourceWithEndpoints
    {
        foreach (var endpoint in builder.Resource.Annotations.OfType<EndpointAnnotation>().Where(e => e.UriScheme is "http" or "https"))
            endpoint.Transport = "http2";
        return builder;
    }

    /// <summary>Names an endpoint, which may be added later.</summary>
    public static EndpointReference GetEndpoint<T>(this IResourceBuilder<T> builder, string name)
        where T : IResourceWithEndpoints => builder.Resource.GetEndpoint(name);

    private static IResourceBuilder<T> Endpoint<T>(this IResourceBuilder<T> builder, EndpointAnnotation endpoint, string? env)
        where T : IResourceWithEndpoints
    {
        if (builder.Resource.Annotations.OfType<EndpointAnnotation>().Any(e => e.Name.Equals(endpoint.Name, StringComparison.OrdinalIgnoreCase)))
        {
            throw new DistributedApplicationException(
                $"Resource '{builder.Resource.Name}' has an endpoint '{endpoint.Name}' already: give this one another name, or change that one by WithEndpoint(\"{endpoint.Name}\", e => …).");
        }
        if (env is not null)
        {
            endpoint.HasOwnVariable = true;
            var port = new EndpointReference(builder.Resource, endpoint).Property(EndpointProperty.TargetPort);
            builder.Resource.Annotations.Add(new EnvironmentCallbackAnnotation(context =>
            {
                context.EnvironmentVariables[env] = port;
                return Task.CompletedTask;
            }));
        }
        return builder.WithAnnotation(endpoint);
    }
}
