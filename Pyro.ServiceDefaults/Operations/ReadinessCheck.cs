using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Pyro.ServiceDefaults.Operations;

/// <summary>The readiness of the process as an ASP.NET Core health check, for <c>/health</c>.</summary>
internal sealed class ReadinessCheck(Readiness readiness) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        await readiness.Reason(cancellationToken) is { } reason ? HealthCheckResult.Unhealthy(reason) : HealthCheckResult.Healthy();
}
