using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Pyro.Distributor;

/// <summary>What the distributor counts, under Pyroscope's names.</summary>
internal sealed class DistributorMetrics : IDisposable
{
    private readonly Meter _meter = new("Pyro");
    private readonly Counter<long> _discardedProfiles;
    private readonly Counter<long> _discardedBytes;
    private readonly Counter<long> _profiles;
    private readonly Histogram<long> _compressed;
    private readonly Histogram<long> _decompressed;
    private readonly Histogram<long> _staged;
    private readonly Histogram<long> _samples;
    private readonly Histogram<double> _downstream;

    /// <summary>Registers the instruments.</summary>
    /// <param name="replicationFactor">How many ingesters a profile goes to.</param>
    public DistributorMetrics(int replicationFactor)
    {
        // The name says samples and means profiles, for history's sake.
        _discardedProfiles = _meter.CreateCounter<long>("pyroscope_discarded_samples_total", description: "Profiles that were refused or dropped, by reason.");
        _discardedBytes = _meter.CreateCounter<long>("pyroscope_discarded_bytes_total", description: "Bytes of profiles that were refused or dropped, by reason.");
        _profiles = _meter.CreateCounter<long>("pyroscope_distributor_received_profiles_total", description: "Profiles received.");
        _compressed = _meter.CreateHistogram<long>("pyroscope_distributor_received_compressed_bytes", description: "Size of a profile as it was received, in bytes.");
        _decompressed = _meter.CreateHistogram<long>("pyroscope_distributor_received_decompressed_bytes", description: "Size of a profile when unpacked, in bytes.");
        _staged = _meter.CreateHistogram<long>("pyroscope_distributor_received_decompressed_bytes_total", description: "Size of a profile when unpacked, by stage, in bytes.");
        _samples = _meter.CreateHistogram<long>("pyroscope_distributor_received_samples", description: "Samples of a profile.");
        _downstream = _meter.CreateHistogram<double>("pyroscope_write_path_downstream_request_duration_seconds", description: "Time of an append to an ingester.");
        _meter.CreateObservableGauge("pyroscope_distributor_replication_factor", () => replicationFactor, description: "Ingesters that hold each profile.");
    }

    /// <summary>One profile was refused or dropped.</summary>
    public void Discarded(string tenant, string reason, long bytes)
    {
        var tags = new TagList { { "reason", reason }, { "tenant", tenant } };
        _discardedProfiles.Add(1, tags);
        _discardedBytes.Add(bytes, tags);
    }

    /// <summary>Bytes of a profile at a stage of its way: <c>received</c>, <c>sampled</c>, <c>normalized</c>.</summary>
    public void Stage(string tenant, string stage, long bytes) => _staged.Record(bytes, new TagList { { "tenant", tenant }, { "stage", stage } });

    /// <summary>One profile came in and is within its tenant's rate.</summary>
    public void Received(string tenant, string type, long compressed, long decompressed, int samples)
    {
        var tags = new TagList { { "type", type }, { "tenant", tenant } };
        _profiles.Add(1, tags);
        _compressed.Record(compressed, tags);
        _decompressed.Record(decompressed, tags);
        _samples.Record(samples, tags);
    }

    /// <summary>An ingester answered, or did not.</summary>
    public void Downstream(TimeSpan took, string status) =>
        _downstream.Record(took.TotalSeconds, new TagList { { "route", "ingester" }, { "primary", "true" }, { "status", status } });

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
