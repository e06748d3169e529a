using static Pyro.Configuration.OptionKind;

namespace Pyro.Configuration.Table;

/// <summary>The distributor and its ring (<c>distributor</c>).</summary>
internal static class DistributorTable
{
    public static readonly Option[] Options =
    [
        new("distributor.push.timeout", "distributor.pushtimeout", Duration, "5s", "How long an ingester may take to store a batch."),
        new("distributor.client-cleanup-period", "distributor.pool_config.client_cleanup_period", Duration, "15s",
            "Time between looks for ingesters that are gone.") { Advanced = true },
        new("distributor.health-check-ingesters", "distributor.pool_config.health_check_ingesters", Switch, "true",
            "Check the health of ingesters.") { Advanced = true },
        new("distributor.health-check-timeout", "distributor.pool_config.remote_timeout", Duration, "5s",
            "How long a health check may take.") { Advanced = true },
        new("distributor.max-inflight-bytes", "distributor.max_inflight_bytes", Bytes, "0",
            "Bytes of request bodies that may be in flight at once; more is refused with 503. 0: only the share of the memory budget counts, which refuses with 429."),
        new("distributor.ha-tracker.enable", "distributor.ha_tracker.enable", Switch, "false",
            "Take each series from one of several identical senders only."),
        .. RingBlock.Of("distributor.ring", "distributor.ring"),
    ];
}
