using Aspire.Dashboard.Telemetry;
using static Aspire.Dashboard.Otlp.WireReader;

namespace Aspire.Dashboard.Otlp;

/// <summary>Reads ExportLogsServiceRequest (logs.proto of OTLP v1.10.0). Nothing is stored when the message is damaged.</summary>
internal static class OtlpLogs
{
    /// <summary>Stores the records of a request; returns how many were refused.</summary>
    /// <exception cref="OtlpException">The bytes are no such message.</exception>
    public static long Store(ReadOnlySpan<byte> request, TelemetryStore store)
    {
        var batch = new Batch(store);
        var reader = new WireReader(request);
        while (reader.Next())
        {
            if (reader.Tag == (1 << 3 | Length))
                batch.ResourceLogs(reader.ReadBytes());
            else
                reader.Skip();
        }
        store.Logs.Add(batch.Logs);
        return batch.Refused;
    }

    private sealed class Batch(TelemetryStore store)
    {
        private readonly List<TelemetryAttribute> _attributes = [];
        private long _bytes;

        public List<LogEntry> Logs { get; } = [];

        public long Refused { get; private set; }

        public void ResourceLogs(ReadOnlySpan<byte> bytes)
        {
            var resource = store.Resource(OtlpMessage.Resource(bytes));
            var reader = new WireReader(bytes);
            while (reader.Next())
            {
                if (reader.Tag == (2 << 3 | Length))
                    ScopeLogs(reader.ReadBytes(), resource);
                else
                    reader.Skip();
            }
        }

        private void ScopeLogs(ReadOnlySpan<byte> bytes, TelemetryResource resource)
        {
            var scope = OtlpMessage.Scope(bytes);
            var reader = new WireReader(bytes);
            while (reader.Next())
            {
                if (reader.Tag == (2 << 3 | Length) && Logs.Count < store.Limits.MaxLogs && _bytes < store.Limits.MaxBatchBytes)
                {
                    var log = LogRecord(reader.ReadBytes(), resource, scope);
                    _bytes += Weight.Of(log);
                    Logs.Add(log);
                    continue;
                }
                Refused += reader.Tag == (2 << 3 | Length) ? 1 : 0;
                reader.Skip();
            }
        }

        private LogEntry LogRecord(ReadOnlySpan<byte> bytes, TelemetryResource resource, string scope)
        {
            ulong time = 0, observed = 0, span = 0;
            var trace = UInt128.Zero;
            var severity = 0;
            string message = "", name = "";
            var reader = new WireReader(bytes);
            while (reader.Next())
            {
                switch (reader.Tag)
                {
                    case 1 << 3 | Fixed64:
                        time = reader.ReadFixed64();
                        break;
                    case 11 << 3 | Fixed64:
                        observed = reader.ReadFixed64();
                        break;
                    case 2 << 3 | Varint:
                        severity = (int)Math.Min(reader.ReadVarint(), 24);
                        break;
                    case 5 << 3 | Length:
                        message = OtlpValues.Value(reader.ReadBytes());
                        break;
                    case 6 << 3 | Length:
                        OtlpValues.Attribute(reader.ReadBytes(), _attributes);
                        break;
                    case 9 << 3 | Length:
                        trace = OtlpValues.TraceId(reader.ReadBytes());
                        break;
                    case 10 << 3 | Length:
                        span = OtlpValues.SpanId(reader.ReadBytes());
                        break;
                    case 12 << 3 | Length:
                        name = reader.ReadString(TelemetryLimits.MaxNameBytes);
                        break;
                    default:
                        reader.Skip();
                        break;
                }
            }
            return new LogEntry
            {
                Resource = resource,
                Scope = scope,
                TimeNanos = OtlpValues.Nanos(time != 0 ? time : observed),
                Severity = severity,
                EventName = name,
                Message = message,
                Attributes = OtlpValues.Gathered(_attributes),
                TraceId = trace,
                SpanId = span,
            };
        }
    }
}
