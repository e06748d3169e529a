using System.Collections.Frozen;

namespace Pyro.Configuration.Table;

/// <summary>Other names of options, from Mimir and Cortex, which people use for Pyroscope as well. Where both are given the option's own name wins.</summary>
static class Aliases
{
    const string Common = "common.";

    static readonly (string Flag, string Path)[] Named =
    [
        ("distributor.ring.kvstore.store", "distributor.ring.kvstore.store"),
        ("query-scheduler.ring.kvstore.store", "query_scheduler.ring.kvstore.store"),
        ("store-gateway.sharding-ring.kvstore.store", "store_gateway.sharding_ring.kvstore.store"),
        ("compactor.ring.kvstore.store", "compactor.sharding_ring.kvstore.store"),
        ("ingester.ring.kvstore.store", "ingester.lifecycler.ring.kvstore.store"),
        ("ingester.ring.prefix", "ingester.lifecycler.ring.kvstore.prefix"),
        ("ingester.ring.heartbeat-period", "ingester.lifecycler.heartbeat_period"),
        ("ingester.ring.heartbeat-timeout", "ingester.lifecycler.ring.heartbeat_timeout"),
        ("ingester.ring.replication-factor", "ingester.lifecycler.ring.replication_factor"),
        ("ingester.ring.zone-awareness-enabled", "ingester.lifecycler.ring.zone_awareness_enabled"),
        ("ingester.ring.excluded-zones", "ingester.lifecycler.ring.excluded_zones"),
        ("ingester.ring.num-tokens", "ingester.lifecycler.num_tokens"),
        ("ingester.ring.tokens-file-path", "ingester.lifecycler.tokens_file_path"),
        ("ingester.ring.observe-period", "ingester.lifecycler.observe_period"),
        ("ingester.ring.min-ready-duration", "ingester.lifecycler.min_ready_duration"),
        ("ingester.ring.final-sleep", "ingester.lifecycler.final_sleep"),
        ("ingester.ring.instance-id", "ingester.lifecycler.id"),
        ("ingester.ring.instance-addr", "ingester.lifecycler.address"),
        ("ingester.ring.instance-port", "ingester.lifecycler.port"),
        ("ingester.ring.instance-interface-names", "ingester.lifecycler.interface_names"),
        ("ingester.ring.instance-enable-ipv6", "ingester.lifecycler.enable_inet6"),
        ("ingester.ring.instance-availability-zone", "ingester.lifecycler.availability_zone"),
        ("ingester.ring.unregister-on-shutdown", "ingester.lifecycler.unregister_on_shutdown"),
        ("blocks-storage.tsdb.block-ranges-period", "pyroscopedb.max_block_duration"),
        ("blocks-storage.bucket-store.sync-interval", "store_gateway.bucket_store.sync_interval"),
        ("blocks-storage.bucket-store.index-cache.backend", "store_gateway.bucket_store.index_cache.backend"),
        ("query-frontend.max-outstanding-per-tenant", "query_scheduler.max_outstanding_requests_per_tenant"),
        ("query-frontend.results-cache.backend", "frontend.results_cache.backend"),
    ];

    /// <summary>Other flags, each with the path of its option.</summary>
    public static readonly FrozenDictionary<string, string> Flags = Named.ToFrozenDictionary(name => name.Flag, name => name.Path);

    /// <summary>Other paths: those of the flags above, in YAML's spelling.</summary>
    static readonly FrozenDictionary<string, string> NamedPaths = Named.ToFrozenDictionary(name => name.Flag.Replace('-', '_'), name => name.Path);

    /// <summary>The path that another path stands for, or null. <c>common.storage</c> is <c>storage</c>.</summary>
    public static string? PathOf(string path) =>
        path.StartsWith("common.storage.", StringComparison.Ordinal) ? path[Common.Length..] : NamedPaths.GetValueOrDefault(path);

    /// <summary>Every other path.</summary>
    public static IEnumerable<string> Paths(IEnumerable<string> paths) =>
        NamedPaths.Keys.Concat(paths.Where(path => path.StartsWith("storage.", StringComparison.Ordinal)).Select(path => Common + path));
}
