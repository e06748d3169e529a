using Grpc.Core;
using Microsoft.Extensions.Logging;
using Pyro.Connect.Protocol;

namespace Pyro.Connect;

/// <summary>Rebuilds a service so that every handler's exception becomes a status in one place, whatever protocol or transport called it.</summary>
internal static class GuardedDefinition
{
    public static ServerServiceDefinition Of(ServerServiceDefinition definition, ILogger logger)
    {
        var builder = ServerServiceDefinition.CreateBuilder();
        definition.BindService(new Rebinder(builder, logger));
        return builder.Build();
    }

    private sealed class Rebinder(ServerServiceDefinition.Builder builder, ILogger logger) : ServiceBinderBase
    {
        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler) =>
            builder.AddMethod<TRequest, TResponse>(method, async (request, context) =>
            {
                try
                {
                    return await handler!(request, context);
                }
                catch (Exception e)
                {
                    throw Translate(e, context, method.FullName);
                }
            });

        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler) =>
            builder.AddMethod<TRequest, TResponse>(method, (request, responses, context) => Guard(handler!(request, responses, context), context, method.FullName));

        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler) =>
            builder.AddMethod<TRequest, TResponse>(method, async (requests, context) =>
            {
                try
                {
                    return await handler!(requests, context);
                }
                catch (Exception e)
                {
                    throw Translate(e, context, method.FullName);
                }
            });

        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler) =>
            builder.AddMethod<TRequest, TResponse>(method, (requests, responses, context) => Guard(handler!(requests, responses, context), context, method.FullName));

        private async Task Guard(Task call, ServerCallContext context, string method)
        {
            try
            {
                await call;
            }
            catch (Exception e)
            {
                throw Translate(e, context, method);
            }
        }

        private RpcException Translate(Exception exception, ServerCallContext context, string method)
        {
            CallErrors.LogFault(logger, exception, method);
            return CallErrors.Translate(exception, deadlinePassed: false, context.CancellationToken.IsCancellationRequested);
        }
    }
}
