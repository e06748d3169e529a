namespace Pyro.Configuration.Table;

/// <summary>Options that are taken and checked, and change nothing.</summary>
internal static class WithoutEffect
{
    private static readonly (string Path, string Why)[] Reasons =
    [
        ("analytics.", "usage statistics are not reported"),
        ("api.base-url", "links get no prefix yet"),
        ("compactor.", "the compactor is not built yet"),
        ("distributor.ha_tracker.", "the HA tracker is not built yet"),
        ("distributor.pool_config.", "health checks of ingesters are not built yet"),
        ("distributor.ring.", "the distributors' ring is not built yet"),
        ("embedded_grafana.", "the embedded Grafana is not built yet"),
        ("frontend.address", "the query-scheduler is not built yet"),
        ("frontend.grpc_client_config.", "the query-scheduler is not built yet"),
        ("frontend.instance_", "the query-scheduler is not built yet"),
        ("frontend.max_retries", "queries are not tried again yet"),
        ("frontend.query_sharding_total_shards", "query sharding is not built yet"),
        ("frontend.results_cache.", "the results cache is not built yet"),
        ("frontend.scheduler_", "the query-scheduler is not built yet"),
        ("frontend_worker.", "the query-scheduler is not built yet"),
        ("ingester.lifecycler.enable_inet6", "addresses are not taken from network interfaces yet; -ingester.lifecycler.addr sets one"),
        ("ingester.lifecycler.heartbeat_timeout", "-ring.heartbeat-timeout counts instead"),
        ("ingester.lifecycler.interface_names", "addresses are not taken from network interfaces yet; -ingester.lifecycler.addr sets one"),
        ("ingester.lifecycler.ring.excluded_zones", "zones cannot be left out yet"),
        ("ingester.lifecycler.ring.kvstore.consul.", "the ring's stores are not built yet"),
        ("ingester.lifecycler.ring.kvstore.etcd.", "the ring's stores are not built yet"),
        ("ingester.lifecycler.ring.kvstore.multi.", "the ring's stores are not built yet"),
        ("ingester.lifecycler.ring.kvstore.prefix", "the ring's stores are not built yet"),
        ("limits.compactor_", "the compactor is not built yet"),
        ("limits.distributor_aggregation_", "aggregation in the distributor is not built yet"),
        ("limits.ingestion_artificial_delay", "answers are not delayed yet"),
        ("limits.s3_sse_", "objects cannot be encrypted by tenant yet; storage.s3.sse counts for all of them"),
        ("limits.store_gateway_", "the ring of store-gateways is not built yet"),
        ("memberlist.", "gossip is not built yet"),
        ("overrides_exporter.", "the overrides-exporter is not built yet"),
        ("pyroscopedb.min_disk_available_percentage", "only -pyroscopedb.retention-policy-min-free-disk-gb counts"),
        ("pyroscopedb.row_group_target_size", "a row group ends at 100,000 rows or 32 MiB, whatever is set"),
        ("querier.pool_config.", "health checks of ingesters are not built yet"),
        ("query_scheduler.", "the query-scheduler is not built yet"),
        ("self_profiling.", "self-profiling is not built yet"),
        ("server.cluster_validation.", "cluster validation is not built yet"),
        ("server.create_new_traces", "traces go on where the client began them"),
        ("server.graceful_shutdown_timeout", "how long a stop may take cannot be chosen yet"),
        ("server.grpc_", "gRPC has no listener of its own: it is served at -server.http-listen-port"),
        ("server.http_listen_conn_limit", "connections are not limited yet"),
        ("server.http_listen_network", "-server.http-listen-address alone counts"),
        ("server.http_log_", "requests are not logged yet"),
        ("server.http_path_prefix", "routes get no prefix yet"),
        ("server.http_server_", "time limits of requests are not built yet"),
        ("server.http_tls_config.", "TLS is not built yet"),
        ("server.log_request_", "requests are not logged yet"),
        ("server.log_source_ips_", "requests are not logged yet"),
        ("server.proxy_protocol_enabled", "the PROXY protocol is not built yet"),
        ("server.re", "which metrics there are cannot be chosen"),
        ("server.tls_", "TLS is not built yet"),
        ("server.trace_request_", "traces do not tell headers yet"),
        ("show_banner", "there is no banner"),
        ("shutdown_delay", "a stop begins at once"),
        ("storage.azure.", "Azure Blob Storage is not supported yet"),
        ("storage.cos.", "Tencent COS is not supported yet"),
        ("storage.gcs.", "Google Cloud Storage is not supported yet"),
        ("storage.s3.http.max_idle_", "idle connections are not limited yet"),
        ("storage.swift.", "OpenStack Swift is not supported yet"),
        ("store_gateway.bucket_store.ignore_blocks_within", "blocks are served however young they are; each profile counts once all the same"),
        ("store_gateway.bucket_store.index_cache.", "what is read of indexes is kept in the memory of the process alone"),
        ("store_gateway.bucket_store.meta_sync_concurrency", "16 are read at once, whatever is set"),
        ("store_gateway.sharding_ring.", "the ring of store-gateways is not built yet"),
        ("tenant_settings.", "recording rules are not built yet"),
        ("tracing.profiling_enabled", "spans get no profile ids yet"),
    ];

    /// <summary>Why an option has no effect, as a clause; null when it has one.</summary>
    public static string? WhyOf(Option option)
    {
        foreach ((string path, string why) in Reasons)
        {
            if (option.Path.StartsWith(path, StringComparison.Ordinal))
            {
                return why;
            }
        }
        return null;
    }
}
