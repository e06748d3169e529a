using System.Net.Http.Headers;
using System.Net.Security;
using Amazon.Runtime;

namespace Pyro.ObjectStore.S3;

/// <summary>
/// The connections to the store, tuned by <c>storage.s3.http</c>. Here sockets are opened: S3 is a far end of the seam of object stores,
/// in whose place simulations put a <see cref="MemoryStore"/>.
/// </summary>
internal sealed class S3Connections : HttpClientFactory, IDisposable
{
    private readonly HttpClient _client;

    public S3Connections(S3Options options)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            ConnectTimeout = options.ConnectTimeout > TimeSpan.Zero ? options.ConnectTimeout : Timeout.InfiniteTimeSpan,
            Expect100ContinueTimeout = options.ContinueTimeout,
            PooledConnectionIdleTimeout = options.IdleTimeout > TimeSpan.Zero ? options.IdleTimeout : Timeout.InfiniteTimeSpan,

            // So that a name that leads elsewhere now is followed.
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
            MaxConnectionsPerServer = options.MaxConnections > 0 ? options.MaxConnections : int.MaxValue,
        };
        if (options.SkipVerify)
        {
#pragma warning disable CA5359 // The setting asks for just that.
            handler.SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = static (_, _, _, _) => true };
#pragma warning restore CA5359
        }

        _client = new HttpClient(options.ContinueTimeout > TimeSpan.Zero ? handler : new BodyAtOnce(handler)) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <inheritdoc/>
    public override HttpClient CreateHttpClient(IClientConfig clientConfig) => _client;

    /// <inheritdoc/>
    public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;

    /// <inheritdoc/>
    public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => false;

    public void Dispose() => _client.Dispose();

    /// <summary>Sends bodies without waiting to be told to.</summary>
    private sealed class BodyAtOnce(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            HttpRequestHeaders headers = request.Headers;
            headers.ExpectContinue = false;
            return base.SendAsync(request, cancellationToken);
        }
    }
}
