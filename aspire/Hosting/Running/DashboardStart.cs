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
    private const string PagesKey = "ASPNETCORE_URLS";
    private const string GrpcKey = "ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", HttpKey = "ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL";
    private const string ApiKey = "AppHost:OtlpApiKey";
    private DashboardHost? _host;

    /// <summary>The dashboard's address; null: it does not run.</summary>
    public Uri? Address => _host?.Address;

    /// <summary>Starts it. That it cannot listen harms nothing else.</summary>
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
        try
        {
            _host = await DashboardHost.Start(Options(), Source(), cancellation);
            terminal.Say($"Dashboard at {_host.Address.ToString().TrimEnd('/')}");
            terminal.Say($"Login to the dashboard at {_host.LoginUrl}");
        }
        catch (IOException e)
        {
            terminal.Fail($"The dashboard does not run: it {e.Message}. All else starts. To have it, change {PagesKey} (applicationUrl in Properties/launchSettings.json).");
        }
        if (_host?.ReceiverFault is { } fault)
            terminal.Fail($"The dashboard takes no structured logs, traces and metrics: it {fault}. To have them, change {ReceiverKeys} (environmentVariables in Properties/launchSettings.json).");
    }

    private DashboardOptions Options()
    {
        var anonymous = configuration.GetValue("ASPIRE_DASHBOARD_UNSECURED_ALLOW_ANONYMOUS", false);
        var token = anonymous ? null : configuration["ASPIRE_DASHBOARD_FRONTEND_BROWSERTOKEN"] ?? configuration["AppHost:BrowserToken"] ?? NewToken();
        configuration[ApiKey] ??= anonymous ? null : NewToken();
        var grpc = Receiver(GrpcKey);
        var http = Receiver(HttpKey);
        return new(Pages(), grpc ?? (http is null ? new Uri("http://localhost:0") : null), http, token, configuration[ApiKey]) { Logging = logging };
    }

    private DashboardSource Source() => new(options.DashboardApplicationName ?? environment.ApplicationName, notifications, loggers, commands);

    private Uri Pages()
    {
        var urls = (configuration[PagesKey] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var first = Array.Find(urls, url => url.StartsWith("http://", StringComparison.OrdinalIgnoreCase)) ?? urls.FirstOrDefault();
        return first is null ? new Uri("http://localhost:0") : Parse(first);
    }

    private string ReceiverKeys => string.Join(" and ", new[] { GrpcKey, HttpKey }.Where(key => configuration[key] is { Length: > 0 }));

    private Uri? Receiver(string key)
    {
        try
        {
            return configuration[key] is { Length: > 0 } text ? Parse(text) : null;
        }
        catch (IOException e)
        {
            terminal.Fail($"The dashboard {e.Message}, as {key} says. Another port is taken.");
            return null;
        }
    }

    /// <summary>An address as ASP.NET Core takes it: <c>*</c> and <c>+</c> stand for every address of the machine.</summary>
    private static Uri Parse(string text)
    {
        var spelt = text.Replace("://*", "://0.0.0.0", StringComparison.Ordinal).Replace("://+", "://0.0.0.0", StringComparison.Ordinal);
        return Uri.TryCreate(spelt, UriKind.Absolute, out var address) && address.Host.Length > 0
            ? address : throw new IOException($"cannot listen on '{text}', which is no address like http://localhost:15000");
    }

    private static string NewToken() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
}
