using Microsoft.Extensions.Logging;

namespace Aspire.Dashboard;

/// <summary>Where the dashboard listens and who may see it. Port 0 takes any free port.</summary>
/// <param name="Address">The pages' address.</param>
/// <param name="OtlpGrpc">Where OTLP over gRPC is taken (HTTP/2 without TLS for http); null: nowhere.</param>
/// <param name="OtlpHttp">Where OTLP over HTTP is taken; null: nowhere.</param>
/// <param name="BrowserToken">What a browser has to show once; null: anybody may look.</param>
/// <param name="OtlpApiKey">What a sender has to show in <c>x-otlp-api-key</c>; null: nothing.</param>
public sealed record DashboardOptions(Uri Address, Uri? OtlpGrpc, Uri? OtlpHttp, string? BrowserToken, string? OtlpApiKey)
{
    /// <summary>Where warnings and errors of the dashboard itself go; null: nowhere, since the terminal belongs to the program around it.</summary>
    public ILoggerFactory? Logging { get; init; }
}
