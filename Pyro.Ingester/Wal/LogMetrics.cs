using System.Diagnostics.Metrics;

namespace Pyro.Ingester.Wal;

/// <summary>The figures of the log. Pyroscope has none, so the names are ours.</summary>
internal sealed class LogMetrics : IDisposable
{
    private readonly Meter _meter = new("Pyro");

    public LogMetrics(Func<(int Count, long Bytes)> segments, Func<long> queuedBytes)
    {
        Records = _meter.CreateCounter<long>("pyro_ingester_log_records_total", description: "Records written to the log and synced.");
        Bytes = _meter.CreateCounter<long>("pyro_ingester_log_bytes_total", description: "Bytes written to the log and synced.");
        SyncDuration = _meter.CreateHistogram<double>("pyro_ingester_log_sync_duration_seconds", description: "Time of one write and sync.");
        WriteFailures = _meter.CreateCounter<long>("pyro_ingester_log_write_failures_total", description: "Writes or syncs that failed; each ends a segment.");
        Rejected = _meter.CreateCounter<long>("pyro_ingester_log_rejected_total", description: "Appends refused because too much waited for the disk, or because it was full.");
        ReplayedRecords = _meter.CreateCounter<long>("pyro_ingester_log_replayed_records_total", description: "Records read back at start.");
        DamagedBytes = _meter.CreateCounter<long>("pyro_ingester_log_damaged_bytes_total", description: "Bytes of the log that could not be read back.");
        MissingSegments = _meter.CreateCounter<long>("pyro_ingester_log_missing_segments_total", description: "Segments that later ones build on and that are not there.");
        _meter.CreateObservableGauge("pyro_ingester_log_segments", () => segments().Count, description: "Closed segments on disk.");
        _meter.CreateObservableGauge("pyro_ingester_log_size_bytes", () => segments().Bytes, description: "Bytes of closed segments on disk.");
        _meter.CreateObservableGauge("pyro_ingester_log_queued_bytes", queuedBytes, description: "Bytes that wait for the disk.");
    }

    public Counter<long> Records { get; }

    public Counter<long> Bytes { get; }

    public Histogram<double> SyncDuration { get; }

    public Counter<long> WriteFailures { get; }

    public Counter<long> Rejected { get; }

    public Counter<long> ReplayedRecords { get; }

    public Counter<long> DamagedBytes { get; }

    public Counter<long> MissingSegments { get; }

    public void Dispose() => _meter.Dispose();
}
