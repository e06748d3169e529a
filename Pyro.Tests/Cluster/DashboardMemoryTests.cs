using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Google.Protobuf;
using Pyro.Tests.Unit.Aspire.Running;
using Pyro.Tests.Unit.Dashboard;
using Pyro.Tests.Unit.Dashboard.Wire;

namespace Pyro.Tests.Cluster;

/// <summary>
/// The resident memory of an AppHost with its dashboard after an hour (by PYRO_LONG; else a minute) of telemetry of ten resources,
/// and after a hostile sender. The figure is printed for docs/performance.md; the bound here is generous.
/// </summary>
[Collection("AppHosts")]
public sealed partial class DashboardMemoryTests(ITestOutputHelper output)
{
    private const int Resources = 10, PerSecond = 10, Batch = 500, Series = 300;
    private static readonly int Seconds = Environment.GetEnvironmentVariable("PYRO_LONG") is null ? 60 : 3600;

    [Fact]
    public async Task Ten_resources_and_a_hostile_sender_leave_an_AppHost_small()
    {
        var endpoint = new Uri($"http://127.0.0.1:{ServerProcess.FreePort()}");
        using var host = Start(endpoint, out var lines);
        try
        {
            await Shell.Until(() => lines.Any(line => line.Contains("Login to the dashboard", StringComparison.Ordinal)), "the dashboard");
            using var client = new HttpClient { BaseAddress = endpoint };
            var before = Resident(host);
            await Usual(client);
            var after = Resident(host);
            await Hostile(client);
            var last = Resident(host);
            output.WriteLine($"resident MiB: {before} at the start, {after} after {Seconds} s of {Resources} resources, {last} after a hostile sender");
            Assert.InRange(after, 1, 400);
            Assert.InRange(last, 1, 500);
        }
        finally
        {
            host.Kill();
            await host.Ended();
        }
    }

    /// <summary>Each resource writes ten log records and ten spans a second in batches, and its metrics once a minute.</summary>
    private static async Task Usual(HttpClient client)
    {
        for (var second = 0; second < Seconds; second += Batch / PerSecond)
        {
            for (var resource = 0; resource < Resources; resource++)
            {
                var name = "resource" + resource;
                await Post(client, "v1/logs", OtlpMessages.Logs(name, Batch, first: second * PerSecond));
                await Post(client, "v1/traces", Spans(name, second));
                await Post(client, "v1/metrics", Metrics(name));
            }
        }
    }

    /// <summary>Bodies of the largest size that make the most of themselves: empty attributes and events, names that are never the same.</summary>
    private static async Task Hostile(HttpClient client)
    {
        var span = OtlpMessages.Span(OtlpMessages.Trace, "0000000000000001", "", "hostile", 0, 1);
        for (var i = 0; i < 100; i++)
            span.Events.Add(new Span.Types.Event { Attributes = { Enumerable.Repeat(new KeyValue(), 128) } });
        for (var round = 0; round < 40; round++)
        {
            var scope = new ScopeSpans { Spans = { Enumerable.Repeat(span, 120) } };
            var traces = new ExportTraceServiceRequest { ResourceSpans = { new ResourceSpans { Resource = OtlpMessages.Resource("hostile" + round), ScopeSpans = { scope } } } };
            var logs = OtlpMessages.Logs("hostile" + round, 400);
            foreach (var record in logs.ResourceLogs[0].ScopeLogs[0].LogRecords)
                record.Body.StringValue = new string((char)('a' + (round % 26)), 9000);
            await Task.WhenAll(Post(client, "v1/traces", traces), Post(client, "v1/logs", logs), Post(client, "v1/traces", traces), Post(client, "v1/logs", logs));
        }
    }

    private static ExportTraceServiceRequest Spans(string resource, int second)
    {
        var scope = new ScopeSpans { Scope = new Scope { Name = "Web" } };
        for (var i = 0; i < Batch; i++)
        {
            var id = ((second * 1000) + i + 1).ToString("x16");
            scope.Spans.Add(OtlpMessages.Span(OtlpMessages.Hex(id + id), id, "", "GET /orders/" + i, 0, 1_000_000));
        }
        return new ExportTraceServiceRequest { ResourceSpans = { new ResourceSpans { Resource = OtlpMessages.Resource(resource), ScopeSpans = { scope } } } };
    }

    private static ExportMetricsServiceRequest Metrics(string resource)
    {
        var request = OtlpMessages.Metrics(resource);
        var points = request.ResourceMetrics[0].ScopeMetrics[0].Metrics[0].Sum.DataPoints;
        for (var i = 0; i < Series; i++)
            points.Add(OtlpMessages.Number("c" + i, i));
        return request;
    }

    private static async Task Post(HttpClient client, string path, IMessage message)
    {
        using var content = new ByteArrayContent(message.ToByteArray());
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-protobuf");
        using var answer = await client.PostAsync(new Uri(path, UriKind.Relative), content);
        Assert.True(answer.IsSuccessStatusCode, answer.StatusCode.ToString());
    }

    private static Process Start(Uri endpoint, out ConcurrentQueue<string> lines)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "SmallAppHost")) { RedirectStandardOutput = true, WorkingDirectory = Path.GetTempPath() };
        start.Environment["ASPNETCORE_URLS"] = "http://localhost:0";
        start.Environment["ASPIRE_DASHBOARD_UNSECURED_ALLOW_ANONYMOUS"] = "true";
        start.Environment["ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL"] = endpoint.ToString();
        var all = lines = new ConcurrentQueue<string>();
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, received) => all.Enqueue(received.Data ?? "");
        process.BeginOutputReadLine();
        return process;
    }

    /// <summary>MiB.</summary>
    private static int Resident(Process process) =>
        int.Parse(ResidentLine().Match(File.ReadAllText($"/proc/{process.Id}/status")).Groups[1].Value) / 1024;

    [GeneratedRegex(@"VmRSS:\s*(\d+) kB")]
    private static partial Regex ResidentLine();
}
