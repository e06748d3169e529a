using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>What can be said of a resource.</summary>
public static partial class ResourceBuilderExtensions
{
    /// <summary>Sets an environment variable.</summary>
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, string? value)
        where T : IResourceWithEnvironment => builder.Environment(name, value ?? "");

    /// <summary>Sets an environment variable to a text with holes for values known later.</summary>
    public static IResourceBuilder<T> WithEnvironment<T>(
        this IResourceBuilder<T> builder, string name, in ReferenceExpression.ExpressionInterpolatedStringHandler value)
        where T : IResourceWithEnvironment => builder.WithEnvironment(name, value.Build());

    /// <summary>Sets an environment variable to an expression.</summary>
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, ReferenceExpression value)
        where T : IResourceWithEnvironment => builder.Linked(value).Environment(name, value);

    /// <summary>Sets an environment variable to a value asked for at each start.</summary>
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, Func<string> callback)
        where T : IResourceWithEnvironment => builder.WithEnvironment(context => context.EnvironmentVariables[name] = callback());

    /// <summary>Sets an environment variable to the URL of an endpoint.</summary>
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, EndpointReference endpointReference)
        where T : IResourceWithEnvironment => builder.Linked(endpointReference).Environment(name, endpointReference);

    /// <summary>Sets an environment variable to a parameter's value.</summary>
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, IResourceBuilder<ParameterResource> parameter)
        where T : IResourceWithEnvironment => builder.Linked(parameter.Resource).Environment(name, parameter.Resource);

    /// <summary>Sets an environment variable to a connection string.</summary>
    public static IResourceBuilder<T> WithEnvironment<T>(
        this IResourceBuilder<T> builder, string envVarName, IResourceBuilder<IResourceWithConnectionString> resource)
        where T : IResourceWithEnvironment =>
        builder.Linked(resource.Resource).Environment(envVarName, new ConnectionStringReference(resource.Resource, Optional: false));

    /// <summary>Sets an environment variable to the URL of a service outside of the application.</summary>
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, IResourceBuilder<ExternalServiceResource> externalService)
        where T : IResourceWithEnvironment =>
        builder.Linked(externalService.Resource).Environment(name, UrlOf(externalService.Resource));

    /// <summary>Adds to the environment at each start.</summary>
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, Action<EnvironmentCallbackContext> callback)
        where T : IResourceWithEnvironment => builder.WithEnvironment(context =>
        {
            callback(context);
            return Task.CompletedTask;
        });

    /// <summary>Adds to the environment at each start.</summary>
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, Func<EnvironmentCallbackContext, Task> callback)
        where T : IResourceWithEnvironment => builder.WithAnnotation(new EnvironmentCallbackAnnotation(callback));

    /// <summary>Sets an environment variable to a value known later.</summary>
    public static IResourceBuilder<T> WithEnvironment<T, TValue>(this IResourceBuilder<T> builder, string name, TValue value)
        where T : IResourceWithEnvironment
        where TValue : IValueProvider, IManifestExpressionProvider => builder.Linked(value).Environment(name, value);

    /// <summary>Adds arguments.</summary>
    public static IResourceBuilder<T> WithArgs<T>(this IResourceBuilder<T> builder, params string[] args)
        where T : IResourceWithArgs => builder.WithArgs((object[])args);

    /// <summary>Adds arguments: strings, or anything that has a value later.</summary>
    public static IResourceBuilder<T> WithArgs<T>(this IResourceBuilder<T> builder, params object[] args)
        where T : IResourceWithArgs
    {
        foreach (var arg in args)
            builder.Linked(arg);
        return builder.WithArgs(context =>
        {
            foreach (var arg in args)
                context.Args.Add(arg is IResourceBuilder<IResource> other ? other.Resource : arg);
        });
    }

    /// <summary>Adds to or changes the arguments at each start.</summary>
    public static IResourceBuilder<T> WithArgs<T>(this IResourceBuilder<T> builder, Action<CommandLineArgsCallbackContext> callback)
        where T : IResourceWithArgs => builder.WithArgs(context =>
        {
            callback(context);
            return Task.CompletedTask;
        });

    /// <summary>Adds to or changes the arguments at each start.</summary>
    public static IResourceBuilder<T> WithArgs<T>(this IResourceBuilder<T> builder, Func<CommandLineArgsCallbackContext, Task> callback)
        where T : IResourceWithArgs => builder.WithAnnotation(new CommandLineArgsCallbackAnnotation(callback));

    internal static object UrlOf(ExternalServiceResource service) => (object?)service.UrlParameter ?? service.Uri!.ToString();

    private static IResourceBuilder<T> Environment<T>(this IResourceBuilder<T> builder, string name, object value)
        where T : IResourceWithEnvironment
    {
        if (string.IsNullOrEmpty(name) || name.Contains('=') || name.Contains('\0'))
            throw new ArgumentException($"Resource '{builder.Resource.Name}': '{name}' is no name of an environment variable.", nameof(name));
        return builder.WithEnvironment(context => context.EnvironmentVariables[name] = value);
    }

    /// <summary>Notes which resources a value is made of, for the dashboard's graph.</summary>
    private static IResourceBuilder<T> Linked<T>(this IResourceBuilder<T> builder, object? value)
        where T : IResource
    {
        if (value is IResource resource && resource != (IResource)builder.Resource)
            builder.WithReferenceRelationship(resource);
        else if (value is IValueWithReferences made)
            made.References.ToList().ForEach(reference => builder.Linked(reference));
        return builder;
    }
}
