using Aspire.Dashboard.Components;
using Aspire.Dashboard.Otlp;
using Aspire.Dashboard.Resources;
using Aspire.Dashboard.Telemetry;
using Google.Protobuf;
using Microsoft.Extensions.Time.Testing;
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

    [Fact]
    public void A_noisy_sender_loses_its_own_logs_only()
    {
        var store = new TelemetryStore(new TelemetryLimits(MaxLogs: 100, MaxBytes: 1 << 20));
        OtlpLogs.Store(OtlpMessages.Logs("quiet", 10).ToByteArray(), store);
        for (var i = 0; i < 50; i++)
            OtlpLogs.Store(OtlpMessages.Logs("noisy", 100, first: i * 100).ToByteArray(), store);
        Assert.Equal((10, 90), (store.Logs.Find(new LogQuery("quiet")).Count, store.Logs.Find(new LogQuery("noisy")).Count));
        Assert.Equal((0L, 4910L), (store.Logs.Dropped("quiet"), store.Logs.Dropped("noisy")));
        Assert.Equal("order 4999 placed", store.Logs.Find(new LogQuery())[^1].Message);

        var large = OtlpMessages.Logs("noisy", 60);
        foreach (var record in large.ResourceLogs[0].ScopeLogs[0].LogRecords)
            record.Body.StringValue = new string('x', 8000);
        for (var i = 0; i < 20; i++)
            OtlpLogs.Store(large.ToByteArray(), store);
        Assert.InRange(store.Logs.Bytes, 0, 1 << 20);
        Assert.Equal(10, store.Logs.Find(new LogQuery("quiet")).Count);
    }

    [Fact]
    public void A_noisy_sender_loses_its_own_spans_only_even_in_the_traces_of_others()
    {
        var store = new TelemetryStore(new TelemetryLimits(MaxTraces: 20, MaxBytes: 100_000));
        OtlpTraces.Store(OtlpMessages.Traces().ToByteArray(), store);
        for (var i = 1; i <= 500; i++)
            Send(store, "noisy", OtlpMessages.Span(i % 2 == 0 ? OtlpMessages.Trace : OtlpMessages.Hex(i.ToString("x32")), i.ToString("x16"), "", "noise", 0, 1));
        var trace = Assert.Single(store.Traces.Find("ingester", "", onlyErrors: false));
        Assert.Contains(new("gateway", 1), trace.Resources);
        Assert.InRange(store.Traces.Bytes, 0, 100_000);
    }

    [Fact]
    public void A_noisy_sender_loses_its_own_series_only()
    {
        var store = new TelemetryStore(new TelemetryLimits(MaxPoints: 20));
        OtlpMetrics.Store(OtlpMessages.Metrics("quiet").ToByteArray(), store);
        var sum = new Sum();
        for (var i = 0; i < 20; i++)
            sum.DataPoints.Add(OtlpMessages.Number("c" + i, 1));
        for (var i = 0; i < 10; i++)
        {
            var scope = new ScopeMetrics { Metrics = { new Metric { Name = "m" + i, Sum = sum } } };
            OtlpMetrics.Store(new ExportMetricsServiceRequest { ResourceMetrics = { new ResourceMetrics { Resource = OtlpMessages.Resource("noisy"), ScopeMetrics = { scope } } } }.ToByteArray(), store);
        }
        Assert.Equal(6, store.Metrics.Instruments("quiet").Sum(instrument => instrument.Series));
        Assert.Equal(20, store.Metrics.Count);
    }

    [Fact]
    public void Names_that_a_sender_invents_push_out_nobody_of_the_graph()
    {
        var store = new TelemetryStore(new TelemetryLimits(MaxLogs: 200), isKnown: name => name is "late");
        for (var i = 0; i < 2000; i++)
            OtlpLogs.Store(OtlpMessages.Logs("name" + i, 1).ToByteArray(), store);
        OtlpLogs.Store(OtlpMessages.Logs("late", 20).ToByteArray(), store);
        for (var i = 0; i < 2000; i++)
            OtlpLogs.Store(OtlpMessages.Logs("again" + i, 1).ToByteArray(), store);
        Assert.Equal((200, 20), (store.Logs.Count, store.Logs.Find(new LogQuery("late")).Count));
    }

    [Fact]
    public void Attributes_of_senders_are_bounded_however_many_there_are()
    {
        var store = new TelemetryStore();
        for (var i = 0; i < 3000; i++)
        {
            var request = OtlpMessages.Logs("shop", 1);
            request.ResourceLogs[0].Resource = OtlpMessages.Resource("shop", "instance " + i);
            for (var j = 0; j < 100; j++)
                request.ResourceLogs[0].Resource.Attributes.Add(OtlpMessages.Text("a" + j, new string('x', 500)));
            OtlpLogs.Store(request.ToByteArray(), store);
        }
        var senders = store.Logs.Find(new LogQuery("shop")).Select(log => log.Resource).Distinct().ToList();
        Assert.Equal(3000, senders.Count);
        Assert.InRange(senders.Sum(sender => Weight.Of(sender.Attributes)), 1 << 20, 5 << 20);
    }

    [Fact]
    public void Times_that_cannot_be_neither_lead_the_list_nor_stretch_a_trace()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddSeconds(1_772_600_800));
        var store = new TelemetryStore(clock: clock);
        var future = OtlpMessages.Span(OtlpMessages.Hex(new string('1', 32)), "0000000000000001", "", "of 2500", 0, 1);
        (future.StartTimeUnixNano, future.EndTimeUnixNano) = (16_725_225_600 * OtlpMessages.Second, 16_725_225_601 * OtlpMessages.Second);
        Send(store, "shop", future);
        Send(store, "shop", OtlpMessages.Span(OtlpMessages.Hex(new string('2', 32)), "0000000000000002", "", "backwards", 5, 1));
        var old = OtlpMessages.Span(OtlpMessages.Trace, "0000000000000003", "", "of 1970", 0, 0);
        (old.StartTimeUnixNano, old.EndTimeUnixNano) = (1, 2);
        Send(store, "shop", old, OtlpMessages.Span(OtlpMessages.Trace, "0000000000000004", "0000000000000003", "of now", 0, 1_000));
        Assert.Equal(
            [("of 1970", true, 1_000L), ("backwards", true, 0L), ("of 2500", true, future.EndTimeUnixNano > long.MaxValue ? 0 : (long)OtlpMessages.Second)],
            store.Traces.Find(null, "", onlyErrors: false).Select(trace => (trace.Name, trace.HasOddTimes, trace.DurationNanos)));
    }

    [Fact]
    public void A_time_of_another_day_is_shown_with_its_date()
    {
        Assert.StartsWith("1970-01-0", Show.Time(1), StringComparison.Ordinal);
        Assert.Matches(@"^\d\d:\d\d:\d\d\.\d\d\d$", Show.Time(DateTimeOffset.Now));
    }

    [Theory]
    [InlineData("REDIS_PASSWORD", "x", true)]
    [InlineData("ApiKey", "x", true)]
    [InlineData("ConnectionStrings__minio", "Endpoint=http://localhost;AccessKey=a;SecretKey=b", true)]
    [InlineData("ConnectionStrings__redis", "localhost:6379,password=x", true)]
    [InlineData("DATABASE_URL", "postgres://me:word@db/shop", true)]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "x-otlp-api-key=5", true)]
    [InlineData("ASPNETCORE_URLS", "http://localhost:4040;http://[::1]:4040", false)]
    [InlineData("ConnectionStrings__redis", "localhost:6379", false)]
    [InlineData("services__query__http__0", "http://localhost:5000", false)]
    [InlineData("TOKEN", "", false)]
    public void Only_what_may_be_a_secret_is_masked(string name, string value, bool masked) => Assert.Equal(masked, Secrets.MayHold(name, value));

    private static void Send(TelemetryStore store, string resource, params Span[] spans)
    {
        var scope = new ScopeSpans { Spans = { spans } };
        var request = new ExportTraceServiceRequest { ResourceSpans = { new ResourceSpans { Resource = OtlpMessages.Resource(resource), ScopeSpans = { scope } } } };
        OtlpTraces.Store(request.ToByteArray(), store);
    }
}
