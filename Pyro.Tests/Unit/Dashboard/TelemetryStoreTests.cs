using Aspire.Dashboard.Otlp;
using Aspire.Dashboard.Telemetry;
using Google.Protobuf;
using Pyro.Tests.Unit.Dashboard.Wire;

namespace Pyro.Tests.Unit.Dashboard;

/// <summary>What is kept, and what goes when there is too much.</summary>
public sealed class TelemetryStoreTests
{
    [Fact]
    public void The_newest_logs_stay_by_number()
    {
        var store = new TelemetryStore(new TelemetryLimits(MaxLogs: 100));
        for (var i = 0; i < 25; i++)
            OtlpLogs.Store(OtlpMessages.Logs("shop", 10, first: i * 10).ToByteArray(), store);
        var logs = store.Logs.Find(new LogQuery());
        Assert.Equal(100, logs.Count);
        Assert.Equal("order 150 placed", logs[0].Message);
        Assert.Equal("order 249 placed", logs[^1].Message);
    }

    [Fact]
    public void The_newest_logs_stay_by_bytes()
    {
        var store = new TelemetryStore(new TelemetryLimits(MaxBytes: 100_000));
        for (var i = 0; i < 100; i++)
        {
            var request = OtlpMessages.Logs("shop", 1, first: i);
            request.ResourceLogs[0].ScopeLogs[0].LogRecords[0].Body.StringValue = new string('x', 5000);
            OtlpLogs.Store(request.ToByteArray(), store);
        }
        Assert.InRange(store.Logs.Count, 5, 10);
        Assert.InRange(store.Logs.Bytes, 0, 100_000);
        Assert.Equal("99", store.Logs.Find(new LogQuery())[^1].Attributes[0].Value);
    }

    [Fact]
    public void Attributes_over_the_limit_are_left_out()
    {
        var store = new TelemetryStore();
        var request = OtlpMessages.Logs("shop", 1);
        for (var i = 0; i < 1000; i++)
            request.ResourceLogs[0].ScopeLogs[0].LogRecords[0].Attributes.Add(OtlpMessages.Text("a" + i, "v"));
        OtlpLogs.Store(request.ToByteArray(), store);
        Assert.Equal(TelemetryLimits.MaxAttributes, store.Logs.Find(new LogQuery()).Single().Attributes.Length);
    }

    [Fact]
    public void Logs_are_found_by_each_filter()
    {
        var store = new TelemetryStore();
        OtlpLogs.Store(OtlpMessages.Logs("shop", 10).ToByteArray(), store);
        OtlpLogs.Store(OtlpMessages.Logs("gateway", 10).ToByteArray(), store);
        Assert.Equal(10, store.Logs.Find(new LogQuery("Shop")).Count);
        Assert.Equal(4, store.Logs.Find(new LogQuery(MinSeverity: 17)).Count);
        Assert.Equal(2, store.Logs.Find(new LogQuery(Text: "ORDER 7")).Count);
        Assert.Equal(2, store.Logs.Find(new LogQuery(Text: "10")).Count);
        Assert.Empty(store.Logs.Find(new LogQuery(TraceId: 1)));
        Assert.Equal(20, store.Logs.Find(new LogQuery(SpanId: 0xa1)).Count);
    }

    [Fact]
    public void The_newest_traces_stay()
    {
        var store = new TelemetryStore(new TelemetryLimits(MaxTraces: 10, MaxSpansPerTrace: 3));
        for (var i = 1; i <= 30; i++)
        {
            var scope = new ScopeSpans();
            for (var span = 1; span <= 5; span++)
                scope.Spans.Add(OtlpMessages.Span(OtlpMessages.Hex(i.ToString("x32")), span.ToString("x16"), span == 1 ? "" : "0000000000000001", "trace " + i, (ulong)i, (ulong)i + 10));
            var request = new ExportTraceServiceRequest { ResourceSpans = { new ResourceSpans { Resource = OtlpMessages.Resource("shop"), ScopeSpans = { scope } } } };
            Assert.Equal(2, OtlpTraces.Store(request.ToByteArray(), store));
        }
        var traces = store.Traces.Find(null, "", onlyErrors: false);
        Assert.Equal(10, traces.Count);
        Assert.Equal("trace 30", traces[0].Name);
        Assert.All(traces, trace => Assert.Equal(3, trace.Spans));
        Assert.Empty(store.Traces.Spans(1));
    }

    [Fact]
    public void Series_that_were_not_heard_of_for_longest_go_first()
    {
        var store = new TelemetryStore(new TelemetryLimits(MaxPoints: 3));
        void Send(params string[] currencies)
        {
            var sum = new Sum { AggregationTemporality = 1 };
            foreach (var currency in currencies)
                sum.DataPoints.Add(OtlpMessages.Number(currency, 2));
            var scope = new ScopeMetrics { Scope = new Scope { Name = "Shop" }, Metrics = { new Metric { Name = "orders", Sum = sum } } };
            OtlpMetrics.Store(new ExportMetricsServiceRequest { ResourceMetrics = { new ResourceMetrics { Resource = OtlpMessages.Resource("shop"), ScopeMetrics = { scope } } } }.ToByteArray(), store);
        }
        Send("EUR", "USD", "SEK");
        Send("EUR");
        Send("NOK");
        var series = store.Metrics.Find(new InstrumentKey("shop", "Shop", "orders"));
        Assert.Equal(["EUR", "NOK", "SEK"], series.Select(one => one.Attributes[0].Value).Order());
        // Delta sums add up.
        Assert.Equal(4, series.Single(one => one.Attributes[0].Value == "EUR").Point.Value);
    }

    [Fact]
    public void Percentiles_come_from_the_buckets()
    {
        var store = new TelemetryStore();
        OtlpMetrics.Store(OtlpMessages.Metrics().ToByteArray(), store);
        MetricPoint Point(string name) => store.Metrics.Find(new InstrumentKey("gateway", "Shop", name)).Single().Point;
        var histogram = Point("duration");
        Assert.Equal((100, 12.5), (histogram.Count, histogram.Value));
        Assert.Equal(0.1, histogram.P50, 9);
        Assert.Equal(0.2, histogram.P90, 9);
        Assert.Equal(0.38, histogram.P99, 9);
        var exponential = Point("sizes");
        Assert.Equal(10, exponential.Count);
        Assert.Equal(1.75, exponential.P50, 9);
        Assert.Equal(3.5, exponential.P90, 9);
        Assert.Equal((1.5, 4), (Point("pauses").P50, Point("pauses").P99));
        Assert.True(double.IsNaN(Point("pauses").P90));
        Assert.Equal(2.5, Point("queue").Value);
    }

    [Fact]
    public void Spans_in_a_circle_and_orphans_are_shown_once()
    {
        var store = new TelemetryStore();
        var scope = new ScopeSpans
        {
            Spans =
            {
                OtlpMessages.Span(OtlpMessages.Trace, "0000000000000001", "0000000000000002", "circle a", 0, 1),
                OtlpMessages.Span(OtlpMessages.Trace, "0000000000000002", "0000000000000001", "circle b", 1, 2),
                OtlpMessages.Span(OtlpMessages.Trace, "0000000000000003", "00000000000000ff", "orphan", 2, 3),
                OtlpMessages.Span(OtlpMessages.Trace, "0000000000000004", "0000000000000003", "child", 3, 4),
                OtlpMessages.Span(OtlpMessages.Trace, "0000000000000005", "0000000000000005", "itself", 4, 5),
            },
        };
        OtlpTraces.Store(new ExportTraceServiceRequest { ResourceSpans = { new ResourceSpans { ScopeSpans = { scope } } } }.ToByteArray(), store);
        var id = store.Traces.Find("unknown", "", false).Single().Id;
        var rows = SpanTree.Rows(store.Traces.Spans(id));
        Assert.Equal(["orphan 0", "child 1", "circle a 0", "circle b 1", "itself 0"], rows.Select(row => $"{row.Span.Name} {row.Depth}"));
    }
}
