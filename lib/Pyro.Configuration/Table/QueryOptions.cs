using static Pyro.Configuration.OptionKind;

namespace Pyro.Configuration.Table;

/// <summary>Query frontend, scheduler and querier.</summary>
static class QueryOptions
{
    public static readonly Option[] Options =
    [
        new("querier.client-cleanup-period", "querier.pool_config.client_cleanup_period", Duration, "15s", ""),
        new("querier.health-check-ingesters", "querier.pool_config.health_check_ingesters", Switch, "true", ""),
        new("querier.health-check-timeout", "querier.pool_config.remote_timeout", Duration, "5s", ""),
        new("querier.query-store-after", "querier.query_store_after", Duration, "0s", "also the default local block expiry in ingesters"),
        new("querier.query-ingesters-within", "querier.query_ingesters_within", Duration, "0s",
            "Ask ingesters only for times at most this long ago; 0 always asks them."),
        new("query-frontend.scheduler-worker-concurrency", "frontend.scheduler_worker_concurrency", Integer, "5",
            "streams per scheduler; enqueue retries = this+1") { Min = 1 },
        new("query-frontend.instance-interface-names", "frontend.instance_interface_names", List, "", ""),
        new("query-frontend.instance-addr", "frontend.instance_addr", Text, "", ""),
        new("query-frontend.instance-enable-ipv6", "frontend.instance_enable_ipv6", Switch, "false", ""),
        new("query-frontend.instance-port", "frontend.instance_port", Integer, "0", "") { Min = 0, Max = 65535 },
        new(null, "frontend.scheduler_address", Text, "", "only for dns discovery mode") { Hidden = true },
        new(null, "frontend.scheduler_dns_lookup_period", Duration, "0s", "") { Hidden = true },
        new(null, "frontend.address", Text, "", "old name of instance_addr") { Hidden = true },
        new("query-frontend.max-retries", "frontend.max_retries", Integer, "5", "How often a failed part of a query is tried again.") { Min = 0 },
        new("query-frontend.query-sharding-total-shards", "frontend.query_sharding_total_shards", Integer, "0",
            "Number of series shards that a query is split into; 0 does not shard.") { Min = 0 },
        new("query-frontend.results-cache.backend", "frontend.results_cache.backend", Text, "none",
            "Where results of queries are cached; none keeps them in the process.") { Choices = ["none", "redis", "memcached"] },
        new("query-frontend.results-cache.redis.endpoint", "frontend.results_cache.redis.endpoint", Csv, "",
            "Redis addresses, host:port."),
        new("query-frontend.results-cache.redis.username", "frontend.results_cache.redis.username", Text, "", "User name at Redis."),
        new("query-frontend.results-cache.redis.password", "frontend.results_cache.redis.password", Text, "", "Password at Redis.") { Secret = true },
        new("query-frontend.results-cache.redis.db", "frontend.results_cache.redis.db", Integer, "0", "Database number at Redis.") { Min = 0 },
        new("query-frontend.results-cache.redis.tls-enabled", "frontend.results_cache.redis.tls_enabled", Switch, "false", "Speak TLS with Redis."),
        new("query-frontend.results-cache.memcached.addresses", "frontend.results_cache.memcached.addresses", Csv, "",
            "Memcached addresses, host:port."),
        new("querier.id", "frontend_worker.id", Text, "", ""),
        new("querier.max-concurrent", "frontend_worker.max_concurrent", Integer, "20", "split over the schedulers, ≥1 each") { Min = 1 },
        new(null, "frontend_worker.scheduler_address", Text, "", "only for dns discovery mode") { Hidden = true },
        new(null, "frontend_worker.dns_lookup_duration", Duration, "0s", "") { Hidden = true },
        new("query-scheduler.max-outstanding-requests-per-tenant", "query_scheduler.max_outstanding_requests_per_tenant", Integer, "100",
            "queue length per tenant per scheduler; above it HTTP 429") { Min = 1 },
        new("query-scheduler.querier-forget-delay", "query_scheduler.querier_forget_delay", Duration, "0s", ""),
        new("query-scheduler.max-used-instances", "query_scheduler.max_used_instances", Integer, "0", "0 = all; only with ring discovery"),
        new("query-scheduler.service-discovery-mode", "query_scheduler.service_discovery_mode", Text, "ring",
            "ring or dns") { Choices = ["ring", "dns"] },
        .. RingBlock.Of("query-scheduler.ring", "query_scheduler.ring"),
        .. GrpcClientBlock.Of("query-frontend.grpc-client-config", "frontend.grpc_client_config"),
        .. GrpcClientBlock.Of("querier.frontend-client", "frontend_worker.grpc_client_config"),
        .. GrpcClientBlock.Of("query-scheduler.grpc-client-config", "query_scheduler.grpc_client_config"),
    ];
}
