using Aspire.Dashboard.Telemetry;
using static Aspire.Dashboard.Otlp.WireReader;

namespace Aspire.Dashboard.Otlp;

/// <summary>Reads ExportTraceServiceRequest (trace.proto of OTLP v1.10.0). Nothing is stored when the message is damaged.</summary>
internal static class OtlpTraces
{
    private const double NanosPerDay = 86_400e9;

    /// <summary>Stores the spans of a request; returns how many were refused.</summary>
    /// <exception cref="OtlpException">The bytes are no such message.</exception>
    public static long Store(ReadOnlySpan<byte> request, TelemetryStore store)
    {
        var batch = new Batch(store);
        var reader = new WireReader(request);
        while (reader.Next())
        {
            if (reader.Tag == (1 << 3 | Length))
                batch.ResourceSpans(reader.ReadBytes());
            else
                reader.Skip();
        }
        return batch.Refused + store.Traces.Add(batch.Spans);
    }

    private sealed class Batch(TelemetryStore store)
    {
        private readonly List<TelemetryAttribute> _attributes = [], _inner = [];
        private readonly List<SpanEvent> _events = [], _links = [];
        private long _bytes;

        public List<SpanEntry> Spans { get; } = [];

        public long Refused { get; private set; }

        public void ResourceSpans(ReadOnlySpan<byte> bytes)
        {
            var resource = store.Resource(OtlpMessage.Resource(bytes));
            var reader = new WireReader(bytes);
            while (reader.Next())
            {
                if (reader.Tag == (2 << 3 | Length))
                    ScopeSpans(reader.ReadBytes(), resource);
                else
                    reader.Skip();
            }
        }

        private void ScopeSpans(ReadOnlySpan<byte> bytes, TelemetryResource resource)
        {
            var scope = OtlpMessage.Scope(bytes);
            var reader = new WireReader(bytes);
            while (reader.Next())
            {
                if (reader.Tag == (2 << 3 | Length) && Spans.Count < store.Limits.MaxSpansPerTrace && _bytes < store.Limits.MaxBatchBytes)
                {
                    Span(reader.ReadBytes(), resource, scope);
                    continue;
                }
                Refused += reader.Tag == (2 << 3 | Length) ? 1 : 0;
                reader.Skip();
            }
        }

        private void Span(ReadOnlySpan<byte> bytes, TelemetryResource resource, string scope)
        {
            var trace = UInt128.Zero;
            ulong id = 0, parent = 0, start = 0, end = 0;
            int kind = 0, status = 0;
            string name = "", message = "";
            var reader = new WireReader(bytes);
            while (reader.Next())
            {
                switch (reader.Tag)
                {
                    case 1 << 3 | Length:
                        trace = OtlpValues.TraceId(reader.ReadBytes());
                        break;
                    case 2 << 3 | Length:
                        id = OtlpValues.SpanId(reader.ReadBytes());
                        break;
                    case 4 << 3 | Length:
                        parent = OtlpValues.SpanId(reader.ReadBytes());
                        break;
                    case 5 << 3 | Length:
                        name = reader.ReadString(TelemetryLimits.MaxNameBytes);
                        break;
                    case 6 << 3 | Varint:
                        kind = (int)Math.Min(reader.ReadVarint(), 6);
                        break;
                    case 7 << 3 | Fixed64:
                        start = reader.ReadFixed64();
                        break;
                    case 8 << 3 | Fixed64:
                        end = reader.ReadFixed64();
                        break;
                    case 9 << 3 | Length:
                        OtlpValues.Attribute(reader.ReadBytes(), _attributes);
                        break;
                    case 11 << 3 | Length:
                        Event(reader.ReadBytes());
                        break;
                    case 13 << 3 | Length:
                        Link(reader.ReadBytes());
                        break;
                    case 15 << 3 | Length:
                        (status, message) = Status(reader.ReadBytes());
                        break;
                    default:
                        reader.Skip();
                        break;
                }
            }

            var span = new SpanEntry
            {
                Resource = resource,
                Scope = scope,
                TraceId = trace,
                SpanId = id,
                ParentId = parent,
                Name = name,
                Kind = kind,
                StartNanos = OtlpValues.Nanos(start),
                EndNanos = OtlpValues.Nanos(Math.Max(start, end)),
                HasOddTimes = end < start || Math.Abs((double)start - store.Now) > NanosPerDay,
                Status = status,
                StatusMessage = message,
                Attributes = OtlpValues.Gathered(_attributes),
                Events = Gathered(_events),
                Links = Gathered(_links),
            };
            _bytes += Weight.Of(span);
            // Without its two ids a span belongs nowhere.
            if (trace == UInt128.Zero || id == 0)
                Refused++;
            else
                Spans.Add(span);
        }

        private void Event(ReadOnlySpan<byte> bytes)
        {
            if (_events.Count >= TelemetryLimits.MaxEvents)
                return;
            ulong time = 0;
            var name = "";
            var reader = new WireReader(bytes);
            while (reader.Next())
            {
                switch (reader.Tag)
                {
                    case 1 << 3 | Fixed64:
                        time = reader.ReadFixed64();
                        break;
                    case 2 << 3 | Length:
                        name = reader.ReadString(TelemetryLimits.MaxNameBytes);
                        break;
                    case 3 << 3 | Length:
                        OtlpValues.Attribute(reader.ReadBytes(), _inner);
                        break;
                    default:
                        reader.Skip();
                        break;
                }
            }
            _events.Add(new SpanEvent(name, OtlpValues.Nanos(time), OtlpValues.Gathered(_inner), UInt128.Zero));
        }

        private void Link(ReadOnlySpan<byte> bytes)
        {
            if (_links.Count >= TelemetryLimits.MaxEvents)
                return;
            var trace = UInt128.Zero;
            ulong span = 0;
            var reader = new WireReader(bytes);
            while (reader.Next())
            {
                switch (reader.Tag)
                {
                    case 1 << 3 | Length:
                        trace = OtlpValues.TraceId(reader.ReadBytes());
                        break;
                    case 2 << 3 | Length:
                        span = OtlpValues.SpanId(reader.ReadBytes());
                        break;
                    case 4 << 3 | Length:
                        OtlpValues.Attribute(reader.ReadBytes(), _inner);
                        break;
                    default:
                        reader.Skip();
                        break;
                }
            }
            _links.Add(new SpanEvent(span.ToString("x16"), 0, OtlpValues.Gathered(_inner), trace));
        }

        private static (int Status, string Message) Status(ReadOnlySpan<byte> bytes)
        {
            var status = 0;
            var message = "";
            var reader = new WireReader(bytes);
            while (reader.Next())
            {
                switch (reader.Tag)
                {
                    case 2 << 3 | Length:
                        message = reader.ReadString(TelemetryLimits.MaxValueBytes);
                        break;
                    case 3 << 3 | Varint:
                        status = (int)Math.Min(reader.ReadVarint(), 3);
                        break;
                    default:
                        reader.Skip();
                        break;
                }
            }
            return (status, message);
        }

        private static SpanEvent[] Gathered(List<SpanEvent> events)
        {
            if (events.Count == 0)
                return [];
            var array = events.ToArray();
            events.Clear();
            return array;
        }
    }
}
