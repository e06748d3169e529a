using System.Diagnostics;
using System.IO.Compression;
using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Aspire.Dashboard.Otlp;
using Aspire.Dashboard.Telemetry;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Pyro.Tests.Unit.Dashboard.Wire;

namespace Pyro.Tests.Unit.Dashboard;

/// <summary>Telemetry by the two ways of OTLP, good, bad and hostile.</summary>
public sealed class OtlpReceiverTests
{
    [Fact]
    public async Task All_three_signals_arrive_by_gRPC()
    {
        await using var dashboard = await RunningDashboard.Start();
        using var channel = GrpcChannel.ForAddress(dashboard.Host.OtlpGrpc!);
        var logs = await new LogsService.LogsServiceClient(channel).ExportAsync(OtlpMessages.Logs("gateway", 3));
        await new TraceService.TraceServiceClient(channel).ExportAsync(OtlpMessages.Traces());
        await new MetricsService.MetricsServiceClient(channel).ExportAsync(OtlpMessages.Metrics());

        Assert.Null(logs.PartialSuccess);
        var log = dashboard.Host.Telemetry.Logs.Find(new LogQuery("gateway"))[1];
        Assert.Equal(("Shop.Orders", "order 2 placed", 9, "OrderPlaced"), (log.Scope, log.Message, log.Severity, log.EventName));
        Assert.Equal([new("order.id", "2"), new("items", "3")], log.Attributes);
        Assert.Equal((long)(OtlpMessages.Start + (2 * OtlpMessages.Second)), log.TimeNanos);
        Assert.Equal("0123456789abcdef0123456789abcdef", log.TraceId.ToString("x32"));

        var trace = Assert.Single(dashboard.Host.Telemetry.Traces.Find("ingester", "reserve", onlyErrors: true));
        Assert.Equal(("POST /orders", 2, 1, 8_000_000), (trace.Name, trace.Spans, trace.Errors, trace.DurationNanos));
        var span = dashboard.Host.Telemetry.Traces.Spans(trace.Id)[1];
        Assert.Equal(("no stock", "exception"), (span.StatusMessage, span.Events.Single().Name));
        Assert.Equal("00000000000000c3", span.Links.Single().Name);

        Assert.Equal(["duration", "orders", "pauses", "queue", "sizes"], dashboard.Host.Telemetry.Metrics.Instruments("gateway").Select(instrument => instrument.Key.Name));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task All_three_signals_arrive_by_HTTP(bool gzip)
    {
        await using var dashboard = await RunningDashboard.Start();
        foreach (var (path, message) in new (string, IMessage)[] { ("v1/logs", OtlpMessages.Logs("shop", 2)), ("v1/traces", OtlpMessages.Traces()), ("v1/metrics", OtlpMessages.Metrics("shop")) })
        {
            using var answer = await Post(dashboard, path, message.ToByteArray(), gzip);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal("application/x-protobuf", answer.Content.Headers.ContentType!.MediaType);
            Assert.Empty(await answer.Content.ReadAsByteArrayAsync());
        }
        var telemetry = dashboard.Host.Telemetry;
        Assert.Equal((2, 1, 6), (telemetry.Logs.Count, telemetry.Traces.Count, telemetry.Metrics.Count));
        Assert.Equal(["gateway", "ingester", "shop"], telemetry.ResourceNames());
    }

    [Fact]
    public async Task Without_the_key_nothing_is_taken()
    {
        await using var dashboard = await RunningDashboard.Start(key: "secret");
        using var refused = await Post(dashboard, "v1/logs", OtlpMessages.Logs("shop", 1).ToByteArray(), gzip: false);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        using var channel = GrpcChannel.ForAddress(dashboard.Host.OtlpGrpc!);
        var client = new LogsService.LogsServiceClient(channel);
        var e = await Assert.ThrowsAsync<RpcException>(async () => await client.ExportAsync(OtlpMessages.Logs("shop", 1), new Metadata { { "x-otlp-api-key", "other" } }));
        Assert.Equal(StatusCode.Unauthenticated, e.StatusCode);
        Assert.Equal(0, dashboard.Host.Telemetry.Logs.Count);
        await client.ExportAsync(OtlpMessages.Logs("shop", 1), new Metadata { { "x-otlp-api-key", "secret" } });
        Assert.Equal(1, dashboard.Host.Telemetry.Logs.Count);
    }

    [Fact]
    public async Task A_damaged_request_is_refused_whole()
    {
        await using var dashboard = await RunningDashboard.Start();
        var bytes = OtlpMessages.Logs("shop", 10).ToByteArray();
        using var cut = await Post(dashboard, "v1/logs", bytes[..^3], gzip: false);
        Assert.Equal(HttpStatusCode.BadRequest, cut.StatusCode);
        Assert.Contains("past the end", Failure.Parser.ParseFrom(await cut.Content.ReadAsByteArrayAsync()).Message, StringComparison.Ordinal);
        Assert.Equal(0, dashboard.Host.Telemetry.Logs.Count);
        using var noGzip = await Post(dashboard, "v1/logs", bytes, gzip: false, encoding: "gzip");
        Assert.Equal(HttpStatusCode.BadRequest, noGzip.StatusCode);
        using var json = await Post(dashboard, "v1/logs", "{}"u8.ToArray(), gzip: false, type: "application/json");
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, json.StatusCode);
    }

    [Fact]
    public async Task A_request_over_the_size_is_refused_even_when_it_is_small_on_the_wire()
    {
        await using var dashboard = await RunningDashboard.Start();
        var bytes = new byte[RequestBodies.MaxBytes + 1];
        using var bomb = await Post(dashboard, "v1/logs", bytes, gzip: true);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, bomb.StatusCode);
        using var plain = await Post(dashboard, "v1/logs", bytes, gzip: false);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, plain.StatusCode);
        using var channel = GrpcChannel.ForAddress(dashboard.Host.OtlpGrpc!);
        var large = OtlpMessages.Logs("shop", 1);
        large.ResourceLogs[0].ScopeLogs[0].LogRecords[0].Body.StringValue = new string('x', RequestBodies.MaxBytes);
        var e = await Assert.ThrowsAsync<RpcException>(async () => await new LogsService.LogsServiceClient(channel).ExportAsync(large));
        Assert.Equal((StatusCode.ResourceExhausted, $"The request has more than {RequestBodies.MaxBytes} bytes."), (e.StatusCode, e.Status.Detail));
        Assert.Equal(0, dashboard.Host.Telemetry.Logs.Count);
    }

    [Fact]
    public async Task A_sender_of_too_much_that_does_not_ask_first_hears_the_answer_too()
    {
        await using var dashboard = await RunningDashboard.Start();
        using var answer = await Post(dashboard, "v1/logs", new byte[12 << 20], gzip: false, asks: false);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Equal($"The request has more than {RequestBodies.MaxBytes} bytes.", Failure.Parser.ParseFrom(await answer.Content.ReadAsByteArrayAsync()).Message);
        using var channel = GrpcChannel.ForAddress(dashboard.Host.OtlpGrpc!);
        var large = OtlpMessages.Logs("shop", 1);
        large.ResourceLogs[0].ScopeLogs[0].LogRecords[0].Body.StringValue = new string('x', 40 << 20);
        var e = await Assert.ThrowsAsync<RpcException>(async () => await new LogsService.LogsServiceClient(channel).ExportAsync(large));
        Assert.Equal(StatusCode.ResourceExhausted, e.StatusCode);
        await new LogsService.LogsServiceClient(channel).ExportAsync(OtlpMessages.Logs("shop", 1));
    }

    [Fact]
    public async Task Senders_that_dribble_starve_nobody()
    {
        await using var dashboard = await RunningDashboard.Start();
        // Who dribbles is given up after five seconds: where the machine takes as long for all of it, that tells nothing.
        for (var left = 5; ; left--)
        {
            var watch = Stopwatch.StartNew();
            var givenUp = await GivenUpBeforeTheAnswer(dashboard);
            if (left > 0 && watch.Elapsed > TimeSpan.FromSeconds(4))
                continue;
            Assert.Equal(0, givenUp);
            return;
        }
    }

    /// <summary>How many of the senders that dribble were given up when another was answered.</summary>
    private static async Task<int> GivenUpBeforeTheAnswer(RunningDashboard dashboard)
    {
        var slow = new List<Socket>();
        try
        {
            for (var i = 0; i < 30; i++)
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                slow.Add(socket);
                await socket.ConnectAsync(IPAddress.Loopback, dashboard.Host.OtlpHttp!.Port);
                await socket.SendAsync("POST /v1/logs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\nContent-Length: 1000\r\n\r\nx"u8.ToArray());
            }
            using var answer = await Post(dashboard, "v1/logs", OtlpMessages.Logs("shop", 1).ToByteArray(), gzip: true);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            return slow.Count(static socket => socket.Poll(0, SelectMode.SelectRead));
        }
        finally
        {
            slow.ForEach(socket => socket.Dispose());
        }
    }

    [Fact]
    public async Task Where_too_much_arrives_at_once_the_slowest_are_given_up()
    {
        var bodies = new RequestBodies();
        var slow = new List<(Pipe Pipe, Task<RequestBodies.Body> Reading)>();
        for (var i = 0; i < 8; i++)
        {
            var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
            slow.Add((pipe, bodies.Read(pipe.Reader.AsStream(), null, CancellationToken.None)));
            await pipe.Writer.WriteAsync(new byte[RequestBodies.MaxBytes - 1]);
        }
        using var whole = await bodies.Read(new MemoryStream(new byte[RequestBodies.MaxBytes]), null, CancellationToken.None);
        Assert.Equal(RequestBodies.MaxBytes, whole.Content.Length);
        foreach (var (_, reading) in slow[..4])
            Assert.Equal(OtlpFailure.TooSlow, (await Assert.ThrowsAsync<OtlpException>(() => reading)).Failure);
        await slow[^1].Pipe.Writer.CompleteAsync();
        using var last = await slow[^1].Reading;
        Assert.Equal(RequestBodies.MaxBytes - 1, last.Content.Length);
        foreach (var (pipe, _) in slow[..^1])
            await pipe.Writer.CompleteAsync();
    }

    [Fact]
    public void What_one_request_can_make_of_itself_is_bounded()
    {
        var store = new TelemetryStore(new TelemetryLimits(MaxBytes: 1 << 20));
        var request = OtlpMessages.Traces();
        var span = request.ResourceSpans[0].ScopeSpans[0].Spans[0];
        for (var i = 0; i < 100; i++)
            span.Events.Add(new Span.Types.Event { Attributes = { Enumerable.Repeat(new KeyValue(), 100) } });
        request.ResourceSpans[0].ScopeSpans[0].Spans.Add(Enumerable.Repeat(span, 20));
        Assert.InRange(OtlpTraces.Store(request.ToByteArray(), store), 17, 21);
    }

    [Fact]
    public void What_has_no_room_or_no_name_is_counted_as_refused()
    {
        var store = new TelemetryStore(new TelemetryLimits(MaxLogs: 10, MaxSpansPerTrace: 1, MaxPoints: 4));
        Assert.Equal(5, OtlpLogs.Store(OtlpMessages.Logs("shop", 15).ToByteArray(), store));
        var traces = OtlpMessages.Traces();
        traces.ResourceSpans[0].ScopeSpans[0].Spans[0].TraceId = ByteString.CopyFrom(1, 2);
        Assert.Equal(1, OtlpTraces.Store(traces.ToByteArray(), store));
        var metrics = OtlpMessages.Metrics();
        metrics.ResourceMetrics[0].ScopeMetrics[0].Metrics[1].Name = "";
        Assert.Equal(2, OtlpMetrics.Store(metrics.ToByteArray(), store));
        var answer = ExportLogsServiceResponse.Parser.ParseFrom(OtlpSignal.Answer(70_000));
        Assert.Equal(70_000, answer.PartialSuccess.RejectedLogRecords);
        Assert.NotEmpty(answer.PartialSuccess.ErrorMessage);
    }

    [Fact]
    public void Unknown_fields_are_passed_over()
    {
        var record = OtlpMessages.Log(1).ToByteArray();
        byte[] unknown = [0xF8, 0x06, 0x01, 0xF9, 0x06, 1, 2, 3, 4, 5, 6, 7, 8, 0xFA, 0x06, 2, 9, 9, 0xFD, 0x06, 1, 2, 3, 4];
        byte[] longer = [.. record, .. unknown];
        byte[] scope = [2 << 3 | 2, .. Varint(longer.Length), .. longer];
        byte[] resource = [2 << 3 | 2, .. Varint(scope.Length), .. scope, .. unknown];
        byte[] request = [.. unknown, 1 << 3 | 2, .. Varint(resource.Length), .. resource];
        var store = new TelemetryStore();
        Assert.Equal(0, OtlpLogs.Store(request, store));
        Assert.Equal("order 1 placed", store.Logs.Find(new LogQuery()).Single().Message);
    }

    [Fact]
    public void Values_of_every_kind_become_text_and_deep_ones_are_cut()
    {
        var list = new AnyValue { ArrayValue = new ArrayValue { Values = { new AnyValue { StringValue = "a\"b" }, new AnyValue { IntValue = -1 }, new AnyValue { BoolValue = true } } } };
        var map = new AnyValue { KvlistValue = new KeyValueList { Values = { new KeyValue { Key = "k", Value = new AnyValue { DoubleValue = 1.5 } } } } };
        Assert.Equal("[\"a\\\"b\",-1,true]", OtlpValues.Value(list.ToByteArray()));
        Assert.Equal("{\"k\":\"1.5\"}", OtlpValues.Value(map.ToByteArray()));
        Assert.Equal("AQI=", OtlpValues.Value(new AnyValue { BytesValue = ByteString.CopyFrom(1, 2) }.ToByteArray()));
        var deep = new AnyValue { IntValue = 1 };
        for (var i = 0; i < 60; i++)
            deep = new AnyValue { ArrayValue = new ArrayValue { Values = { deep } } };
        Assert.Equal("[[[[[[[[[…]]]]]]]]]", OtlpValues.Value(deep.ToByteArray()));
        var longText = OtlpValues.Value(new AnyValue { StringValue = new string('ä', 100_000) }.ToByteArray());
        Assert.Equal((TelemetryLimits.MaxValueBytes / 2) + 1, longText.Length);
        Assert.EndsWith("ä…", longText, StringComparison.Ordinal);
    }

    private static byte[] Varint(int value) => value < 0x80 ? [(byte)value] : [(byte)(value | 0x80), (byte)(value >> 7)];

    private static async Task<HttpResponseMessage> Post(RunningDashboard dashboard, string path, byte[] body, bool gzip, string? encoding = null, bool asks = true, string type = "application/x-protobuf")
    {
        using var content = new ByteArrayContent(gzip ? Gzip(body) : body);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        if (gzip || encoding is not null)
            content.Headers.ContentEncoding.Add(encoding ?? "gzip");
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(dashboard.Host.OtlpHttp!, path)) { Content = content };
        request.Headers.ExpectContinue = asks;
        return await dashboard.Client.SendAsync(request);
    }

    private static byte[] Gzip(byte[] bytes)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(bytes);
        return packed.ToArray();
    }
}
