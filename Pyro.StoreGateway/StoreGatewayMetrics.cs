using System.Diagnostics.Metrics;
using Pyro.Blocks.Files;

namespace Pyro.StoreGateway;

/// <summary>What a store-gateway tells of itself.</summary>
public sealed class StoreGatewayMetrics : IDisposable
{
    private readonly Meter _meter = new("Pyro");

    /// <summary>Tells of blocks and of the cache.</summary>
    public StoreGatewayMetrics(ServedBlocks blocks, PageCache pages, BucketSync sync)
    {
        _meter.CreateObservableGauge("pyroscope_bucket_store_blocks_loaded", () => blocks.Count, description: "Blocks of the bucket that are known.");
        _meter.CreateObservableGauge(
            "pyroscope_bucket_stores_blocks_last_successful_sync_timestamp_seconds",
            () => sync.LastSync?.ToUnixTimeSeconds() ?? 0,
            description: "When all tenants were looked at last, as a Unix time.");
        _meter.CreateObservableGauge(
            "pyroscope_bucket_stores_tenants_discovered", () => sync.Tenants, description: "Tenants that the last look at the bucket found.");
        _meter.CreateObservableGauge(
            "pyroscope_bucket_stores_tenants_synced", () => sync.TenantsSynced, description: "Tenants of them whose blocks it took in.");
        _meter.CreateObservableCounter(
            "pyroscope_storegateway_bucket_sync_total",
            () => new[] { Of("initial", sync.LastSync is null ? 0 : 1), Of("periodic", sync.Periodic) },
            description: "Whole looks at the bucket, by reason.");
        _meter.CreateObservableGauge("pyro_block_page_cache_bytes", () => pages.Bytes, description: "Bytes of blocks that are kept in memory.");
        _meter.CreateObservableCounter("pyro_block_page_cache_hits_total", () => pages.Hits, description: "Pages of blocks that were in memory already.");
        _meter.CreateObservableCounter("pyro_block_page_cache_misses_total", () => pages.Misses, description: "Pages of blocks that were read.");
    }

    private static Measurement<long> Of(string reason, long count) => new(count, new KeyValuePair<string, object?>("reason", reason));

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
