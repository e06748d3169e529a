using System.Collections.Frozen;
using System.Threading.Channels;
using Grpc.Core;
using Pyro.Connect.Protocol;

namespace Pyro.Connect.Invokers;

/// <summary>
/// Calls a service of this very process: the message objects are handed over as they are (a message that was sent is frozen),
/// metadata, deadlines, cancellation and status behave as over the network. Streams are bounded.
/// </summary>
public sealed class InProcessCallInvoker(Func<string, object?> handlerOf, TimeProvider time) : CallInvoker
{
    private const int StreamCapacity = 4;

    /// <summary>An invoker over the methods of some services.</summary>
    public static InProcessCallInvoker Over(TimeProvider time, params IEnumerable<ServerServiceDefinition> definitions)
    {
        var handlers = new Dictionary<string, object>(StringComparer.Ordinal);
        foreach (var definition in definitions)
            definition.BindService(new HandlerCollector(handlers));
        var frozen = handlers.ToFrozenDictionary();
        return new InProcessCallInvoker(frozen.GetValueOrDefault, time);
    }

    /// <inheritdoc/>
    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        var call = new InProcessCall(method.FullName, options, time);
        var handler = Handler<UnaryServerMethod<TRequest, TResponse>>(method.FullName);
        var response = call.Run(async () => handler is null ? throw Unknown(method.FullName) : await handler(request, call.Context));
        return new AsyncUnaryCall<TResponse>(response, call.ResponseHeaders, call.GetStatus, call.GetTrailers, call.Dispose);
    }

    /// <inheritdoc/>
    public override TResponse BlockingUnaryCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
        throw new NotSupportedException("Calls are asynchronous.");

    /// <inheritdoc/>
    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        var call = new InProcessCall(method.FullName, options, time);
        var stream = new MessageStream<TResponse>(StreamCapacity, call.Token);
        var handler = Handler<ServerStreamingServerMethod<TRequest, TResponse>>(method.FullName);
        _ = Finish(stream, call.Run(async () =>
        {
            await (handler is null ? throw Unknown(method.FullName) : handler(request, stream, call.Context));
            return true;
        }));
        return new AsyncServerStreamingCall<TResponse>(stream, call.ResponseHeaders, call.GetStatus, call.GetTrailers, call.Dispose);
    }

    /// <inheritdoc/>
    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options)
    {
        var call = new InProcessCall(method.FullName, options, time);
        var requests = new MessageStream<TRequest>(StreamCapacity, call.Token);
        var handler = Handler<ClientStreamingServerMethod<TRequest, TResponse>>(method.FullName);
        var response = call.Run(async () => handler is null ? throw Unknown(method.FullName) : await handler(requests, call.Context));
        return new AsyncClientStreamingCall<TRequest, TResponse>(requests, response, call.ResponseHeaders, call.GetStatus, call.GetTrailers, call.Dispose);
    }

    /// <inheritdoc/>
    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options)
    {
        var call = new InProcessCall(method.FullName, options, time);
        var requests = new MessageStream<TRequest>(StreamCapacity, call.Token);
        var responses = new MessageStream<TResponse>(StreamCapacity, call.Token);
        var handler = Handler<DuplexStreamingServerMethod<TRequest, TResponse>>(method.FullName);
        _ = Finish(responses, call.Run(async () =>
        {
            await (handler is null ? throw Unknown(method.FullName) : handler(requests, responses, call.Context));
            return true;
        }));
        return new AsyncDuplexStreamingCall<TRequest, TResponse>(requests, responses, call.ResponseHeaders, call.GetStatus, call.GetTrailers, call.Dispose);
    }

    private T? Handler<T>(string method)
        where T : Delegate => (T?)handlerOf(method);

    private static RpcException Unknown(string method) => new(new Status(StatusCode.Unimplemented, $"unknown method {method}"));

    private static async Task Finish<T>(MessageStream<T> responses, Task<bool> call)
        where T : class
    {
        try
        {
            await call;
            responses.End(null);
        }
        catch (RpcException e)
        {
            responses.End(e);
        }
    }

    private sealed class HandlerCollector(Dictionary<string, object> handlers) : ServiceBinderBase
    {
        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler) => handlers[method.FullName] = handler!;

        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler) => handlers[method.FullName] = handler!;

        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler) => handlers[method.FullName] = handler!;

        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler) => handlers[method.FullName] = handler!;
    }
}

/// <summary>One call inside the process: its context, deadline and end.</summary>
internal sealed class InProcessCall : IDisposable
{
    private readonly CancellationTokenSource _cancelled;
    private readonly CancellationTokenSource? _deadline;
    private readonly CallOptions _options;
    private Status? _status;

    public InProcessCall(string method, CallOptions options, TimeProvider time)
    {
        _options = options;
        if (options.Deadline is { } deadline && deadline != DateTime.MaxValue)
        {
            var left = deadline.ToUniversalTime() - time.GetUtcNow().UtcDateTime;
            _deadline = left > TimeSpan.Zero ? new CancellationTokenSource(left, time) : new CancellationTokenSource();
            if (left <= TimeSpan.Zero)
                _deadline.Cancel();
        }
        _cancelled = CancellationTokenSource.CreateLinkedTokenSource(options.CancellationToken, _deadline?.Token ?? default);
        Token = _cancelled.Token;
        Context = new InProcessCallContext(method, options, Token);
    }

    public InProcessCallContext Context { get; }

    public CancellationToken Token { get; }

    public Task<Metadata> ResponseHeaders => Context.ResponseHeaders;

    /// <summary>Runs the handler; the caller is answered when it is cancelled, even if the handler goes on.</summary>
    public async Task<T> Run<T>(Func<Task<T>> handler)
    {
        try
        {
            Token.ThrowIfCancellationRequested();
            var result = await handler().WaitAsync(Token);
            _status = Context.Status;
            return _status.Value.StatusCode == StatusCode.OK ? result : throw new RpcException(_status.Value, Context.ResponseTrailers);
        }
        catch (Exception e)
        {
            var error = CallErrors.Translate(e, _deadline?.IsCancellationRequested ?? false, _options.CancellationToken.IsCancellationRequested);
            _status = error.Status;
            throw new RpcException(error.Status, Context.ResponseTrailers);
        }
        finally
        {
            Context.EndHeaders();
        }
    }

    public Status GetStatus() => _status ?? throw new InvalidOperationException("The call has not ended.");

    public Metadata GetTrailers() => _status is null ? throw new InvalidOperationException("The call has not ended.") : Context.ResponseTrailers;

    public void Dispose()
    {
        if (_status is null)
            _cancelled.Cancel();
    }
}

/// <summary>What a handler sees of a call inside the process.</summary>
internal sealed class InProcessCallContext(string method, CallOptions options, CancellationToken cancellation) : ServerCallContext
{
    private readonly TaskCompletionSource<Metadata> _headers = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<Metadata> ResponseHeaders => _headers.Task;

    protected override string MethodCore => method;

    protected override string HostCore => "in-process";

    protected override string PeerCore => "in-process";

    protected override DateTime DeadlineCore => options.Deadline ?? DateTime.MaxValue;

    protected override Metadata RequestHeadersCore { get; } = options.Headers ?? [];

    protected override CancellationToken CancellationTokenCore => cancellation;

    protected override Metadata ResponseTrailersCore { get; } = [];

    protected override Status StatusCore { get; set; }

    protected override WriteOptions? WriteOptionsCore { get; set; }

    protected override AuthContext AuthContextCore { get; } = new(null, []);

    public void EndHeaders() => _headers.TrySetResult([]);

    protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options) => throw new NotSupportedException();

    protected override Task WriteResponseHeadersAsyncCore(Metadata responseHeaders)
    {
        _headers.TrySetResult(responseHeaders);
        return Task.CompletedTask;
    }
}

/// <summary>Messages of one direction of a stream, a few in flight.</summary>
internal sealed class MessageStream<T>(int capacity, CancellationToken cancellation) : IAsyncStreamReader<T>, IServerStreamWriter<T>, IClientStreamWriter<T>
    where T : class
{
    private readonly Channel<T> _messages = Channel.CreateBounded<T>(new BoundedChannelOptions(capacity) { SingleReader = true });

    public T Current { get; private set; } = null!;

    public WriteOptions? WriteOptions { get; set; }

    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, cancellationToken);
            while (await _messages.Reader.WaitToReadAsync(either.Token))
            {
                if (!_messages.Reader.TryRead(out var message))
                    continue;
                Current = message;
                return true;
            }
            return false;
        }
        catch (OperationCanceledException)
        {
            throw new RpcException(new Status(StatusCode.Cancelled, "the stream was given up"));
        }
    }

    public async Task WriteAsync(T message) => await _messages.Writer.WriteAsync(message, cancellation);

    public async Task WriteAsync(T message, CancellationToken cancellationToken)
    {
        // The call's own token ends every write; one of the writer is looked at beside it only when it is another.
        if (!cancellationToken.CanBeCanceled || cancellationToken == cancellation)
        {
            await WriteAsync(message);
            return;
        }

        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, cancellationToken);
        await _messages.Writer.WriteAsync(message, both.Token);
    }

    public Task CompleteAsync()
    {
        _messages.Writer.TryComplete();
        return Task.CompletedTask;
    }

    public void End(RpcException? error) => _messages.Writer.TryComplete(error);
}
