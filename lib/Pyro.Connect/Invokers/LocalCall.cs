using Grpc.Core;
using Pyro.Connect.Protocol;

namespace Pyro.Connect.Invokers;

/// <summary>One call without a network: its deadline, its handler's context and its end.</summary>
internal sealed class LocalCall : IDisposable
{
    private readonly CancellationTokenSource _givenUp;
    private readonly CancellationTokenSource? _deadline;
    private readonly CallOptions _options;
    private Status? _status;
    private Metadata? _trailers;

    public LocalCall(string method, CallOptions options, TimeProvider time)
    {
        _options = options;
        if (options.Deadline is { } deadline && deadline != DateTime.MaxValue)
        {
            var left = deadline.ToUniversalTime() - time.GetUtcNow().UtcDateTime;
            _deadline = left > TimeSpan.Zero ? new CancellationTokenSource(left, time) : new CancellationTokenSource();
            if (left <= TimeSpan.Zero)
                _deadline.Cancel();
        }
        _givenUp = CancellationTokenSource.CreateLinkedTokenSource(options.CancellationToken, _deadline?.Token ?? default);
        Token = _givenUp.Token;
        Context = new LocalCallContext(method, options, Token);
    }

    public LocalCallContext Context { get; }

    /// <summary>Cancelled when the caller gave up or its time is over.</summary>
    public CancellationToken Token { get; }

    /// <summary>The status of a call that has ended.</summary>
    public Status? Ended => _status;

    public Task<Metadata> ResponseHeaders => Context.ResponseHeaders;

    /// <summary>Runs the call; the caller is answered when it gives up, even if the handler goes on.</summary>
    public async Task<T> Run<T>(Func<Task<T>> serve)
    {
        try
        {
            Token.ThrowIfCancellationRequested();
            var result = await serve().WaitAsync(Token);
            if (Context.Status.StatusCode != StatusCode.OK)
                throw new RpcException(Context.Status);
            End(Context.Status, Context.ResponseTrailers);
            return result;
        }
        catch (Exception e)
        {
            var error = Translate(e);
            var trailers = Context.ResponseTrailers;
            foreach (var entry in error.Trailers)
                trailers.Add(entry);
            End(error.Status, trailers);
            throw new RpcException(error.Status, trailers);
        }
    }

    /// <summary>The end of a call, or of a read or write of it, as its caller sees it.</summary>
    public RpcException Translate(Exception exception) =>
        CallErrors.Translate(exception, _deadline?.IsCancellationRequested ?? false, Token.IsCancellationRequested);

    public Status GetStatus() => _status ?? throw new InvalidOperationException("The call has not ended.");

    public Metadata GetTrailers() => _trailers ?? throw new InvalidOperationException("The call has not ended.");

    /// <summary>Ends the call from the caller's side.</summary>
    public void GiveUp()
    {
        try
        {
            if (_status is null)
                _givenUp.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended meanwhile.
        }
    }

    public void Dispose() => GiveUp();

    private void End(Status status, Metadata trailers)
    {
        _trailers = trailers;
        _status = status;
        Context.SendHeaders();
        // The caller's token may live as long as the process: nothing of this call stays with it.
        _givenUp.Dispose();
        _deadline?.Dispose();
    }
}

/// <summary>What a handler sees of a call without a network.</summary>
internal sealed class LocalCallContext(string method, CallOptions options, CancellationToken cancellation) : ServerCallContext
{
    private readonly TaskCompletionSource<Metadata> _headers = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Metadata? _requestHeaders = options.Headers;
    private Metadata? _responseTrailers;
    private AuthContext? _auth;

    public Task<Metadata> ResponseHeaders => _headers.Task;

    protected override string MethodCore => method;

    protected override string HostCore => "in-process";

    protected override string PeerCore => "in-process";

    protected override DateTime DeadlineCore => options.Deadline ?? DateTime.MaxValue;

    protected override Metadata RequestHeadersCore => _requestHeaders ??= [];

    protected override CancellationToken CancellationTokenCore => cancellation;

    protected override Metadata ResponseTrailersCore => _responseTrailers ??= [];

    protected override Status StatusCore { get; set; }

    protected override WriteOptions? WriteOptionsCore { get; set; }

    protected override AuthContext AuthContextCore => _auth ??= new AuthContext(null, []);

    /// <summary>With the first message and at the end, headers are sent if the handler has sent none.</summary>
    public void SendHeaders() => _headers.TrySetResult([]);

    protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options) => throw new NotSupportedException();

    protected override Task WriteResponseHeadersAsyncCore(Metadata responseHeaders) => _headers.TrySetResult(responseHeaders)
        ? Task.CompletedTask
        : throw new InvalidOperationException("Response headers can only be sent once.");
}
