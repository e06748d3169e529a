using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.ServiceDiscovery;
using Pyro.Api.Peers;
using Pyro.Configuration;
using Pyro.Connect;
using Pyro.Connect.Listening;
using Pyro.Memory;
using Pyro.ServiceDefaults.Front;
using Pyro.ServiceDefaults.Operations;
using Pyro.ServiceDefaults.Rings;
using Pyro.ServiceDefaults.Telemetry;
using Pyro.Tenancy;

namespace Pyro.ServiceDefaults;

/// <summary>What every process of Pyro does alike: one port, telemetry, health, tenants, admission and the operational pages.</summary>
public static class ServiceDefaultsSetup
{
    /// <summary>Registers the defaults; the settings come first.</summary>
    public static WebApplicationBuilder AddServiceDefaults(this WebApplicationBuilder builder)
    {
        var settings = builder.Settings();
        var services = builder.Services;
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(TaskScheduler.Default);
        // Each consumer gets a source of its own: Random is not for several threads.
        services.AddTransient(_ => new Random());
        services.AddSingleton(new Overrides(TenantLimits.From(settings)));
        if (RuntimeConfig.IsOn(settings))
            services.AddSingleton<RuntimeConfig>().AddHostedService(provider => provider.GetRequiredService<RuntimeConfig>());
        AddBudgets(services, settings);
        services.AddRpc();
        services.AddSingleton<Dial>(provider => provider.GetRequiredService<Network>().Dial);
        services.AddSingleton<RingAddress>();
        services.AddSingleton(provider => StoreGateways.Of(settings, provider.GetRequiredService<RingAddress>()));
        // Only clients made by the HttpClient factory: the channels of Dial have handlers of their own, without retries or a limit of time.
        services.AddServiceDiscovery();
        services.AddSingleton<Discover>(provider => new DiscoveredServices(provider.GetRequiredService<ServiceEndpointResolver>()).Find);
        services.ConfigureHttpClientDefaults(http =>
        {
            http.AddStandardResilienceHandler();
            http.AddServiceDiscovery();
        });
        // The exporter tries again by its own rules; the handler's retries would only hold up a stop.
        foreach (var exporter in (string[])["OtlpTraceExporter", "OtlpMetricExporter", "OtlpLogExporter"])
        {
#pragma warning disable EXTEXP0001 // The only way to take the defaults back from a single client.
            services.AddHttpClient(exporter).RemoveAllResilienceHandlers();
#pragma warning restore EXTEXP0001
        }
        builder.AddTelemetry(settings);
        services.AddSingleton<RequestMetrics>();
        services.AddSingleton<Readiness>();
        services.AddHostedService<StartupLog>();
        services.AddHealthChecks()
            .AddCheck("self", () => HealthCheckResult.Healthy(), ["live"])
            .AddCheck<ReadinessCheck>("ready");
        // With what comes before and after, a stop is done within 10 s.
        services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(8));
        builder.ListenOnOnePort(ServerSettings.ListenAddress(settings)!, (int)settings.Integer("server.http_listen_port"));
        return builder;
    }

    /// <summary>Puts the front middleware in place and maps the operational routes.</summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        foreach (var warning in app.Services.GetRequiredService<LoadedSettings>().Warnings)
            app.Logger.Log(LogLevel.Warning, default, warning, null, static (text, _) => text);
        app.Use(ExactPath.Redirect);
        app.UseRouting();
        app.Use(ExactPath.Enforce);
        app.Use(NotFound.Unrouted);
        app.Use(app.Services.GetRequiredService<RequestMetrics>().Measure);
        app.UseMiddleware<FrontMiddleware>();
        app.UseGrpcWeb();
        OperationalRoutes.Map(app, app.Services.GetRequiredService<Settings>());
        app.Services.GetRequiredService<ProcessMetrics>();
        return app;
    }

    private static void AddBudgets(IServiceCollection services, Settings settings)
    {
        var ledger = new MemoryLedger(ServerSettings.MemoryBudget(settings));
        services.AddSingleton(ledger);
        services.AddSingleton(FrontOptions.From(settings));
        // A tenth of the memory may be requests on their way in, half of that of one tenant.
        services.AddSingleton(new Admission(ledger.Budget / 10, ledger.Budget / 20, settings.Integer("distributor.max_inflight_bytes")));
    }
}
