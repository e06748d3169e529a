using static Pyro.Configuration.OptionKind;

namespace Pyro.Configuration.Table;

/// <summary>The compactor and its ring (<c>compactor</c>).</summary>
internal static class CompactorTable
{
    public static readonly Option[] Options =
    [
        new("compactor.block-ranges", "compactor.block_ranges", Durations, "1h0m0s,2h0m0s,8h0m0s",
            "Time ranges that blocks are merged into, each a multiple of the one before."),
        new("compactor.block-sync-concurrency", "compactor.block_sync_concurrency", Integer, "8",
            "Blocks downloaded or uploaded at once.") { Advanced = true },
        new("compactor.meta-sync-concurrency", "compactor.meta_sync_concurrency", Integer, "20",
            "Descriptions of blocks read at once.") { Advanced = true },
        new("compactor.data-dir", "compactor.data_dir", Text, "./data-compactor", "Folder for work in progress."),
        new("compactor.compaction-interval", "compactor.compaction_interval", Duration, "30m", "Time between runs."),
        new("compactor.compaction-retries", "compactor.compaction_retries", Integer, "3",
            "How often a failed compaction is tried again in one run."),
        new("compactor.compaction-concurrency", "compactor.compaction_concurrency", Integer, "1",
            "Compactions at once.") { Advanced = true, Min = 1 },
        new("compactor.first-level-compaction-wait-period", "compactor.first_level_compaction_wait_period", Duration, "25m",
            "Age of the youngest fresh block before fresh blocks are merged; 0 does not wait."),
        new("compactor.cleanup-interval", "compactor.cleanup_interval", Duration, "15m", "Time between looks for blocks to delete."),
        new("compactor.cleanup-concurrency", "compactor.cleanup_concurrency", Integer, "20",
            "Tenants cleaned up at once.") { Advanced = true },
        new("compactor.deletion-delay", "compactor.deletion_delay", Duration, "12h",
            "Time between marking a block and deleting it; 0 deletes at once."),
        new(null, "compactor.tenant_cleanup_delay", Duration, "0s",
            "Time between deleting a tenant's last block and its last other objects."),
        new("compactor.max-compaction-time", "compactor.max_compaction_time", Duration, "1h",
            "No new job of a tenant begins after this time in one run; 0 sets no limit."),
        new("compactor.shutdown-timeout", "compactor.shutdown_timeout", Duration, "0s",
            "How long running jobs may go on when the process stops."),
        new("compactor.no-blocks-file-cleanup-enabled", "compactor.no_blocks_file_cleanup_enabled", Switch, "false",
            "Delete the other objects of tenants without blocks."),
        new("compactor.downsampler-enabled", "compactor.downsampler_enabled", Switch, "false", "Write downsampled profiles as well."),
        new("compactor.max-opening-blocks-concurrency", "compactor.max_opening_blocks_concurrency", Integer, "16",
            "Blocks opened at once before a compaction.") { Advanced = true, Min = 1 },
        new("compactor.enabled-tenants", "compactor.enabled_tenants", Csv, "",
            "Tenants that are compacted, comma separated; empty is all."),
        new("compactor.disabled-tenants", "compactor.disabled_tenants", Csv, "", "Tenants that are not compacted, comma separated."),
        new("compactor.ring.wait-stability-min-duration", "compactor.sharding_ring.wait_stability_min_duration", Duration, "0s",
            "Shortest wait for the ring to settle at start; 0 does not wait.") { Advanced = true },
        new("compactor.ring.wait-stability-max-duration", "compactor.sharding_ring.wait_stability_max_duration", Duration, "5m",
            "Longest wait for the ring to settle at start.") { Advanced = true },
        new("compactor.ring.wait-active-instance-timeout", "compactor.sharding_ring.wait_active_instance_timeout", Duration, "10m",
            "How long to wait for this compactor to become ACTIVE.") { Advanced = true },
        new("compactor.compaction-jobs-order", "compactor.compaction_jobs_order", Text, "smallest-range-oldest-blocks-first",
            "Order of the jobs.") { Choices = ["smallest-range-oldest-blocks-first", "newest-blocks-first"] },
        new("compactor.compaction-split-by", "compactor.compaction_split_by", Text, "fingerprint",
            "What blocks are split by.") { Choices = ["fingerprint", "stacktracePartition"] },
        .. RingBlock.Of("compactor.ring", "compactor.sharding_ring"),
    ];
}
