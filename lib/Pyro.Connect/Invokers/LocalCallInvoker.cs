using System.Collections.Frozen;
using Grpc.Core;

namespace Pyro.Connect.Invokers;

/// <summary>
/// Calls services without a network: all four shapes, with metadata, deadlines, cancellation, status and trailers as over gRPC.
/// Streams are bounded. How messages get from one side to the other is the subclass's.
/// </summary>
public abstract class LocalCallInvoker : CallInvoker
{
    private readonly FrozenDictionary<string, Delegate> _handlers;
    private readonly TimeProvider _time;

    private protected LocalCallInvoker(TimeProvider time, IEnumerable<ServerServiceDefinition> definitions)
    {
        _time = time;
        var handlers = new Dictionary<string, Delegate>(StringComparer.Ordinal);
        foreach (var definition in definitions)
            definition.BindService(new HandlerCollector(handlers));
        _handlers = handlers.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        var call = new LocalCall(method.FullName, options, _time);
        var response = call.Run(Serve);
        return new AsyncUnaryCall<TResponse>(response, call.ResponseHeaders, call.GetStatus, call.GetTrailers, call.Dispose);

        async Task<TResponse> Serve()
        {
            var handler = Handler<UnaryServerMethod<TRequest, TResponse>>(method.FullName);
            var sent = await Carry(method.RequestMarshaller, request, call.Token);
            var answer = await Start(() => handler(sent, call.Context));
            return await Carry(method.ResponseMarshaller, answer, call.Token);
        }
    }

    /// <summary>Not supported: nothing here blocks a thread.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override TResponse BlockingUnaryCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
        throw new NotSupportedException("Calls are asynchronous.");

    /// <inheritdoc/>
    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        var call = new LocalCall(method.FullName, options, _time);
        var responses = Stream(method.ResponseMarshaller, call);
        _ = responses.EndWith(call.Run(Serve));
        return new AsyncServerStreamingCall<TResponse>(responses.Reader, call.ResponseHeaders, call.GetStatus, call.GetTrailers, call.Dispose);

        async Task<bool> Serve()
        {
            var handler = Handler<ServerStreamingServerMethod<TRequest, TResponse>>(method.FullName);
            var sent = await Carry(method.RequestMarshaller, request, call.Token);
            return await Start(() => Done(handler(sent, responses.ServerWriter, call.Context)));
        }
    }

    /// <inheritdoc/>
    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options)
    {
        var call = new LocalCall(method.FullName, options, _time);
        var requests = Stream(method.RequestMarshaller, call);
        var response = call.Run(Serve);
        _ = requests.EndWith(response);
        return new AsyncClientStreamingCall<TRequest, TResponse>(requests.ClientWriter, response, call.ResponseHeaders, call.GetStatus, call.GetTrailers, call.Dispose);

        async Task<TResponse> Serve()
        {
            var handler = Handler<ClientStreamingServerMethod<TRequest, TResponse>>(method.FullName);
            var answer = await Start(() => handler(requests.Reader, call.Context));
            return await Carry(method.ResponseMarshaller, answer, call.Token);
        }
    }

    /// <inheritdoc/>
    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options)
    {
        var call = new LocalCall(method.FullName, options, _time);
        var requests = Stream(method.RequestMarshaller, call);
        var responses = Stream(method.ResponseMarshaller, call);
        var ended = call.Run(Serve);
        _ = requests.EndWith(ended);
        _ = responses.EndWith(ended);
        return new AsyncDuplexStreamingCall<TRequest, TResponse>(requests.ClientWriter, responses.Reader, call.ResponseHeaders, call.GetStatus, call.GetTrailers, call.Dispose);

        async Task<bool> Serve()
        {
            var handler = Handler<DuplexStreamingServerMethod<TRequest, TResponse>>(method.FullName);
            return await Start(() => Done(handler(requests.Reader, responses.ServerWriter, call.Context)));
        }
    }

    /// <summary>Brings a message to the other side.</summary>
    private protected abstract ValueTask<T> Carry<T>(Marshaller<T> marshaller, T message, CancellationToken cancellation);

    /// <summary>Runs a handler where handlers run.</summary>
    private protected abstract Task<T> Start<T>(Func<Task<T>> handler);

    private MessageStream<T> Stream<T>(Marshaller<T> marshaller, LocalCall call)
        where T : class => new((message, cancellation) => Carry(marshaller, message, cancellation), call);

    private static async Task<bool> Done(Task handler)
    {
        await handler;
        return true;
    }

    private T Handler<T>(string method)
        where T : Delegate =>
        _handlers.TryGetValue(method, out var handler)
            ? (T)handler
            : throw new RpcException(new Status(StatusCode.Unimplemented, $"unknown method {method}"));

    private sealed class HandlerCollector(Dictionary<string, Delegate> handlers) : ServiceBinderBase
    {
        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler) => handlers[method.FullName] = handler!;

        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler) => handlers[method.FullName] = handler!;

        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler) => handlers[method.FullName] = handler!;

        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler) => handlers[method.FullName] = handler!;
    }
}
