using static Pyro.Configuration.OptionKind;

namespace Pyro.Configuration.Table;

/// <summary>The ingester, its place in the ring and its local blocks (<c>ingester</c>).</summary>
internal static class IngesterTable
{
    public static readonly Option[] Options =
    [
        new("ring.heartbeat-timeout", "ingester.lifecycler.ring.heartbeat_timeout", Duration, "1m",
            "An ingester without a heartbeat for this long is unhealthy; 0 never."),
        new("distributor.replication-factor", "ingester.lifecycler.ring.replication_factor", Integer, "1",
            "Ingesters that hold each profile; 3, and 1 when everything runs in one process.") { Min = 1 },
        new("distributor.zone-awareness-enabled", "ingester.lifecycler.ring.zone_awareness_enabled", Switch, "false",
            "Put the copies of a profile into different zones."),
        new("distributor.excluded-zones", "ingester.lifecycler.ring.excluded_zones", Csv, "",
            "Zones that are left out of the ring, comma separated."),
        new("ingester.num-tokens", "ingester.lifecycler.num_tokens", Integer, "128", "Tokens of an ingester in the ring.") { Min = 1, Max = 4096 },
        new("ingester.heartbeat-period", "ingester.lifecycler.heartbeat_period", Duration, "5s",
            "Time between heartbeats of an ingester."),
        new("ingester.heartbeat-timeout", "ingester.lifecycler.heartbeat_timeout", Duration, "1m",
            "Age of a heartbeat that the ring page and readiness take for unhealthy."),
        new("ingester.observe-period", "ingester.lifecycler.observe_period", Duration, "0s",
            "How long an ingester stays JOINING to see whether its tokens are its own."),
        new("ingester.join-after", "ingester.lifecycler.join_after", Duration, "0s",
            "How long an ingester stays PENDING before it takes tokens."),
        new("ingester.min-ready-duration", "ingester.lifecycler.min_ready_duration", Duration, "15s",
            "How long /ready waits after everything is ready; 0s when everything runs in one process."),
        new("ingester.lifecycler.interface", "ingester.lifecycler.interface_names", List, "",
            "Network interfaces to take the address from; empty takes the private ones.") { Advanced = true },
        new("ingester.enable-inet6", "ingester.lifecycler.enable_inet6", Switch, "false",
            "Let the advertised address be an IPv6 one.") { Advanced = true },
        new("ingester.final-sleep", "ingester.lifecycler.final_sleep", Duration, "0s",
            "Wait before the process ends, so that the last metrics are read."),
        new("ingester.tokens-file-path", "ingester.lifecycler.tokens_file_path", Text, "",
            "File that keeps the ingester's tokens over restarts."),
        new("ingester.availability-zone", "ingester.lifecycler.availability_zone", Text, "", "Zone of this ingester."),
        new("ingester.unregister-on-shutdown", "ingester.lifecycler.unregister_on_shutdown", Switch, "true",
            "Leave the ring when the process stops."),
        new("ingester.readiness-check-ring-health", "ingester.lifecycler.readiness_check_ring_health", Switch, "true",
            "Be ready only when every ingester of the ring is healthy."),
        new("ingester.lifecycler.addr", "ingester.lifecycler.address", Text, "",
            "Address to advertise; empty takes it from the interfaces."),
        new("ingester.lifecycler.port", "ingester.lifecycler.port", Integer, "0",
            "Port to advertise; 0 is the listening port.") { Min = 0, Max = 65535 },
        new("ingester.lifecycler.ID", "ingester.lifecycler.id", Text, "<hostname>", "Name of this ingester in the ring."),
        new("blocks-storage.tsdb.retention-period", "blocks_storage.tsdb.retention_period", Duration, "6h",
            "How long an ingester keeps and serves a block of its own after it was cut."),
        .. KvStoreBlock.Of("ring.", "ingester.lifecycler.ring.kvstore"),
    ];
}
