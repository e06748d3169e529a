using Pyro.Tenancy;

namespace Pyro.Query.Frontend;

/// <summary>How many nodes a flame graph may have.</summary>
public static class NodeLimit
{
    /// <summary>The limit in force for what was asked (0: not given); 0: none.</summary>
    /// <exception cref="Grpc.Core.RpcException">invalid_argument: below zero or above the tenant's limit.</exception>
    public static long Effective(long asked, TenantLimits limits)
    {
        long most = limits.MaxFlamegraphNodesMax;
        if (most > 0 && asked > most) throw Refusals.Invalid($"max flamegraph nodes limit {asked} is greater than allowed {most}");
        if (most > 0 && asked < 0) throw Refusals.Invalid($"max flamegraph nodes limit must be set (max allowed {most})");
        return asked == 0 ? limits.MaxFlamegraphNodesDefault : Math.Max(asked, 0);
    }
}
