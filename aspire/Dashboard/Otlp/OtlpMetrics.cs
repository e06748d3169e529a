using Aspire.Dashboard.Telemetry;
using static Aspire.Dashboard.Otlp.WireReader;

namespace Aspire.Dashboard.Otlp;

/// <summary>Reads ExportMetricsServiceRequest (metrics.proto of OTLP v1.10.0). Nothing is stored when the message is damaged.</summary>
internal static class OtlpMetrics
{
    private const int Delta = 1;

    /// <summary>Stores the points of a request; returns how many were refused.</summary>
    /// <exception cref="OtlpException">The bytes are no such message.</exception>
    public static long Store(ReadOnlySpan<byte> request, TelemetryStore store)
    {
        var batch = new Batch(store);
        var reader = new WireReader(request);
        while (reader.Next())
        {
            if (reader.Tag == (1 << 3 | Length))
                batch.ResourceMetrics(reader.ReadBytes());
            else
                reader.Skip();
        }
        store.Metrics.Add(batch.Samples);
        return batch.Refused;
    }

    private sealed class Batch(TelemetryStore store)
    {
        private readonly MetricPoints _points = new();
        private long _bytes;

        public List<MetricSample> Samples { get; } = [];

        public long Refused { get; private set; }

        public void ResourceMetrics(ReadOnlySpan<byte> bytes)
        {
            var resource = store.Resource(OtlpMessage.Resource(bytes));
            var reader = new WireReader(bytes);
            while (reader.Next())
            {
                if (reader.Tag == (2 << 3 | Length))
                    ScopeMetrics(reader.ReadBytes(), resource);
                else
                    reader.Skip();
            }
        }

        private void ScopeMetrics(ReadOnlySpan<byte> bytes, TelemetryResource resource)
        {
            var meter = OtlpMessage.Scope(bytes);
            var reader = new WireReader(bytes);
            while (reader.Next())
            {
                if (reader.Tag == (2 << 3 | Length))
                    Metric(reader.ReadBytes(), resource, meter);
                else
                    reader.Skip();
            }
        }

        private void Metric(ReadOnlySpan<byte> bytes, TelemetryResource resource, string meter)
        {
            string name = "", description = "", unit = "";
            var form = 0u;
            ReadOnlySpan<byte> data = [];
            var reader = new WireReader(bytes);
            while (reader.Next())
            {
                switch (reader.Tag)
                {
                    case 1 << 3 | Length:
                        name = reader.ReadString(TelemetryLimits.MaxNameBytes);
                        break;
                    case 2 << 3 | Length:
                        description = reader.ReadString(TelemetryLimits.MaxNameBytes);
                        break;
                    case 3 << 3 | Length:
                        unit = reader.ReadString(TelemetryLimits.MaxNameBytes);
                        break;
                    case 5 << 3 | Length or 7 << 3 | Length or 9 << 3 | Length or 10 << 3 | Length or 11 << 3 | Length:
                        form = reader.Tag >> 3;
                        data = reader.ReadBytes();
                        break;
                    default:
                        reader.Skip();
                        break;
                }
            }
            var kind = form switch { 5 => MetricKind.Gauge, 7 => MetricKind.Sum, _ => MetricKind.Histogram };
            var head = new MetricSample(resource, meter, name, unit, description, kind, IsDelta: IsDelta(data, form), [], default);
            _bytes += Weight.Of(head);
            Points(data, form, head);
        }

        /// <summary>Field 2 of sums and histograms is the temporality.</summary>
        private static bool IsDelta(ReadOnlySpan<byte> data, uint form)
        {
            var delta = false;
            var reader = new WireReader(data);
            while (reader.Next())
            {
                if (reader.Tag == (2 << 3 | Varint) && form is 7 or 9 or 10)
                    delta = reader.ReadVarint() == Delta;
                else
                    reader.Skip();
            }
            return delta;
        }

        private void Points(ReadOnlySpan<byte> data, uint form, MetricSample head)
        {
            var reader = new WireReader(data);
            while (reader.Next())
            {
                if (reader.Tag == (1 << 3 | Length) && head.Name.Length > 0 && Samples.Count < store.Limits.MaxPoints && _bytes < store.Limits.MaxBatchBytes)
                {
                    var (attributes, point) = _points.Read(reader.ReadBytes(), form);
                    _bytes += 200 + Weight.Of(attributes);
                    Samples.Add(head with { Attributes = attributes, Point = point });
                    continue;
                }
                Refused += reader.Tag == (1 << 3 | Length) ? 1 : 0;
                reader.Skip();
            }
        }
    }
}
