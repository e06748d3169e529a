using System.Globalization;
using Google.Protobuf;
using Pyro.Tests.Unit.Dashboard.Wire;

namespace Pyro.Tests.Unit.Dashboard;

/// <summary>Telemetry of a small shop, by generated messages: the dashboard's own reader is held against them.</summary>
internal static class OtlpMessages
{
    public const ulong Second = 1_000_000_000;
    public static readonly ulong Start = 1_772_600_767 * Second;
    public static readonly ByteString Trace = Hex("0123456789abcdef0123456789abcdef");

    public static ByteString Hex(string digits) => ByteString.CopyFrom(Convert.FromHexString(digits));

    public static KeyValue Text(string key, string value) => new() { Key = key, Value = new AnyValue { StringValue = value } };

    public static Resource Resource(string name, string instance = "one") => new() { Attributes = { Text("service.name", name), Text("service.instance.id", instance) } };

    public static LogRecord Log(int number) => new()
    {
        TimeUnixNano = Start + ((ulong)number * Second),
        SeverityNumber = number % 5 == 0 ? 17 : 9,
        Body = new AnyValue { StringValue = "order " + number.ToString(CultureInfo.InvariantCulture) + " placed" },
        Attributes = { Text("order.id", number.ToString(CultureInfo.InvariantCulture)), new KeyValue { Key = "items", Value = new AnyValue { IntValue = 3 } } },
        TraceId = Trace,
        SpanId = Hex("00000000000000a1"),
        EventName = "OrderPlaced",
    };

    public static ExportLogsServiceRequest Logs(string resource, int count, int first = 1)
    {
        var scope = new ScopeLogs { Scope = new Scope { Name = "Shop.Orders" } };
        for (var i = 0; i < count; i++)
            scope.LogRecords.Add(Log(first + i));
        return new ExportLogsServiceRequest { ResourceLogs = { new ResourceLogs { Resource = Resource(resource), ScopeLogs = { scope } } } };
    }

    public static Span Span(ByteString trace, string id, string parent, string name, ulong start, ulong end, int status = 0) => new()
    {
        TraceId = trace,
        SpanId = Hex(id),
        ParentSpanId = parent.Length == 0 ? ByteString.Empty : Hex(parent),
        Name = name,
        Kind = parent.Length == 0 ? 2 : 3,
        StartTimeUnixNano = Start + start,
        EndTimeUnixNano = Start + end,
        Attributes = { Text("http.route", "/orders/{id}") },
        Status = new Span.Types.Status { Code = status, Message = status == 2 ? "no stock" : "" },
    };

    public static ExportTraceServiceRequest Traces()
    {
        var failed = Span(Trace, "00000000000000b2", "00000000000000a1", "reserve stock", 2_000_000, 5_500_000, 2);
        failed.Events.Add(new Span.Types.Event { Name = "exception", TimeUnixNano = Start + 5_000_000, Attributes = { Text("exception.type", "OutOfStock") } });
        failed.Links.Add(new Span.Types.Link { TraceId = Hex("ffffffffffffffffffffffffffffffff"), SpanId = Hex("00000000000000c3") });
        return new ExportTraceServiceRequest
        {
            ResourceSpans =
            {
                new ResourceSpans { Resource = Resource("gateway"), ScopeSpans = { new ScopeSpans { Scope = new Scope { Name = "Web" }, Spans = { Span(Trace, "00000000000000a1", "", "POST /orders", 0, 8_000_000) } } } },
                new ResourceSpans { Resource = Resource("ingester"), ScopeSpans = { new ScopeSpans { Scope = new Scope { Name = "Stock" }, Spans = { failed } } } },
            },
        };
    }

    public static ExportMetricsServiceRequest Metrics(string resource = "gateway")
    {
        var scope = new ScopeMetrics { Scope = new Scope { Name = "Shop" } };
        scope.Metrics.Add(new Metric { Name = "orders", Unit = "{order}", Description = "Orders placed", Sum = new Sum { AggregationTemporality = 2, IsMonotonic = true, DataPoints = { Number("EUR", 42), Number("USD", 7) } } });
        scope.Metrics.Add(new Metric { Name = "queue", Gauge = new Gauge { DataPoints = { new NumberDataPoint { TimeUnixNano = Start, AsDouble = 2.5 } } } });
        scope.Metrics.Add(new Metric { Name = "duration", Unit = "s", Histogram = new Histogram { AggregationTemporality = 2, DataPoints = { Histogram() } } });
        scope.Metrics.Add(new Metric { Name = "sizes", ExponentialHistogram = new ExponentialHistogram { DataPoints = { Exponential() } } });
        scope.Metrics.Add(new Metric { Name = "pauses", Summary = new Summary { DataPoints = { Summary() } } });
        return new ExportMetricsServiceRequest { ResourceMetrics = { new ResourceMetrics { Resource = Resource(resource), ScopeMetrics = { scope } } } };
    }

    public static NumberDataPoint Number(string currency, long value) => new() { TimeUnixNano = Start, AsInt = value, Attributes = { Text("currency", currency) } };

    private static HistogramDataPoint Histogram() => new() { TimeUnixNano = Start, Count = 100, Sum = 12.5, BucketCounts = { 50, 40, 10, 0 }, ExplicitBounds = { 0.1, 0.2, 0.4 } };

    private static ExponentialHistogramDataPoint Exponential() => new()
    {
        TimeUnixNano = Start,
        Count = 10,
        Sum = 30,
        Scale = 0,
        ZeroCount = 2,
        Positive = new ExponentialHistogramDataPoint.Types.Buckets { Offset = 0, BucketCounts = { 4, 4 } },
    };

    private static SummaryDataPoint Summary() => new()
    {
        TimeUnixNano = Start,
        Count = 5,
        Sum = 9,
        QuantileValues = { new SummaryDataPoint.Types.ValueAtQuantile { Quantile = 0.5, Value = 1.5 }, new SummaryDataPoint.Types.ValueAtQuantile { Quantile = 0.99, Value = 4 } },
    };
}
