using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Pyro.Connect;

/// <summary>Puts interceptors before the handlers of a definition, so that they hold for every protocol and transport that serves it.</summary>
public static class ServiceInterception
{
    /// <summary>The same service with an interceptor around each handler; the last one put on runs first.</summary>
    public static ServerServiceDefinition Intercept(this ServerServiceDefinition definition, Interceptor interceptor)
    {
        var builder = ServerServiceDefinition.CreateBuilder();
        definition.BindService(new Rebinder(builder, interceptor));
        return builder.Build();
    }

    private sealed class Rebinder(ServerServiceDefinition.Builder builder, Interceptor interceptor) : ServiceBinderBase
    {
        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler) =>
            builder.AddMethod<TRequest, TResponse>(method, (request, context) => interceptor.UnaryServerHandler(request, context, handler!));

        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler) =>
            builder.AddMethod<TRequest, TResponse>(method, (request, responses, context) => interceptor.ServerStreamingServerHandler(request, responses, context, handler!));

        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler) =>
            builder.AddMethod<TRequest, TResponse>(method, (requests, context) => interceptor.ClientStreamingServerHandler(requests, context, handler!));

        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler) =>
            builder.AddMethod<TRequest, TResponse>(method, (requests, responses, context) => interceptor.DuplexStreamingServerHandler(requests, responses, context, handler!));
    }
}
