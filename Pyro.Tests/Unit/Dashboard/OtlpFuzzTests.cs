using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using Aspire.Dashboard.Otlp;
using Aspire.Dashboard.Telemetry;
using Google.Protobuf;

namespace Pyro.Tests.Unit.Dashboard;

/// <summary>Arbitrary bytes: the readers know one exception, the endpoint three answers, and both keep to the limits.</summary>
public sealed class OtlpFuzzTests
{
    private static readonly byte[][] Seeds = [OtlpMessages.Logs("shop", 3).ToByteArray(), OtlpMessages.Traces().ToByteArray(), OtlpMessages.Metrics().ToByteArray(), []];

    [Fact]
    public void The_readers_take_any_bytes_or_say_why_not()
    {
        var limits = new TelemetryLimits(MaxLogs: 50, MaxTraces: 20, MaxSpansPerTrace: 30, MaxPoints: 40, MaxBytes: 100_000);
        var store = new TelemetryStore(limits);
        Fuzz.Run("otlp", Seeds, input =>
        {
            foreach (var signal in OtlpSignal.All)
            {
                try
                {
                    signal.Store(input, store);
                }
                catch (OtlpException)
                {
                }
            }
            Assert.InRange(store.Logs.Count, 0, 50);
            Assert.InRange(store.Traces.Count, 0, 20);
            Assert.InRange(store.Metrics.Count, 0, 40);
        });
        store.Traces.Find(null, "", false).ForEach(trace => SpanTree.Rows(store.Traces.Spans(trace.Id)));
        Assert.All([store.Logs.Bytes, store.Traces.Bytes, store.Metrics.Bytes], bytes => Assert.InRange(bytes, 0, 2_200_000));
    }

    [Fact]
    public async Task The_endpoint_answers_any_bytes()
    {
        await using var dashboard = await RunningDashboard.Start();
        using var client = new HttpClient { BaseAddress = dashboard.Host.OtlpHttp };
        var round = 0;
        Fuzz.Run("otlp over HTTP", [.. Seeds, .. Seeds.Select(Gzip)], input =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, OtlpSignal.All[round++ % 3].Path) { Content = new ByteArrayContent(input) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-protobuf");
            if (input is [0x1F, 0x8B, ..])
                request.Content.Headers.ContentEncoding.Add("gzip");
            using var answer = client.Send(request);
            Assert.Contains(answer.StatusCode, new[] { HttpStatusCode.OK, HttpStatusCode.BadRequest, HttpStatusCode.RequestEntityTooLarge });
        });
    }

    private static byte[] Gzip(byte[] bytes)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(bytes);
        return packed.ToArray();
    }
}
