using System.Diagnostics.CodeAnalysis;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting;

public static partial class ResourceBuilderExtensions
{
    /// <summary>Makes a registered health check one of the resource.</summary>
    /// <exception cref="DistributedApplicationException">It is one of the resource already.</exception>
    public static IResourceBuilder<T> WithHealthCheck<T>(this IResourceBuilder<T> builder, string key)
        where T : IResource => builder.HealthCheck(new HealthCheckAnnotation(key));

    /// <summary>Asks an endpoint over HTTP whether the resource is healthy.</summary>
    /// <param name="builder">The resource.</param>
    /// <param name="path">By default <c>/</c>.</param>
    /// <param name="statusCode">The answer's status when it is; by default 200.</param>
    /// <param name="endpointName">By default <c>http</c>, then <c>https</c>.</param>
    public static IResourceBuilder<T> WithHttpHealthCheck<T>(
        this IResourceBuilder<T> builder, string? path = null, int? statusCode = null, string? endpointName = null)
        where T : IResourceWithEndpoints => builder.HttpHealthCheck(endpointName is null ? null : () => builder.GetEndpoint(endpointName), path, statusCode, endpointName);

    /// <summary>Asks an endpoint over HTTP whether the resource is healthy.</summary>
    /// <param name="builder">The resource.</param>
    /// <param name="endpointSelector">Gives the endpoint; null: <c>http</c>, then <c>https</c>.</param>
    /// <param name="path">By default <c>/</c>.</param>
    /// <param name="statusCode">The answer's status when it is; by default 200.</param>
    public static IResourceBuilder<T> WithHttpHealthCheck<T>(
        this IResourceBuilder<T> builder, Func<EndpointReference>? endpointSelector, string? path = null, int? statusCode = null)
        where T : IResourceWithEndpoints => builder.HttpHealthCheck(endpointSelector, path, statusCode, endpointName: null);

    /// <summary>Says how an orchestrator asks the resource over HTTP; while the application runs here it is a health check.</summary>
    [Experimental("ASPIREPROBES001")]
    public static IResourceBuilder<T> WithHttpProbe<T>(
        this IResourceBuilder<T> builder, ProbeType type, string? path = null, int? initialDelaySeconds = null, int? periodSeconds = null,
        int? timeoutSeconds = null, int? failureThreshold = null, int? successThreshold = null, string? endpointName = null)
        where T : IResourceWithEndpoints, IResourceWithProbes => builder.WithHttpProbe(
            type, endpointName is null ? null : () => builder.GetEndpoint(endpointName), path, initialDelaySeconds, periodSeconds, timeoutSeconds,
            failureThreshold, successThreshold);

    /// <summary>Says how an orchestrator asks the resource over HTTP; while the application runs here it is a health check.</summary>
    [Experimental("ASPIREPROBES001")]
    public static IResourceBuilder<T> WithHttpProbe<T>(
        this IResourceBuilder<T> builder, ProbeType type, Func<EndpointReference>? endpointSelector, string? path = null, int? initialDelaySeconds = null,
        int? periodSeconds = null, int? timeoutSeconds = null, int? failureThreshold = null, int? successThreshold = null)
        where T : IResourceWithEndpoints, IResourceWithProbes
    {
        var endpoint = endpointSelector ?? (() => DefaultHttp(builder.Resource));
        foreach (var old in builder.Resource.Annotations.OfType<EndpointProbeAnnotation>().Where(p => p.Type == type).ToArray())
            builder.Resource.Annotations.Remove(old);
        builder.WithAnnotation(new EndpointProbeAnnotation(
            type, endpoint, path ?? "/", initialDelaySeconds ?? 5, periodSeconds ?? 5, timeoutSeconds ?? 1, failureThreshold ?? 3, successThreshold ?? 1));
        return builder.HttpHealthCheck(endpoint, path, 200, endpointName: null, again: true);
    }

    private static IResourceBuilder<T> HttpHealthCheck<T>(
        this IResourceBuilder<T> builder, Func<EndpointReference>? endpointSelector, string? path, int? statusCode, string? endpointName, bool again = false)
        where T : IResourceWithEndpoints
    {
        var endpoint = endpointSelector ?? (() => DefaultHttp(builder.Resource));
        var where = path ?? "/";
        if (!where.StartsWith('/'))
            throw new ArgumentException($"Resource '{builder.Resource.Name}': the path '{where}' of the health check has to start with a slash.", nameof(path));
        var expected = statusCode ?? 200;
        var key = $"{builder.Resource.Name}_{endpointName ?? (endpointSelector is null ? DefaultName(builder.Resource) : endpointSelector().EndpointName)}_{where}_{expected}_check";
        // A probe and a health check of the same endpoint, path and status are one check.
        if (again && builder.Resource.Annotations.OfType<HealthCheckAnnotation>().Any(h => h.Key == key))
            return builder;
        builder.HealthCheck(new HttpHealthCheckAnnotation(key, endpoint, where, expected));
        builder.ApplicationBuilder.Services.AddHealthChecks().Add(
            new HealthCheckRegistration(key, _ => new HttpHealthCheck(endpoint, where, expected), failureStatus: null, tags: null));
        return builder;
    }

    private static IResourceBuilder<T> HealthCheck<T>(this IResourceBuilder<T> builder, HealthCheckAnnotation check)
        where T : IResource
    {
        if (builder.Resource.Annotations.OfType<HealthCheckAnnotation>().Any(h => h.Key == check.Key))
            throw new DistributedApplicationException($"Resource '{builder.Resource.Name}' has a health check '{check.Key}' already.");
        return builder.WithAnnotation(check);
    }

    /// <summary>The endpoint that is asked when none is named.</summary>
    private static EndpointReference DefaultHttp(IResourceWithEndpoints resource)
    {
        var endpoints = resource.GetEndpoints().ToArray();
        return endpoints.FirstOrDefault(e => e.EndpointName is "http") ?? endpoints.FirstOrDefault(e => e.EndpointName is "https")
            ?? endpoints.FirstOrDefault(e => e.IsHttp) ?? endpoints.FirstOrDefault(e => e.IsHttps)
            ?? throw new DistributedApplicationException($"Resource '{resource.Name}' has no http or https endpoint that its health check could ask.");
    }

    private static string DefaultName(IResourceWithEndpoints resource) => resource.GetEndpoints().Any(e => e.IsHttp || e.IsHttps) ? DefaultHttp(resource).EndpointName : "http";
}

/// <summary>Asks an endpoint over HTTP.</summary>
internal sealed class HttpHealthCheck(Func<EndpointReference> endpoint, string path, int statusCode) : IHealthCheck
{
    private static readonly HttpClient Client = new(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(1) })
    {
        Timeout = TimeSpan.FromSeconds(5),
    };

    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        endpoint() is { IsAllocated: true } allocated
            ? await Ask(new Uri(allocated.Url + path), statusCode, cancellationToken)
            : HealthCheckResult.Unhealthy("The endpoint has no address yet.");

    /// <summary>Asks an address.</summary>
    public static async Task<HealthCheckResult> Ask(Uri address, int statusCode, CancellationToken cancellation)
    {
        try
        {
            using var answer = await Client.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, cancellation);
            return (int)answer.StatusCode == statusCode ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy($"{address} answered {(int)answer.StatusCode}, not {statusCode}.");
        }
        catch (HttpRequestException e)
        {
            return HealthCheckResult.Unhealthy($"{address} does not answer: {e.Message}", e);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return HealthCheckResult.Unhealthy($"{address} does not answer within {Client.Timeout.TotalSeconds} s.");
        }
    }
}
