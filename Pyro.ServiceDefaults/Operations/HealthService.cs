using Grpc.Core;
using Grpc.Health.V1;

namespace Pyro.ServiceDefaults.Operations;

/// <summary><c>grpc.health.v1.Health</c>: every service name is served when the process is ready, as Pyroscope has it.</summary>
internal sealed class HealthService(Readiness readiness) : Health.HealthBase
{
    public override async Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context) => new()
    {
        Status = await readiness.Reason(context.CancellationToken) is null ? HealthCheckResponse.Types.ServingStatus.Serving : HealthCheckResponse.Types.ServingStatus.NotServing,
    };
}
