using Pyro.Ring;
using Pyro.Tenancy;

namespace Pyro.Ingester.Head;

/// <summary>
/// How many active series a tenant may have in this process: the smaller of its local limit and this process's part of the global
/// one (limit × replication factor ÷ healthy ingesters), which is not applied while no ingester is healthy.
/// </summary>
public sealed class SeriesLimit(Overrides overrides, HashRing ring)
{
    /// <summary>Series; 0: no limit.</summary>
    public long Of(string tenant)
    {
        var limits = overrides.For(tenant);
        long local = limits.MaxLocalSeriesPerTenant;
        var global = Share(limits);
        return local <= 0 ? global : global <= 0 ? local : Math.Min(local, global);
    }

    private long Share(TenantLimits limits)
    {
        if (limits.MaxGlobalSeriesPerTenant <= 0)
        {
            return 0;
        }

        var snapshot = ring.Snapshot;
        long healthy = snapshot.Members.Count(m => m.State == MemberState.Active && snapshot.IsAlive(m.Id));
        if (limits.IngestionTenantShardSize > 0)
        {
            healthy = Math.Min(healthy, limits.IngestionTenantShardSize);
        }

        return healthy == 0 ? 0 : Math.Max(1, (long)limits.MaxGlobalSeriesPerTenant * ring.Options.ReplicationFactor / healthy);
    }
}
