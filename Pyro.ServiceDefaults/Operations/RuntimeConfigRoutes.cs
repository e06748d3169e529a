using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Pyro.Configuration;
using Pyro.ServiceDefaults.Front;
using Pyro.Tenancy;

namespace Pyro.ServiceDefaults.Operations;

/// <summary>
/// <c>/runtime_config</c>, the limits by tenant as YAML (<c>?mode=diff</c>: those that differ from the defaults), and
/// <c>/api/v1/tenant_limits</c>, some limits of the caller. As in Pyroscope neither exists without a runtime configuration.
/// </summary>
internal static class RuntimeConfigRoutes
{
    private const double MiB = 1 << 20;

    public static void Map(WebApplication app, Settings settings)
    {
        if (!RuntimeConfig.IsOn(settings))
            return;
        var config = app.Services.GetRequiredService<RuntimeConfig>();
        app.MapPage("/runtime_config", (HttpContext context) => Results.Text(
            config.Current is not { } current ? "runtime config file doesn't exist"
            : context.Request.Query["mode"] == "diff" ? current.DiffText
            : current.Text,
            "text/plain; charset=utf-8"));
        app.MapPage("/api/v1/tenant_limits", TenantLimits).WithMetadata(new TenantRequired(), new PlainRoute());
    }

    private static async Task TenantLimits(HttpContext context, Overrides overrides)
    {
        var limits = overrides.For(context.Request.Headers[TenantId.Header].ToString());
        context.Response.ContentType = "application/json";
        var json = new Utf8JsonWriter(context.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteNumber("ingestion_rate", limits.IngestionRateBytes / MiB);
        json.WriteNumber("ingestion_burst_size", limits.IngestionBurstBytes / MiB);
        json.WriteNumber("max_global_series_per_user", limits.MaxGlobalSeriesPerTenant);
        json.WriteEndObject();
        json.Flush();
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }
}
