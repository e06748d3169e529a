using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;

namespace Aspire.Hosting.Running;

/// <summary>The answer of one health probe.</summary>
/// <param name="IsHealthy">Whether it was the expected one.</param>
/// <param name="Description">What came instead, for people.</param>
internal sealed record ProbeResult(bool IsHealthy, string? Description);

/// <summary>Asks a process whether it is healthy by a GET for a path.</summary>
internal sealed class HttpProbe : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);
    private const int MaxBody = 200;

    private readonly HttpClient _client = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(5),
    })
    { Timeout = Limit, MaxResponseContentBufferSize = 1 << 20 };

    /// <summary>Asks once.</summary>
    /// <param name="url">Where.</param>
    /// <param name="status">The status that means healthy.</param>
    /// <param name="http2">Ask by HTTP/2 without TLS: the endpoint speaks nothing else.</param>
    /// <param name="cancellation">Ends the probe.</param>
    public async Task<ProbeResult> Check(Uri url, int status, bool http2, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.CacheControl = new CacheControlHeaderValue { NoCache = true };
        if (http2)
            (request.Version, request.VersionPolicy) = (HttpVersion.Version20, HttpVersionPolicy.RequestVersionExact);
        try
        {
            using var response = await _client.SendAsync(request, cancellation);
            if ((int)response.StatusCode == status)
                return new(true, null);
            var body = (await response.Content.ReadAsStringAsync(cancellation)).Trim();
            return new(false, $"GET {url} answered {(int)response.StatusCode} instead of {status}{(body.Length == 0 ? "" : $": {body[..Math.Min(body.Length, MaxBody)]}")}");
        }
        catch (HttpRequestException e)
        {
            var refused = e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused };
            return new(false, refused ? $"nothing listens on port {url.Port} yet" : $"GET {url} failed: {e.Message}");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new(false, $"GET {url} gave no answer within {Limit.TotalSeconds} s");
        }
    }

    /// <summary>Closes its connections.</summary>
    public void Dispose() => _client.Dispose();
}
