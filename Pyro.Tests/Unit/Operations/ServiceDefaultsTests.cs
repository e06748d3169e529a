using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Trace;
using Pyro.Api.Peers;
using Pyro.Tests.Unit.Connect;

namespace Pyro.Tests.Unit.Operations;

public sealed class ServiceDefaultsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_slow_call_between_components_is_made_once_where_a_plain_client_tries_again()
    {
        var again = 0;
        // Ten seconds a try by default; shortened, so that a call of 3 s stands for one of 12 s.
        await using var host = await Host.Start(TimeSpan.FromSeconds(3), builder =>
            builder.Services.PostConfigureAll<HttpStandardResilienceOptions>(options =>
            {
                options.AttemptTimeout.Timeout = TimeSpan.FromSeconds(1);
                options.Retry.Delay = TimeSpan.FromMilliseconds(1);
                options.Retry.MaxRetryAttempts = 2;
                options.Retry.OnRetry = _ =>
                {
                    Interlocked.Increment(ref again);
                    return default;
                };
            }));
        var invoker = host.Services.GetRequiredService<Dial>()($"127.0.0.1:{host.Url.Port}");
        Assert.Equal(1, (await new Probe.ProbeClient(invoker).UnaryAsync(new Ask(), cancellationToken: Cancellation)).Number);
        Assert.Equal((1, 0), (host.Calls, again));

        using var plain = host.Services.GetRequiredService<IHttpClientFactory>().CreateClient();
        await Assert.ThrowsAnyAsync<Exception>(() => plain.GetAsync(new Uri(host.Url, "/slow"), Cancellation));
        Assert.Equal(2, again);
    }

    [Fact]
    public async Task Plain_clients_find_services_by_name()
    {
        await using var host = await Host.Start(configure: builder => builder.Configuration["services:backend:http:0"] = "http://127.0.0.1:1");
        var port = host.Url.Port;
        host.Services.GetRequiredService<Microsoft.Extensions.Configuration.IConfiguration>()["services:pyro:http:0"] = $"http://127.0.0.1:{port}";
        using var client = host.Services.GetRequiredService<IHttpClientFactory>().CreateClient();
        Assert.Equal("Healthy", await client.GetStringAsync(new Uri("http://pyro/alive"), Cancellation));
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/alive")]
    [InlineData("/ready")]
    public async Task Health_is_answered_in_every_environment(string path)
    {
        await using var host = await Host.Start(configure: builder => builder.Environment.EnvironmentName = "Production");
        using var client = new HttpClient();
        using var answer = await client.GetAsync(new Uri(host.Url, path), Cancellation);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task Logs_metrics_and_traces_go_where_the_endpoint_says()
    {
        var received = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        await using var collector = builder.Build();
        collector.Urls.Add("http://127.0.0.1:0");
        collector.MapPost("/v1/{signal}", (string signal) =>
        {
            received.AddOrUpdate(signal, 1, static (_, count) => count + 1);
            return Results.Ok();
        });
        await collector.StartAsync(Cancellation);

        await using (var host = await Host.Start(configure: pyro => SendTo(pyro, collector.Urls.Single())))
        {
            host.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Pyro").LogInformation("hello");
            using var client = new HttpClient();
            await client.GetStringAsync(new Uri(host.Url, "/admin"), Cancellation);
        }
        Assert.Equal(["logs", "metrics", "traces"], received.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("/admin", true)]
    [InlineData("/alive", false)]
    [InlineData("/ready", false)]
    [InlineData("/metrics", false)]
    [InlineData("/grpc.health.v1.Health/Check", false)]
    public async Task Probes_leave_no_traces_neither_here_nor_where_they_come_from(string path, bool traced)
    {
        var spans = new Spans();
        await using var host = await Host.Start(configure: pyro =>
        {
            SendTo(pyro, "http://127.0.0.1:1");
            pyro.Services.ConfigureOpenTelemetryTracerProvider(traces => traces.AddProcessor(spans));
        });
        using var client = new HttpClient();
        using var answer = await client.GetAsync(new Uri(host.Url, path), Cancellation);
        // Its span ends after that of the one asked for.
        using var last = await client.GetAsync(new Uri(host.Url, "/api/v1/status/buildinfo"), Cancellation);
        var seen = spans.Of(host.Url.Port);
        Assert.Contains((ActivityKind.Client, "/api/v1/status/buildinfo"), seen);
        Assert.Equal(traced, seen.Contains((ActivityKind.Client, path)));
        Assert.True(traced || !seen.Contains((ActivityKind.Server, path)));
    }

    /// <summary>Remembers spans; other tests make some too.</summary>
    private sealed class Spans : BaseProcessor<Activity>
    {
        private readonly ConcurrentBag<Activity> _ended = [];

        public override void OnEnd(Activity data) => _ended.Add(data);

        public List<(ActivityKind Kind, string Path)> Of(int port) =>
            [.. _ended.Where(span => Equals(span.GetTagItem("server.port"), port)).Select(span => (span.Kind, PathOf(span)))];

        private static string PathOf(Activity span) =>
            span.GetTagItem("url.full") is string url ? new Uri(url).AbsolutePath : (string?)span.GetTagItem("url.path") ?? "";
    }

    [Fact]
    public async Task An_endpoint_that_is_down_does_no_harm()
    {
        var patience = TimeSpan.FromMinutes(4);
        var started = Stopwatch.GetTimestamp();
        await using (var host = await Host.Start(configure: pyro =>
        {
            SendTo(pyro, $"http://127.0.0.1:{ServerProcess.FreePort()}");
            pyro.Configuration["OTEL_EXPORTER_OTLP_TIMEOUT"] = patience.TotalMilliseconds.ToString(CultureInfo.InvariantCulture);
        }))
        {
            host.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Pyro").LogInformation("hello");
            using var client = new HttpClient();
            await client.GetStringAsync(new Uri(host.Url, "/admin"), Cancellation);
        }
        Assert.True(Stopwatch.GetElapsedTime(started) < patience / 4, "an export that fails must not hold the stop up for as long as it may try");
    }

    [Fact]
    public async Task Without_an_endpoint_nothing_is_exported()
    {
        await using var host = await Host.Start(configure: pyro => pyro.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] = "");
        Assert.Null(host.Services.GetService<TracerProvider>());
        Assert.Empty(host.Services.GetServices<ILoggerProvider>().OfType<OpenTelemetryLoggerProvider>());
    }

    private static void SendTo(WebApplicationBuilder builder, string endpoint)
    {
        builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint;
        builder.Configuration["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
    }
}
