using static Pyro.Configuration.OptionKind;

namespace Pyro.Configuration.Table;

/// <summary>The store-gateway and its ring (<c>store_gateway</c>).</summary>
static class StoreGatewayOptions
{
    public static readonly Option[] Options =
    [
        new("store-gateway.sharding-ring.replication-factor", "store_gateway.sharding_ring.replication_factor", Integer, "1",
            "") { Min = 1 },
        new("store-gateway.sharding-ring.tokens-file-path", "store_gateway.sharding_ring.tokens_file_path", Text, "", ""),
        new("store-gateway.sharding-ring.zone-awareness-enabled", "store_gateway.sharding_ring.zone_awareness_enabled", Switch, "false",
            ""),
        new("store-gateway.sharding-ring.wait-stability-min-duration", "store_gateway.sharding_ring.wait_stability_min_duration", Duration, "0s",
            ""),
        new("store-gateway.sharding-ring.wait-stability-max-duration", "store_gateway.sharding_ring.wait_stability_max_duration", Duration, "5m",
            ""),
        new("store-gateway.sharding-ring.instance-availability-zone", "store_gateway.sharding_ring.instance_availability_zone", Text, "",
            ""),
        new("store-gateway.sharding-ring.unregister-on-shutdown", "store_gateway.sharding_ring.unregister_on_shutdown", Switch, "true",
            ""),
        new("blocks-storage.bucket-store.sync-dir", "store_gateway.bucket_store.sync_dir", Text, "./data/pyroscope-sync/", ""),
        new("blocks-storage.bucket-store.sync-interval", "store_gateway.bucket_store.sync_interval", Duration, "15m", ""),
        new("blocks-storage.bucket-store.tenant-sync-concurrency", "store_gateway.bucket_store.tenant_sync_concurrency", Integer, "10",
            ""),
        new("blocks-storage.bucket-store.ignore-blocks-within", "store_gateway.bucket_store.ignore_blocks_within", Duration, "3h",
            "young blocks (by MinTime) are not loaded"),
        new("blocks-storage.bucket-store.meta-sync-concurrency", "store_gateway.bucket_store.meta_sync_concurrency", Integer, "20", ""),
        new("blocks-storage.bucket-store.ignore-deletion-marks-delay", "store_gateway.bucket_store.ignore_deletion_mark_delay", Duration, "30m",
            "YAML key is ignore_deletion_mark_delay"),
        new("blocks-storage.bucket-store.index-cache.backend", "store_gateway.bucket_store.index_cache.backend", Text, "none",
            "Where parts of block indexes are cached.") { Choices = ["none", "inmemory", "redis", "memcached"] },
        .. RingBlock.Of("store-gateway.sharding-ring", "store_gateway.sharding_ring"),
    ];
}
