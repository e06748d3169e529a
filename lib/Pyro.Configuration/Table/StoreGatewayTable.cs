using static Pyro.Configuration.OptionKind;

namespace Pyro.Configuration.Table;

/// <summary>The store-gateway and its ring (<c>store_gateway</c>).</summary>
internal static class StoreGatewayTable
{
    public static readonly Option[] Options =
    [
        new("store-gateway.sharding-ring.replication-factor", "store_gateway.sharding_ring.replication_factor", Integer, "1",
            "Store-gateways that serve each block.") { Min = 1 },
        new("store-gateway.sharding-ring.tokens-file-path", "store_gateway.sharding_ring.tokens_file_path", Text, "",
            "File that keeps the store-gateway's tokens over restarts."),
        new("store-gateway.sharding-ring.zone-awareness-enabled", "store_gateway.sharding_ring.zone_awareness_enabled", Switch, "false",
            "Serve each block from different zones."),
        new("store-gateway.sharding-ring.wait-stability-min-duration", "store_gateway.sharding_ring.wait_stability_min_duration", Duration, "0s",
            "Shortest wait for the ring to settle at start; 0 does not wait.") { Advanced = true },
        new("store-gateway.sharding-ring.wait-stability-max-duration", "store_gateway.sharding_ring.wait_stability_max_duration", Duration, "5m",
            "Longest wait for the ring to settle at start.") { Advanced = true },
        new("store-gateway.sharding-ring.instance-availability-zone", "store_gateway.sharding_ring.instance_availability_zone", Text, "",
            "Zone of this store-gateway.") { Advanced = true },
        new("store-gateway.sharding-ring.unregister-on-shutdown", "store_gateway.sharding_ring.unregister_on_shutdown", Switch, "true",
            "Leave the ring when the process stops."),
        new("blocks-storage.bucket-store.sync-dir", "store_gateway.bucket_store.sync_dir", Text, "./data/pyroscope-sync/",
            "Folder for what is kept of blocks."),
        new("blocks-storage.bucket-store.sync-interval", "store_gateway.bucket_store.sync_interval", Duration, "15m",
            "Time between looks for new blocks."),
        new("blocks-storage.bucket-store.tenant-sync-concurrency", "store_gateway.bucket_store.tenant_sync_concurrency", Integer, "10",
            "Tenants looked at at once.") { Advanced = true },
        new("blocks-storage.bucket-store.ignore-blocks-within", "store_gateway.bucket_store.ignore_blocks_within", Duration, "3h",
            "Blocks younger than this are left to the ingesters; 0 loads all."),
        new("blocks-storage.bucket-store.meta-sync-concurrency", "store_gateway.bucket_store.meta_sync_concurrency", Integer, "20",
            "Descriptions of blocks read at once, per tenant.") { Advanced = true },
        new("blocks-storage.bucket-store.ignore-deletion-marks-delay", "store_gateway.bucket_store.ignore_deletion_mark_delay", Duration, "30m",
            "How long a block that is marked for deletion is still served."),
        new("blocks-storage.bucket-store.index-cache.backend", "store_gateway.bucket_store.index_cache.backend", Text, "none",
            "Where parts of block indexes are cached.") { Choices = ["none", "inmemory", "redis", "memcached"] },
        .. RingBlock.Of("store-gateway.sharding-ring", "store_gateway.sharding_ring"),
    ];
}
