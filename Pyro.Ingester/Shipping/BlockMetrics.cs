using System.Diagnostics.Metrics;
using Pyro.Ingester.Head;

namespace Pyro.Ingester.Shipping;

/// <summary>Figures of heads, of the blocks made of them, and of their way to the bucket; named as in Pyroscope.</summary>
public sealed class BlockMetrics : IDisposable
{
    private readonly Meter _meter = new("Pyro");
    private readonly Counter<long> _reasons, _flushed, _rows, _syncs, _syncFailures, _uploads, _uploadFailures, _removed;
    private readonly Histogram<double> _duration, _blockDuration;
    private readonly Histogram<long> _size, _tableSize, _series, _samples, _profiles;

    /// <summary>Measures the heads of a store.</summary>
    public BlockMetrics(HeadStore heads)
    {
        _reasons = _meter.CreateCounter<long>("pyroscope_head_flushed_reason_total", description: "Heads that were sealed, by reason.");
        _flushed = _meter.CreateCounter<long>("pyroscope_head_flushed_blocks_total", description: "Flushes of heads, by status.");
        _rows = _meter.CreateCounter<long>("pyroscope_rows_written", description: "Rows written to blocks, by type.");
        _duration = _meter.CreateHistogram<double>("pyroscope_head_flushed_block_duration_seconds", description: "Time of a flush.");
        _blockDuration = _meter.CreateHistogram<double>("pyroscope_head_block_duration_seconds", description: "Time range of a block.");
        _size = _meter.CreateHistogram<long>("pyroscope_head_flushed_block_size_bytes", description: "Bytes of a block.");
        _tableSize = _meter.CreateHistogram<long>("pyroscope_head_flushed_table_size_bytes", description: "Bytes of a file of a block, by name.");
        _series = _meter.CreateHistogram<long>("pyroscope_head_flushed_block_series", description: "Series of a block.");
        _samples = _meter.CreateHistogram<long>("pyroscope_head_flushed_block_samples", description: "Samples of a block.");
        _profiles = _meter.CreateHistogram<long>("pyroscope_head_flushed_block_profiles", description: "Rows of a block.");
        _syncs = _meter.CreateCounter<long>("pyroscope_shipper_dir_syncs_total", description: "Times that local blocks were looked through for some to ship.");
        _syncFailures = _meter.CreateCounter<long>("pyroscope_shipper_dir_sync_failures_total", description: "Passes over the blocks of a tenant that did not ship all of them.");
        _uploads = _meter.CreateCounter<long>("pyroscope_shipper_uploads_total", description: "Blocks that were shipped to the bucket and read back.");
        _uploadFailures = _meter.CreateCounter<long>("pyroscope_shipper_upload_failures_total", description: "Tries to ship a block that failed.");
        _removed = _meter.CreateCounter<long>("pyro_ingester_local_blocks_removed_total", description: "Local blocks that were removed, by reason.");
        _meter.CreateObservableGauge("pyroscope_tsdb_head_series", () => Sum(heads, static v => v.Index.Series.Length), description: "Series in heads.");
        _meter.CreateObservableGauge("pyroscope_head_profiles", () => Sum(heads, static v => v.Rows.Count), description: "Rows in heads.");
        _meter.CreateObservableGauge("pyroscope_head_samples", () => heads.Tenants.Sum(t => heads.Heads(t).Sum(static h => h.Samples)), description: "Samples in heads.");
        _meter.CreateObservableGauge("pyroscope_head_size_bytes", () => Sizes(heads), description: "Bytes of heads, by what they are.");
        CountFamilies("pyroscope_tsdb_head_series_created_total", heads, static f => f.Series, "Series that came into a head, by profile name.");
        CountFamilies("pyroscope_head_profiles_created_total", heads, static f => f.Profiles, "Rows that came into heads, by profile name.");
        CountFamilies("pyroscope_head_received_sample_values_total", heads, static f => f.ReceivedValues, "Values that came with these rows, by profile name.");
        CountFamilies("pyroscope_head_ingested_sample_values_total", heads, static f => f.StoredValues, "Values of them that were stored, by profile name.");
        _meter.CreateObservableGauge("pyro_ingester_heads", () => heads.Tenants.Sum(t => heads.Heads(t).Count), description: "Heads, sealed ones included.");
        _meter.CreateObservableGauge("pyro_ingester_head_bytes", () => heads.Tenants.Sum(t => heads.Heads(t).Sum(static h => h.Bytes)), description: "Bytes of heads.");
        _meter.CreateObservableGauge("pyro_ingester_local_blocks", () => heads.Tenants.Sum(t => heads.Held(t).Blocks.Length), description: "Blocks on the local disk.");
        _meter.CreateObservableGauge("pyro_ingester_local_block_bytes", () => heads.Tenants.Sum(t => heads.Held(t).Blocks.Sum(static b => b.Bytes)), description: "Bytes of blocks on the local disk.");
    }

    /// <summary>Measures what waits for the bucket.</summary>
    public void Watch(Shipper shipper)
    {
        _meter.CreateObservableGauge("pyro_ingester_blocks_to_ship", () => shipper.Backlog.Count, description: "Local blocks that are not in the bucket yet.");
        _meter.CreateObservableGauge("pyro_ingester_blocks_to_ship_bytes", () => shipper.Backlog.Bytes, description: "Bytes of local blocks that are not in the bucket yet.");
    }

    /// <summary>A head was sealed.</summary>
    public void Cut(string reason) => _reasons.Add(1, new KeyValuePair<string, object?>("reason", reason));

    /// <summary>A head became a block.</summary>
    public void Flushed(LocalBlock block, TimeSpan duration)
    {
        _flushed.Add(1, new KeyValuePair<string, object?>("status", "success"));
        _rows.Add(block.Meta.Stats.Profiles, new KeyValuePair<string, object?>("type", "profiles"));
        _duration.Record(duration.TotalSeconds);
        _blockDuration.Record((block.Meta.MaxTime - block.Meta.MinTime) / 1000.0);
        _size.Record(block.Bytes);
        _series.Record(block.Meta.Stats.Series);
        _samples.Record(block.Meta.Stats.Samples);
        _profiles.Record(block.Meta.Stats.Profiles);
        foreach (var file in block.Meta.Files)
        {
            _tableSize.Record(file.Bytes, new KeyValuePair<string, object?>("name", file.RelPath));
        }
    }

    /// <summary>A flush failed.</summary>
    public void FlushFailed() => _flushed.Add(1, new KeyValuePair<string, object?>("status", "failed"));

    /// <summary>The local blocks of all tenants were looked through.</summary>
    public void Looked() => _syncs.Add(1);

    /// <summary>The blocks of a tenant that were to be shipped are shipped, all or not.</summary>
    public void PassEnded(bool all) => _syncFailures.Add(all ? 0 : 1);

    /// <summary>A block is in the bucket.</summary>
    public void Shipped(string tenant) => _uploads.Add(1, new KeyValuePair<string, object?>("tenant", tenant));

    /// <summary>A block could not be shipped.</summary>
    public void ShippingFailed(string tenant) => _uploadFailures.Add(1, new KeyValuePair<string, object?>("tenant", tenant));

    /// <summary>A local block was removed.</summary>
    public void Removed(string reason) => _removed.Add(1, new KeyValuePair<string, object?>("reason", reason));

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private void CountFamilies(string name, HeadStore heads, Func<FamilyCount, long> figure, string description) =>
        _meter.CreateObservableCounter(
            name,
            () => heads.Counts.All.Select(f => new Measurement<long>(figure(f.Value), new KeyValuePair<string, object?>("profile_name", f.Key))),
            description: description);

    private static Measurement<long>[] Sizes(HeadStore heads)
    {
        HeadSizes all = default;
        foreach (var head in heads.Tenants.SelectMany(heads.Heads))
        {
            all += head.Sizes;
        }

        return
        [
            Of("profiles", all.Profiles), Of("stacktraces", all.Stacks), Of("locations", all.Locations), Of("functions", all.Functions),
            Of("mappings", all.Mappings), Of("strings", all.Strings),
        ];

        static Measurement<long> Of(string type, long bytes) => new(bytes, new KeyValuePair<string, object?>("type", type));
    }

    private static long Sum(HeadStore heads, Func<HeadView, long> figure) => heads.Tenants.Sum(t => heads.Heads(t).Sum(h => figure(h.View())));
}
