using System.Reflection;
using System.Text.Json;
using Grpc.Health.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Pyro.Configuration;
using Pyro.Connect;

namespace Pyro.ServiceDefaults.Operations;

/// <summary>The operational routes of every process (paths as Pyroscope has them: <c>/ready</c>, <c>/metrics</c>, <c>/api/v1/status/…</c>, <c>/admin</c>).</summary>
internal static class OperationalRoutes
{
    public static void Map(WebApplication app, Settings settings)
    {
        // HEAD is refused here, as in Pyroscope; /health and /alive answer it.
        app.MapGet("/ready", async (Readiness readiness, CancellationToken cancellation) => await readiness.Reason(cancellation) is { } reason
            ? Results.Text(reason, "text/plain", statusCode: StatusCodes.Status503ServiceUnavailable)
            : Results.Text("ready", "text/plain"));
        MetricsRoute.Map(app);
        RuntimeConfigRoutes.Map(app, settings);
        app.MapHealthChecks("/health");
        app.MapHealthChecks("/alive", new() { Predicate = check => check.Tags.Contains("live") });

        app.MapRpc(Health.BindService(new HealthService(app.Services.GetRequiredService<Readiness>())), Health.Descriptor);

        app.Map("/api/v1/status/buildinfo", BuildInfo);
        app.Map("/api/v1/status/config", () => Yaml(SettingsPrinter.Running(settings)));
        app.Map("/api/v1/status/config/diff", () => Yaml(SettingsPrinter.Diff(settings)));
        app.Map("/api/v1/status/config/default", () => Yaml(SettingsPrinter.Defaults(settings)));
        app.MapPage("/admin", (EndpointDataSource routes) => Results.Content(AdminPage.Render(routes, settings), "text/html; charset=utf-8"));
    }

    /// <summary>Version of this build, without the commit.</summary>
    public static string Version { get; } = Informational().Split('+')[0];

    /// <summary>Commit of this build, or "".</summary>
    public static string Revision { get; } = Informational().Split('+').ElementAtOrDefault(1) ?? "";

    private static string Informational() =>
        typeof(OperationalRoutes).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    private static IResult Yaml(string text) => Results.Text(text, "text/plain; charset=utf-8");

    private static Task BuildInfo(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        var json = new Utf8JsonWriter(context.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteString("status", "success");
        json.WriteStartObject("data");
        json.WriteString("version", Version);
        json.WriteString("revision", Revision);
        json.WriteString("branch", "");
        json.WriteString("buildUser", "");
        json.WriteString("buildDate", "");
        json.WriteString("goVersion", System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription);
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        return context.Response.BodyWriter.FlushAsync(context.RequestAborted).AsTask();
    }
}
