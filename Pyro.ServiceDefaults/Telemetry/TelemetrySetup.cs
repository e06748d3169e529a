using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Pyro.Configuration;

namespace Pyro.ServiceDefaults.Telemetry;

/// <summary>Metrics for Prometheus and, where an OTLP endpoint is given, metrics, traces and logs by OTLP.</summary>
internal static class TelemetrySetup
{
    public static void AddTelemetry(this WebApplicationBuilder builder, Settings settings)
    {
        AddLogging(builder, settings);
        builder.Services.AddSingleton<ProcessMetrics>();
        var telemetry = builder.Services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics
                .AddMeter("Pyro", "Pyro.Process")
                .AddRuntimeInstrumentation()
                .AddView(LatencyBuckets)
                .AddPrometheusExporter(prometheus =>
                {
                    // Names are Pyroscope's to the letter: nothing may be appended to them.
                    prometheus.ScopeInfoEnabled = false;
                    prometheus.TargetInfoEnabled = false;
                    prometheus.TranslationStrategy = PrometheusAspNetCoreTranslationStrategy.UnderscoreEscapingWithoutSuffixes;
                }));
        if (string.IsNullOrWhiteSpace(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
            return;
        telemetry.WithMetrics(metrics => metrics.AddAspNetCoreInstrumentation().AddHttpClientInstrumentation());
        if (settings.Flag("tracing.enabled"))
        {
            telemetry.WithTracing(traces => traces
                .AddSource("Pyro")
                .AddAspNetCoreInstrumentation(requests => requests.Filter = context => !IsProbe(context.Request.Path))
                .AddHttpClientInstrumentation(requests => requests.FilterHttpRequestMessage = request => !IsProbe(request.RequestUri?.AbsolutePath)));
        }
        builder.Logging.AddOpenTelemetry(logs => (logs.IncludeFormattedMessage, logs.IncludeScopes) = (true, true));
        telemetry.UseOtlpExporter();
    }

    /// <summary>Requests that come every few seconds and would drown the others, here and where this process sends them.</summary>
    private static bool IsProbe(PathString path) => Probes.Any(probe => path.StartsWithSegments(probe));

    private static readonly PathString[] Probes = ["/health", "/alive", "/ready", "/metrics", "/grpc.health.v1.Health"];

    private static MetricStreamConfiguration? LatencyBuckets(System.Diagnostics.Metrics.Instrument instrument) =>
        instrument.Name.EndsWith("_duration_seconds", StringComparison.Ordinal)
            ? new ExplicitBucketHistogramConfiguration { Boundaries = [.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 25, 50, 100] }
            : instrument.Name.EndsWith("_bytes", StringComparison.Ordinal)
                ? new ExplicitBucketHistogramConfiguration { Boundaries = [1 << 10, 1 << 12, 1 << 14, 1 << 16, 1 << 18, 1 << 20, 1 << 22, 1 << 24, 1 << 26, 1 << 28] }
                : null;

    private static void AddLogging(WebApplicationBuilder builder, Settings settings)
    {
        builder.Logging.ClearProviders();
        builder.Logging.SetMinimumLevel(settings.Text("server.log_level") switch
        {
            "debug" => LogLevel.Debug,
            "warn" => LogLevel.Warning,
            "error" => LogLevel.Error,
            _ => LogLevel.Information,
        });
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.Logging.AddFilter("Grpc", LogLevel.Warning);
        builder.Logging.AddFilter("System", LogLevel.Warning);
        // Why a server cannot start is told in one line by ServerRun and by whoever stops it.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        // Whoever runs services, Aspire's dashboard for one, shows standard error as errors.
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Error);
        if (settings.Text("server.log_format") == "json")
        {
            builder.Logging.AddConsole(console => console.FormatterName = JsonLogFormatter.FormatName);
            builder.Logging.AddConsoleFormatter<JsonLogFormatter, ConsoleFormatterOptions>();
            return;
        }
        builder.Logging.AddConsole(console => console.FormatterName = LogfmtFormatter.FormatName);
        builder.Logging.AddConsoleFormatter<LogfmtFormatter, ConsoleFormatterOptions>();
    }
}
