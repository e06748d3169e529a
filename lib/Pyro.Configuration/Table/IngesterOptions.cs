using static Pyro.Configuration.OptionKind;

namespace Pyro.Configuration.Table;

/// <summary>The ingester, its place in the ring and its local blocks (<c>ingester</c>).</summary>
static class IngesterOptions
{
    public static readonly Option[] Options =
    [
        new("ring.heartbeat-timeout", "ingester.lifecycler.ring.heartbeat_timeout", Duration, "1m",
            "ingester ring, used by every ring client"),
        new("distributor.replication-factor", "ingester.lifecycler.ring.replication_factor", Integer, "1",
            "writes *and* reads; dskit default 3 is overridden") { Min = 1 },
        new("distributor.zone-awareness-enabled", "ingester.lifecycler.ring.zone_awareness_enabled", Switch, "false", "ingester ring"),
        new("distributor.excluded-zones", "ingester.lifecycler.ring.excluded_zones", Csv, "", ""),
        new("ingester.num-tokens", "ingester.lifecycler.num_tokens", Integer, "128", "") { Min = 1 },
        new("ingester.heartbeat-period", "ingester.lifecycler.heartbeat_period", Duration, "5s", ""),
        new("ingester.heartbeat-timeout", "ingester.lifecycler.heartbeat_timeout", Duration, "1m",
            "used for the status page and readiness only"),
        new("ingester.observe-period", "ingester.lifecycler.observe_period", Duration, "0s",
            "stay JOINING that long to detect token clashes"),
        new("ingester.join-after", "ingester.lifecycler.join_after", Duration, "0s", "wait in PENDING before picking tokens"),
        new("ingester.min-ready-duration", "ingester.lifecycler.min_ready_duration", Duration, "15s",
            "/ready stays red this long after all checks pass"),
        new("ingester.lifecycler.interface", "ingester.lifecycler.interface_names", List, "", ""),
        new("ingester.enable-inet6", "ingester.lifecycler.enable_inet6", Switch, "false", ""),
        new("ingester.final-sleep", "ingester.lifecycler.final_sleep", Duration, "0s", "sleep after flush on shutdown"),
        new("ingester.tokens-file-path", "ingester.lifecycler.tokens_file_path", Text, "", "JSON {\"tokens\":[…]}"),
        new("ingester.availability-zone", "ingester.lifecycler.availability_zone", Text, "", ""),
        new("ingester.unregister-on-shutdown", "ingester.lifecycler.unregister_on_shutdown", Switch, "true",
            "remove ring entry on clean stop"),
        new("ingester.readiness-check-ring-health", "ingester.lifecycler.readiness_check_ring_health", Switch, "true",
            "all ring members must be ACTIVE and fresh"),
        new("ingester.lifecycler.addr", "ingester.lifecycler.address", Text, "", ""),
        new("ingester.lifecycler.port", "ingester.lifecycler.port", Integer, "0", "") { Min = 0, Max = 65535 },
        new("ingester.lifecycler.ID", "ingester.lifecycler.id", Text, "<hostname>", ""),
        new("blocks-storage.tsdb.retention-period", "blocks_storage.tsdb.retention_period", Duration, "6h",
            "How long an ingester keeps and serves a block of its own after it was cut."),
        .. KvStoreBlock.Of("ring.", "ingester.lifecycler.ring.kvstore"),
    ];
}
