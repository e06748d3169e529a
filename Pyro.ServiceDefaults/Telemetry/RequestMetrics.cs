using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Pyro.ServiceDefaults.Telemetry;

/// <summary>How long requests take and how many run: <c>pyroscope_request_duration_seconds</c> and <c>pyroscope_inflight_requests</c>.</summary>
internal sealed class RequestMetrics : IDisposable
{
    private readonly Meter _meter = new("Pyro");
    private readonly Histogram<double> _duration;
    private readonly UpDownCounter<long> _running;
    private readonly TimeProvider _time;

    public RequestMetrics(TimeProvider time)
    {
        _time = time;
        _duration = _meter.CreateHistogram<double>("pyroscope_request_duration_seconds", description: "Time of a request until its answer is written.");
        _running = _meter.CreateUpDownCounter<long>("pyroscope_inflight_requests", description: "Requests being served now.");
    }

    public async Task Measure(HttpContext context, RequestDelegate next)
    {
        var method = context.Request.Method;
        var route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "other";
        var running = new TagList { { "method", method }, { "route", route } };
        _running.Add(1, running);
        var started = _time.GetTimestamp();
        try
        {
            await next(context);
        }
        finally
        {
            _running.Add(-1, running);
            _duration.Record(_time.GetElapsedTime(started).TotalSeconds, new TagList
            {
                { "method", method },
                { "route", route },
                { "status_code", context.Response.StatusCode },
                { "ws", "false" },
            });
        }
    }

    public void Dispose() => _meter.Dispose();
}
