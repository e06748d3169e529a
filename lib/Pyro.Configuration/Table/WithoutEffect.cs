namespace Pyro.Configuration.Table;

/// <summary>Options that are taken and checked while what they belong to is still to be built.</summary>
internal static class Unbuilt
{
    private static readonly (string Path, string Part)[] Parts =
    [
        ("analytics.", "usage statistics"),
        ("api.base-url", "a prefix of links"),
        ("compactor.", "the compactor"),
        ("distributor.ha_tracker.", "the HA tracker"),
        ("distributor.pool_config.", "health checks of ingesters"),
        ("distributor.ring.", "the distributors' ring"),
        ("embedded_grafana.", "the embedded Grafana"),
        ("frontend.address", "the query-scheduler"),
        ("frontend.grpc_client_config.", "the query-scheduler"),
        ("frontend.instance_", "the query-scheduler"),
        ("frontend.max_retries", "retries of queries"),
        ("frontend.query_sharding_total_shards", "query sharding"),
        ("frontend.results_cache.", "the results cache"),
        ("frontend.scheduler_", "the query-scheduler"),
        ("frontend_worker.", "the query-scheduler"),
        ("ingester.lifecycler.enable_inet6", "addresses taken from network interfaces"),
        ("ingester.lifecycler.heartbeat_timeout", "the ring page"),
        ("ingester.lifecycler.interface_names", "addresses taken from network interfaces"),
        ("ingester.lifecycler.ring.excluded_zones", "zones that are left out"),
        ("ingester.lifecycler.ring.kvstore.consul.", "the ring's stores"),
        ("ingester.lifecycler.ring.kvstore.etcd.", "the ring's stores"),
        ("ingester.lifecycler.ring.kvstore.multi.", "the ring's stores"),
        ("ingester.lifecycler.ring.kvstore.prefix", "the ring's stores"),
        ("limits.compactor_", "the compactor"),
        ("limits.distributor_aggregation_", "aggregation in the distributor"),
        ("limits.ingestion_artificial_delay", "the delay of answers"),
        ("limits.s3_sse_", "encryption of objects by tenant"),
        ("limits.store_gateway_", "the ring of store-gateways"),
        ("memberlist.", "gossip"),
        ("overrides_exporter.", "the overrides-exporter"),
        ("pyroscopedb.min_disk_available_percentage", "a share of the disk that stays free; min_free_disk_gb is one in bytes"),
        ("pyroscopedb.row_group_target_size", "local blocks"),
        ("querier.pool_config.", "health checks of ingesters"),
        ("query_scheduler.", "the query-scheduler"),
        ("self_profiling.", "self-profiling"),
        ("server.cluster_validation.", "cluster validation"),
        ("server.create_new_traces", "tracing of requests"),
        ("server.graceful_shutdown_timeout", "a drain time of one's own"),
        ("server.grpc_", "a listener of its own for gRPC"),
        ("server.http_listen_conn_limit", "a limit of connections"),
        ("server.http_listen_network", "a choice of networks"),
        ("server.http_log_", "logs of requests"),
        ("server.http_path_prefix", "a prefix of routes"),
        ("server.http_server_", "time limits of requests"),
        ("server.http_tls_config.", "TLS"),
        ("server.log_request_", "logs of requests"),
        ("server.log_source_ips_", "logs of requests"),
        ("server.proxy_protocol_enabled", "the PROXY protocol"),
        ("server.re", "a choice of metrics"),
        ("server.tls_", "TLS"),
        ("server.trace_request_", "tracing of requests"),
        ("show_banner", "the banner"),
        ("shutdown_delay", "the wait before stopping"),
        ("storage.azure.", "Azure Blob Storage"),
        ("storage.cos.", "Tencent COS"),
        ("storage.gcs.", "Google Cloud Storage"),
        ("storage.s3.http.max_idle_", "a limit of idle connections"),
        ("storage.swift.", "OpenStack Swift"),
        ("store_gateway.bucket_store.ignore_blocks_within", "a reason to leave young blocks out: each is counted once"),
        ("store_gateway.bucket_store.index_cache.", "a cache of indexes outside of the process"),
        ("store_gateway.bucket_store.meta_sync_concurrency", "another width of looking at the bucket"),
        ("store_gateway.sharding_ring.", "the ring of store-gateways"),
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
