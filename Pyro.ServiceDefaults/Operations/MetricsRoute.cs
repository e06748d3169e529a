using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Pyro.ServiceDefaults.Operations;

/// <summary><c>/metrics</c> for Prometheus, in its text format or OpenMetrics, whichever the scraper prefers.</summary>
internal static class MetricsRoute
{
    public static void Map(WebApplication app) => app.MapPrometheusScrapingEndpoint("/metrics", meterProvider: null, branch => branch.Use(TellEscaping), optionsName: null);

    /// <summary>Prometheus says in the media type how names are escaped; the exporter leaves it out of the text format.</summary>
    private static Task TellEscaping(HttpContext context, RequestDelegate next)
    {
        context.Response.OnStarting(static state =>
        {
            var response = (HttpResponse)state;
            if (response.ContentType is { } type && type.StartsWith("text/plain; version=", StringComparison.Ordinal)
                && !type.Contains("escaping=", StringComparison.Ordinal))
            {
                response.ContentType = type + "; escaping=underscores";
            }
            return Task.CompletedTask;
        }, context.Response);
        return next(context);
    }
}
