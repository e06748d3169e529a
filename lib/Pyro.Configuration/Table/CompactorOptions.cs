using static Pyro.Configuration.OptionKind;

namespace Pyro.Configuration.Table;

/// <summary>The compactor and its ring (<c>compactor</c>).</summary>
static class CompactorOptions
{
    public static readonly Option[] Options =
    [
        new("compactor.block-ranges", "compactor.block_ranges", Durations, "1h0m0s,2h0m0s,8h0m0s", ""),
        new("compactor.block-sync-concurrency", "compactor.block_sync_concurrency", Integer, "8", ""),
        new("compactor.meta-sync-concurrency", "compactor.meta_sync_concurrency", Integer, "20", ""),
        new("compactor.data-dir", "compactor.data_dir", Text, "./data-compactor", ""),
        new("compactor.compaction-interval", "compactor.compaction_interval", Duration, "30m", ""),
        new("compactor.compaction-retries", "compactor.compaction_retries", Integer, "3", ""),
        new("compactor.compaction-concurrency", "compactor.compaction_concurrency", Integer, "1", "") { Min = 1 },
        new("compactor.first-level-compaction-wait-period", "compactor.first_level_compaction_wait_period", Duration, "25m",
            "min age of the youngest level-1 source block"),
        new("compactor.cleanup-interval", "compactor.cleanup_interval", Duration, "15m", ""),
        new("compactor.cleanup-concurrency", "compactor.cleanup_concurrency", Integer, "20", ""),
        new("compactor.deletion-delay", "compactor.deletion_delay", Duration, "12h", ""),
        new(null, "compactor.tenant_cleanup_delay", Duration, "0s", ""),
        new("compactor.max-compaction-time", "compactor.max_compaction_time", Duration, "1h", "no new job for a tenant after this"),
        new("compactor.shutdown-timeout", "compactor.shutdown_timeout", Duration, "0s", ""),
        new("compactor.no-blocks-file-cleanup-enabled", "compactor.no_blocks_file_cleanup_enabled", Switch, "false", ""),
        new("compactor.downsampler-enabled", "compactor.downsampler_enabled", Switch, "false", "process switch"),
        new("compactor.max-opening-blocks-concurrency", "compactor.max_opening_blocks_concurrency", Integer, "16", "") { Min = 1 },
        new("compactor.enabled-tenants", "compactor.enabled_tenants", Csv, "", ""),
        new("compactor.disabled-tenants", "compactor.disabled_tenants", Csv, "", ""),
        new("compactor.ring.wait-stability-min-duration", "compactor.sharding_ring.wait_stability_min_duration", Duration, "0s", ""),
        new("compactor.ring.wait-stability-max-duration", "compactor.sharding_ring.wait_stability_max_duration", Duration, "5m", ""),
        new("compactor.ring.wait-active-instance-timeout", "compactor.sharding_ring.wait_active_instance_timeout", Duration, "10m", ""),
        new("compactor.compaction-jobs-order", "compactor.compaction_jobs_order", Text, "smallest-range-oldest-blocks-first",
            "") { Choices = ["smallest-range-oldest-blocks-first", "newest-blocks-first"] },
        new("compactor.compaction-split-by", "compactor.compaction_split_by", Text, "fingerprint",
            "") { Choices = ["fingerprint", "stacktracePartition"] },
        .. RingBlock.Of("compactor.ring", "compactor.sharding_ring"),
    ];
}
