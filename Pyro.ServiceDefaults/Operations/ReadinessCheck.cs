using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Pyro.ServiceDefaults.Operations;

/// <summary>The readiness of the process as an ASP.NET Core health check, for <c>/health</c>.</summary>
internal sealed class ReadinessCheck(Readiness readiness) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(readiness.Reason() is { } reason ? HealthCheckResult.Unhealthy(reason) : HealthCheckResult.Healthy());
}
