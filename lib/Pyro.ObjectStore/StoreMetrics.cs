using System.Diagnostics.Metrics;

namespace Pyro.ObjectStore;

/// <summary>The figures of a bucket, with the names and labels of Pyroscope; those that begin with <c>pyro_</c> are ours.</summary>
internal sealed class StoreMetrics : IDisposable
{
    private readonly Meter _meter = new("Pyro");
    private readonly string _bucket;
    private readonly Counter<long> _operations, _failures, _retries, _fetched, _sent;
    private readonly Histogram<double> _duration;
    private double _lastUpload;

    public StoreMetrics(string bucket)
    {
        _bucket = bucket;
        _operations = _meter.CreateCounter<long>("pyroscope_objstore_bucket_operations_total", description: "Operations on the bucket.");
        _failures = _meter.CreateCounter<long>("pyroscope_objstore_bucket_operation_failures_total", description: "Operations that failed, except for objects that are not there or already there.");
        _duration = _meter.CreateHistogram<double>("pyroscope_objstore_bucket_operation_duration_seconds", description: "Time of an operation, its retries included.");
        _retries = _meter.CreateCounter<long>("pyro_objstore_bucket_operation_retries_total", description: "Attempts after the first.");
        _fetched = _meter.CreateCounter<long>("pyroscope_objstore_bucket_operation_fetched_bytes_total", description: "Bytes read from the bucket.");
        _sent = _meter.CreateCounter<long>("pyro_objstore_bucket_operation_sent_bytes_total", description: "Bytes of objects put.");
        _meter.CreateObservableGauge("pyroscope_objstore_bucket_last_successful_upload_time", () => new Measurement<double>(
            Volatile.Read(ref _lastUpload), new KeyValuePair<string, object?>("bucket", _bucket)), description: "When an object was last put, in seconds since 1970.");
    }

    /// <summary>Name of an operation in labels.</summary>
    public static string NameOf(StoreOperation operation) => operation switch
    {
        StoreOperation.Get => "get",
        StoreOperation.GetRange => "get_range",
        StoreOperation.Put => "upload",
        StoreOperation.List => "iter",
        StoreOperation.Delete => "delete",
        _ => "attributes",
    };

    /// <summary>An operation ended.</summary>
    public void Ended(StoreOperation operation, TimeSpan took, bool failed)
    {
        KeyValuePair<string, object?> bucket = new("bucket", _bucket), name = new("operation", NameOf(operation));
        _operations.Add(1, bucket, name);
        _failures.Add(failed ? 1 : 0, bucket, name);
        _duration.Record(took.TotalSeconds, bucket, name);
    }

    /// <summary>An attempt is made again.</summary>
    public void Retried(StoreOperation operation) =>
        _retries.Add(1, new KeyValuePair<string, object?>("bucket", _bucket), new KeyValuePair<string, object?>("operation", NameOf(operation)));

    /// <summary>Bytes came.</summary>
    public void Fetched(StoreOperation operation, int bytes) =>
        _fetched.Add(bytes, new KeyValuePair<string, object?>("bucket", _bucket), new KeyValuePair<string, object?>("operation", NameOf(operation)));

    /// <summary>An object was put.</summary>
    public void Sent(long bytes, DateTimeOffset at)
    {
        Volatile.Write(ref _lastUpload, at.ToUnixTimeMilliseconds() / 1000.0);
        _sent.Add(bytes, new KeyValuePair<string, object?>("bucket", _bucket));
    }

    public void Dispose() => _meter.Dispose();
}
