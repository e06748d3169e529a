using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Puts together what a resource gets when it starts. Waits until endpoints that are referred to have addresses.</summary>
internal static class Evaluation
{
    /// <summary>The environment variables that the model sets for an instance.</summary>
    /// <exception cref="DistributedApplicationException">Names the resource and the variable whose value cannot be found.</exception>
    public static async Task<Dictionary<string, ResolvedValue>> EnvironmentOf(
        IResource resource, ResourceInstance? instance, DistributedApplicationExecutionContext execution, ILogger logger, CancellationToken cancellation)
    {
        var context = new EnvironmentCallbackContext(execution, resource, logger, cancellation);
        await Callbacks(resource, "environment", resource.Annotations.OfType<EnvironmentCallbackAnnotation>(), a => a.Callback(context));
        var resolver = new ValueResolver(instance);
        var environment = new Dictionary<string, ResolvedValue>(StringComparer.Ordinal);
        foreach (var (name, value) in context.EnvironmentVariables)
        {
            if (await Resolve(resolver, resource, $"environment variable '{name}'", value, cancellation) is { } resolved)
                environment[name] = resolved;
        }
        return environment;
    }

    /// <summary>The arguments that the model gives an instance.</summary>
    /// <exception cref="DistributedApplicationException">Names the resource and the argument whose value cannot be found.</exception>
    public static async Task<List<ResolvedValue>> ArgumentsOf(
        IResource resource, ResourceInstance? instance, DistributedApplicationExecutionContext execution, ILogger logger, CancellationToken cancellation)
    {
        var context = new CommandLineArgsCallbackContext(execution, resource, logger, cancellation);
        await Callbacks(resource, "arguments", resource.Annotations.OfType<CommandLineArgsCallbackAnnotation>(), a => a.Callback(context));
        var resolver = new ValueResolver(instance);
        var arguments = new List<ResolvedValue>(context.Args.Count);
        foreach (var value in context.Args)
        {
            if (await Resolve(resolver, resource, $"argument {arguments.Count + 1}", value, cancellation) is { } resolved)
                arguments.Add(resolved);
        }
        return arguments;
    }

    /// <summary>The connection string of a resource; null: it is empty.</summary>
    /// <exception cref="DistributedApplicationException">Names the resource whose connection string cannot be found.</exception>
    public static async Task<ResolvedValue?> ConnectionStringOf(IResourceWithConnectionString resource, CancellationToken cancellation) =>
        await Resolve(new ValueResolver(instance: null), resource, "connection string", resource, cancellation);

    /// <summary>The links of a resource: one for each endpoint that has an address, then what the model adds or changes. All are absolute.</summary>
    /// <exception cref="DistributedApplicationException">Names the resource.</exception>
    public static async Task<List<ResourceUrlAnnotation>> UrlsOf(
        IResource resource, DistributedApplicationExecutionContext execution, ILogger logger, CancellationToken cancellation)
    {
        var context = new ResourceUrlsCallbackContext(execution, resource, logger, cancellation);
        if (resource is IResourceWithEndpoints owner)
        {
            foreach (var endpoint in owner.GetEndpoints().Where(e => e.IsAllocated))
                context.Urls.Add(new ResourceUrlAnnotation { Url = endpoint.Url, Endpoint = endpoint });
        }
        await Callbacks(resource, "URLs", resource.Annotations.OfType<ResourceUrlsCallbackAnnotation>(), a => a.Callback(context));
        foreach (var url in context.Urls.Where(u => u.Endpoint is { IsAllocated: true } && u.Url.StartsWith('/')))
            url.Url = url.Endpoint!.Url + url.Url;
        return context.Urls;
    }

    private static async Task Callbacks<T>(IResource resource, string what, IEnumerable<T> annotations, Func<T, Task> call)
    {
        foreach (var annotation in annotations.ToArray())
        {
            try
            {
                await call(annotation);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                throw new DistributedApplicationException($"Resource '{resource.Name}': a callback for its {what} failed: {e.Message}", e);
            }
        }
    }

    private static async Task<ResolvedValue?> Resolve(
        ValueResolver resolver, IResource resource, string setting, object? value, CancellationToken cancellation)
    {
        try
        {
            return await resolver.Resolve(value, cancellation);
        }
        catch (MissingParameterValueException e)
        {
            throw new MissingParameterValueException($"Resource '{resource.Name}', {setting}: {e.Message}", e);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new DistributedApplicationException($"Resource '{resource.Name}', {setting}: {e.Message}", e);
        }
    }
}
