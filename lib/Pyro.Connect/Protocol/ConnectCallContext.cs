using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Pyro.Connect.Protocol;

/// <summary>The call of a handler that came in by the Connect protocol.</summary>
internal sealed class ConnectCallContext : ServerCallContext, IDisposable
{
    private readonly HttpContext _http;
    private readonly CancellationTokenSource? _deadline;
    private Metadata? _requestHeaders;

    public ConnectCallContext(HttpContext http, string method, TimeSpan? timeout)
    {
        _http = http;
        MethodCore = method;
        CancellationTokenCore = http.RequestAborted;
        DeadlineCore = DateTime.MaxValue;
        if (timeout is not { } limit)
            return;
        var time = (TimeProvider?)http.RequestServices.GetService(typeof(TimeProvider)) ?? TimeProvider.System;
        DeadlineCore = (time.GetUtcNow() + limit).UtcDateTime;
        _deadline = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        if (limit <= TimeSpan.Zero)
            _deadline.Cancel();
        else
            _deadline.CancelAfter(limit);
        CancellationTokenCore = _deadline.Token;
        UserState["__HttpContext"] = http;
    }

    /// <summary>The caller's time is over (and the caller is still there).</summary>
    public bool DeadlinePassed => _deadline is { IsCancellationRequested: true } && !_http.RequestAborted.IsCancellationRequested;

    protected override string MethodCore { get; }

    protected override string HostCore => _http.Request.Host.Value ?? "";

    protected override string PeerCore => _http.Connection.RemoteIpAddress?.ToString() ?? "";

    protected override DateTime DeadlineCore { get; }

    protected override Metadata RequestHeadersCore => _requestHeaders ??= ReadHeaders();

    protected override CancellationToken CancellationTokenCore { get; }

    protected override Metadata ResponseTrailersCore { get; } = [];

    protected override Status StatusCore { get; set; }

    protected override WriteOptions? WriteOptionsCore { get; set; }

    protected override AuthContext AuthContextCore { get; } = new(null, []);

    public void Dispose() => _deadline?.Dispose();

    protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options) => throw new NotSupportedException();

    protected override Task WriteResponseHeadersAsyncCore(Metadata responseHeaders)
    {
        Copy(responseHeaders, "");
        return Task.CompletedTask;
    }

    /// <summary>Trailers of a unary call are headers with a prefix.</summary>
    public void WriteTrailers() => Copy(ResponseTrailers, "Trailer-");

    private void Copy(Metadata metadata, string prefix)
    {
        foreach (var entry in metadata)
            _http.Response.Headers.Append(prefix + entry.Key, entry.IsBinary ? Convert.ToBase64String(entry.ValueBytes).TrimEnd('=') : entry.Value);
    }

    private Metadata ReadHeaders()
    {
        var metadata = new Metadata();
        foreach (var (name, values) in _http.Request.Headers)
        {
            if (name.StartsWith(':') || name.EndsWith("-bin", StringComparison.OrdinalIgnoreCase))
                continue;
            foreach (var value in values)
                metadata.Add(name, value ?? "");
        }
        return metadata;
    }
}
