using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Pyro.Connect.Protocol;

/// <summary>The call of a handler that came in by the Connect protocol.</summary>
internal sealed class ConnectCallContext : ServerCallContext, IDisposable
{
    private readonly HttpContext _http;
    private readonly CancellationTokenSource? _deadline;
    private readonly CancellationTokenSource? _either;
    private Metadata? _requestHeaders;
    private Metadata? _responseTrailers;
    private AuthContext? _auth;

    /// <summary>Starts the call and the clock of its deadline.</summary>
    /// <param name="http">The request.</param>
    /// <param name="method">Full name, <c>/package.Service/Method</c>.</param>
    /// <param name="timeout">How long the caller waits, if it said so.</param>
    /// <param name="time">Counts it.</param>
    public ConnectCallContext(HttpContext http, string method, TimeSpan? timeout, TimeProvider time)
    {
        _http = http;
        MethodCore = method;
        CancellationTokenCore = http.RequestAborted;
        DeadlineCore = DateTime.MaxValue;
        // Where the extension method GetHttpContext looks for it.
        UserState["__HttpContext"] = http;
        if (timeout is not { } limit)
            return;
        DeadlineCore = (time.GetUtcNow() + limit).UtcDateTime;
        _deadline = limit > TimeSpan.Zero ? new CancellationTokenSource(limit, time) : new CancellationTokenSource();
        if (limit <= TimeSpan.Zero)
            _deadline.Cancel();
        _either = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, _deadline.Token);
        CancellationTokenCore = _either.Token;
    }

    /// <summary>The caller's time is over.</summary>
    public bool DeadlinePassed => _deadline is { IsCancellationRequested: true };

    protected override string MethodCore { get; }

    protected override string HostCore => _http.Request.Host.Value ?? "";

    protected override string PeerCore => _http.Connection is { RemoteIpAddress: { } address } connection ? $"{address}:{connection.RemotePort}" : "unknown";

    protected override DateTime DeadlineCore { get; }

    protected override Metadata RequestHeadersCore => _requestHeaders ??= ConnectMetadata.Read(_http.Request.Headers);

    protected override CancellationToken CancellationTokenCore { get; }

    protected override Metadata ResponseTrailersCore => _responseTrailers ??= [];

    protected override Status StatusCore { get; set; }

    protected override WriteOptions? WriteOptionsCore { get; set; }

    protected override AuthContext AuthContextCore => _auth ??= new AuthContext(null, []);

    public void Dispose()
    {
        _either?.Dispose();
        _deadline?.Dispose();
    }

    /// <summary>Trailers of a unary call are headers with a prefix.</summary>
    public void WriteTrailers()
    {
        if (_responseTrailers is not null)
            ConnectMetadata.WriteTrailers(_responseTrailers, _http.Response.Headers);
    }

    protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options) => throw new NotSupportedException();

    protected override Task WriteResponseHeadersAsyncCore(Metadata responseHeaders)
    {
        ConnectMetadata.Write(responseHeaders, _http.Response.Headers);
        return Task.CompletedTask;
    }
}
