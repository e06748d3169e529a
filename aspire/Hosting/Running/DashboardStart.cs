using System.Security.Cryptography;
using Aspire.Dashboard;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Running;

/// <summary>Starts the dashboard, unless it is switched off, and says where it is; the configuration then says where telemetry goes.</summary>
internal sealed class DashboardStart(
    DistributedApplicationOptions options, IConfiguration configuration, Terminal terminal, IHostEnvironment environment, ILoggerFactory logging,
    ResourceNotificationService notifications, ResourceLoggerService loggers, ResourceCommandService commands) : IAsyncDisposable
{
    private const string GrpcKey = "ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", HttpKey = "ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL";
    private const string ApiKey = "AppHost:OtlpApiKey";
    private DashboardHost? _host;

    /// <summary>The dashboard's address; null: it does not run.</summary>
    public Uri? Address => _host?.Address;

    /// <summary>Starts it. That its port is taken harms nothing else.</summary>
    public async Task Start(CancellationToken cancellation)
    {
        if (!options.DisableDashboard)
            await TryStart(cancellation);
        // Nobody is told to send telemetry where nobody listens.
        configuration[GrpcKey] = _host?.OtlpGrpc?.ToString().TrimEnd('/') ?? "";
        configuration[HttpKey] = _host?.OtlpHttp?.ToString().TrimEnd('/') ?? "";
    }

    /// <summary>Stops it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
            await _host.DisposeAsync();
        _host = null;
    }

    private async Task TryStart(CancellationToken cancellation)
    {
        var anonymous = configuration.GetValue("ASPIRE_DASHBOARD_UNSECURED_ALLOW_ANONYMOUS", false);
        var token = anonymous ? null : configuration["ASPIRE_DASHBOARD_FRONTEND_BROWSERTOKEN"] ?? configuration["AppHost:BrowserToken"] ?? NewToken();
        configuration[ApiKey] ??= anonymous ? null : NewToken();
        var grpc = Configured(GrpcKey);
        var http = Configured(HttpKey);
        var start = new DashboardOptions(Pages(), grpc ?? (http is null ? new Uri("http://localhost:0") : null), http, token, configuration[ApiKey]) { Logging = logging };
        try
        {
            var name = options.DashboardApplicationName ?? environment.ApplicationName;
            _host = await DashboardHost.Start(start, new DashboardSource(name, notifications, loggers, commands), cancellation);
            terminal.Say($"Dashboard at {_host.Address.ToString().TrimEnd('/')}");
            terminal.Say($"Login to the dashboard at {_host.LoginUrl}");
        }
        catch (IOException e)
        {
            terminal.Fail($"The dashboard does not run: {e.Message} Everything else starts. Stop the other program, or change ASPNETCORE_URLS and {GrpcKey} (Properties/launchSettings.json).");
        }
    }

    private Uri Pages()
    {
        var urls = (configuration["ASPNETCORE_URLS"] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var first = Array.Find(urls, url => url.StartsWith("http://", StringComparison.OrdinalIgnoreCase)) ?? urls.FirstOrDefault();
        return Uri.TryCreate(first, UriKind.Absolute, out var address) ? address : new Uri("http://localhost:0");
    }

    private Uri? Configured(string key) => Uri.TryCreate(configuration[key], UriKind.Absolute, out var address) ? address : null;

    private static string NewToken() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
}
