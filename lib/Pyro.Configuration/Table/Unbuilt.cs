namespace Pyro.Configuration.Table;

/// <summary>Options that are taken and checked while what they belong to is still to be built.</summary>
static class Unbuilt
{
    static readonly (string Path, string Part)[] Parts =
    [
        ("analytics.", "usage statistics"),
        ("blocks_storage.", "local blocks"),
        ("compactor.", "the compactor"),
        ("distributor.ha_tracker.", "the HA tracker"),
        ("embedded_grafana.", "the embedded Grafana"),
        ("frontend.address", "the query-scheduler"),
        ("frontend.grpc_client_config.", "the query-scheduler"),
        ("frontend.instance_", "the query-scheduler"),
        ("frontend.query_sharding_total_shards", "query sharding"),
        ("frontend.results_cache.", "the results cache"),
        ("frontend.scheduler_", "the query-scheduler"),
        ("frontend_worker.", "the query-scheduler"),
        ("limits.compactor_", "the compactor"),
        ("limits.s3_sse_", "object storage"),
        ("limits.store_gateway_", "the store-gateway"),
        ("memberlist.", "gossip"),
        ("overrides_exporter.", "the overrides-exporter"),
        ("pyroscopedb.disable_enforcement", "local blocks"),
        ("pyroscopedb.enforcement_interval", "local blocks"),
        ("pyroscopedb.min_", "local blocks"),
        ("pyroscopedb.row_group_target_size", "local blocks"),
        ("pyroscopedb.symbols_partition_label", "local blocks"),
        ("querier.query_store_after", "the store-gateway"),
        ("query_scheduler.", "the query-scheduler"),
        ("self_profiling.", "self-profiling"),
        ("storage.", "object storage"),
        ("store_gateway.", "the store-gateway"),
        ("tenant_settings.", "recording rules"),
        ("tracing.profiling_enabled", "profile ids in traces"),
    ];

    /// <summary>What has to be built before an option has an effect, or null when it has one.</summary>
    public static string? PartOf(Option option)
    {
        foreach ((string path, string part) in Parts)
        {
            if (option.Path.StartsWith(path, StringComparison.Ordinal))
            {
                return part;
            }
        }
        return null;
    }
}
