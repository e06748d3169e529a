using Aspire.Dashboard.Components;
using Aspire.Dashboard.Components.Pages;
using Aspire.Dashboard.Resources;
using Aspire.Dashboard.Telemetry;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Dashboard.Web;

/// <summary>The host of the pages: security in front, then assets, login and Blazor.</summary>
internal static class PagesHost
{
    public static WebApplication Build(DashboardOptions options, IDashboardSource source, ResourceBoard board, TelemetryStore telemetry)
    {
        var builder = Listening.Builder(options, (options.Address, HttpProtocols.Http1AndHttp2));
        var services = builder.Services;
        services.AddRouting();
        // Keys live as long as the process: cookies and tokens of an earlier run are worth nothing anyway, and no file is left.
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        services.AddAntiforgery(antiforgery =>
        {
            antiforgery.Cookie.Name = ".Aspire.Dashboard.Antiforgery";
            antiforgery.Cookie.SameSite = SameSiteMode.Strict;
        });
        services.AddRazorComponents().AddInteractiveServerComponents(circuits =>
        {
            circuits.DisconnectedCircuitMaxRetained = 4;
            circuits.DisconnectedCircuitRetentionPeriod = TimeSpan.FromMinutes(1);
        });
        services.AddSingleton(source).AddSingleton(board).AddSingleton(telemetry);

        var app = builder.Build();
        var browsers = new BrowserSession(options.BrowserToken);
        app.UseExceptionHandler(error => error.Run(context => ErrorPage(500).ExecuteAsync(context)));
        app.UseMiddleware<SameOrigin>(options.Address.Host);
        app.Use((context, next) => browsers.Guard(context, next, context.RequestServices.GetRequiredService<IAntiforgery>()));
        app.UseRouting();
        app.UseAntiforgery();
        Assets.Map(app);
        app.MapPost("/api/validatetoken", browsers.Validate).DisableAntiforgery();
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode(render => render.ContentSecurityFrameAncestorsPolicy = "'none'");
        app.MapFallback(() => ErrorPage(404));
        return app;
    }

    private static RazorComponentResult<App> ErrorPage(int code) => new(new { ErrorCode = code }) { StatusCode = code };
}
