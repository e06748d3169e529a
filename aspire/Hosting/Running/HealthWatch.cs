using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.Running;

/// <summary>One check's last answer; a null status means it has not run yet.</summary>
internal sealed record CheckReport(string Name, HealthStatus? Status, string? Description, string? Exception);

/// <summary>
/// Asks one replica again and again whether it is healthy: over HTTP on its own port, so that a sick replica cannot hide behind its
/// siblings, and by the registered checks of its resource.
/// </summary>
internal sealed class HealthWatch(IResource resource, HttpProbe probe, HealthCheckService checks)
{
    private static readonly TimeSpan WhenHealthy = TimeSpan.FromSeconds(10), First = TimeSpan.FromMilliseconds(200), Longest = TimeSpan.FromSeconds(5);
    private readonly HealthCheckAnnotation[] _checks = [.. resource.Annotations.OfType<HealthCheckAnnotation>().DistinctBy(check => check.Key)];

    /// <summary>Whether there is anything to ask.</summary>
    public bool HasChecks => _checks.Length > 0;

    /// <summary>The reports before the first answer.</summary>
    public IReadOnlyList<CheckReport> NotRunYet => [.. _checks.Select(check => new CheckReport(check.Key, null, null, null))];

    /// <summary>Healthy when all are; a check that has not run yet counts as unhealthy.</summary>
    public static HealthStatus Worst(IReadOnlyList<CheckReport> reports) =>
        reports.Count == 0 ? HealthStatus.Healthy : reports.Min(report => report.Status ?? HealthStatus.Unhealthy);

    /// <summary>Asks until cancelled: soon while unhealthy, seldom while healthy.</summary>
    /// <param name="ports">Where the replica listens.</param>
    /// <param name="changed">Gets the reports whenever a status or description changed.</param>
    /// <param name="cancellation">The replica's end.</param>
    public async Task Run(ReplicaPorts ports, Func<IReadOnlyList<CheckReport>, Task> changed, CancellationToken cancellation)
    {
        CheckReport[] last = [];
        var wait = First;
        while (!cancellation.IsCancellationRequested)
        {
            var reports = await Task.WhenAll(_checks.Select(check => Ask(check, ports, cancellation)));
            if (!reports.SequenceEqual(last))
                await changed(reports);
            var healthy = Worst(reports) == HealthStatus.Healthy;
            wait = healthy || last.Length == 0 ? First : wait * 1.5 < Longest ? wait * 1.5 : Longest;
            last = reports;
            await Task.Delay(healthy ? WhenHealthy : wait, cancellation);
        }
    }

    private async Task<CheckReport> Ask(HealthCheckAnnotation check, ReplicaPorts ports, CancellationToken cancellation)
    {
        try
        {
            return check is HttpHealthCheckAnnotation http && ReferenceEquals(http.Endpoint().Resource, resource)
                ? await AskOverHttp(http, ports, cancellation)
                : await AskRegistered(check.Key, cancellation);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return new(check.Key, HealthStatus.Unhealthy, e.Message, e.ToString());
        }
    }

    private async Task<CheckReport> AskOverHttp(HttpHealthCheckAnnotation check, ReplicaPorts ports, CancellationToken cancellation)
    {
        var endpoint = check.Endpoint().Annotation;
        var url = new UriBuilder(endpoint.UriScheme, "localhost", ports.Of(endpoint)).Uri;
        var result = await probe.Check(new Uri(url, check.Path), check.StatusCode, endpoint.Transport == "http2", cancellation);
        return new(check.Key, result.IsHealthy ? HealthStatus.Healthy : HealthStatus.Unhealthy, result.Description, null);
    }

    private async Task<CheckReport> AskRegistered(string key, CancellationToken cancellation)
    {
        var report = await checks.CheckHealthAsync(registration => registration.Name == key, cancellation);
        return report.Entries.TryGetValue(key, out var entry)
            ? new(key, entry.Status, entry.Description ?? entry.Exception?.Message, entry.Exception?.ToString())
            : new(key, HealthStatus.Unhealthy, $"No health check is registered under the key \"{key}\" (builder.Services.AddHealthChecks()).", null);
    }
}
