using Google.Protobuf.Reflection;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Matching;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Pyro.Connect.Protocol;

namespace Pyro.Connect;

/// <summary>Serves a service, written once as a <see cref="ServerServiceDefinition"/>, by gRPC, gRPC-Web and Connect, and in process.</summary>
public static class RpcEndpoints
{
    /// <summary>Registers what <see cref="MapRpc"/> needs.</summary>
    public static IServiceCollection AddRpc(this IServiceCollection services)
    {
        services.AddGrpc(grpc =>
        {
            // Body limits are the endpoint's own, an unknown method is an unknown path.
            grpc.MaxReceiveMessageSize = null;
            grpc.IgnoreUnknownServices = true;
            grpc.CompressionProviders = [new BoundedGzip()];
        });
        services.TryAddEnumerable(Microsoft.Extensions.DependencyInjection.ServiceDescriptor.Singleton<MatcherPolicy, ProtocolMatcherPolicy>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<Network>();
        return services;
    }

    /// <summary>Maps every method of a service; conventions added to the result hold for all three protocols.</summary>
    /// <param name="app">The routes.</param>
    /// <param name="definition">The service with its handlers.</param>
    /// <param name="descriptor">The generated description: it tells the messages of methods that have marshallers of their own.</param>
    public static IEndpointConventionBuilder MapRpc(
        this IEndpointRouteBuilder app, ServerServiceDefinition definition, Google.Protobuf.Reflection.ServiceDescriptor descriptor)
    {
        var logger = app.ServiceProvider.GetRequiredService<ILoggerFactory>().CreateLogger("Pyro.Connect");
        var guarded = definition.Intercept(new ErrorMapping(logger));
        app.ServiceProvider.GetRequiredService<Network>().Serve(guarded);
        var connect = new ConnectBinder(app, descriptor, app.ServiceProvider.GetRequiredService<TimeProvider>(), logger);
        guarded.BindService(connect);
        var grpc = app.MapGrpcService(guarded).EnableGrpcWeb();
        grpc.Add(GrpcRules.Apply);
        return new Conventions([grpc, .. connect.Routes]).WithMetadata(new RpcRoute());
    }

    private sealed class Conventions(IReadOnlyList<IEndpointConventionBuilder> parts) : IEndpointConventionBuilder
    {
        public void Add(Action<EndpointBuilder> convention)
        {
            foreach (var part in parts)
                part.Add(convention);
        }

        public void Finally(Action<EndpointBuilder> finalConvention)
        {
            foreach (var part in parts)
                part.Finally(finalConvention);
        }
    }

    /// <summary>Maps methods to Connect routes.</summary>
    private sealed class ConnectBinder(IEndpointRouteBuilder app, Google.Protobuf.Reflection.ServiceDescriptor descriptor, TimeProvider time, ILogger logger) : ServiceBinderBase
    {
        public List<IEndpointConventionBuilder> Routes { get; } = [];

        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler)
        {
            var described = descriptor.FindMethodByName(method.Name);
            var endpoint = new UnaryEndpoint<TRequest, TResponse>(method, handler!, new ConnectCodec(described.InputType, described.OutputType), time, logger);
            Map(method, endpoint.Serve);
        }

        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler) =>
            Map(method, UnservedStream.Refuse);

        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler) =>
            Map(method, UnservedStream.Refuse);

        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler) =>
            Map(method, UnservedStream.RefuseDuplex);

        /// <summary>The route takes every HTTP method, or a fallback of the application would take those that are no POST.</summary>
        private void Map(IMethod method, RequestDelegate serve) => Routes.Add(app.Map(method.FullName, http => Serve(http, serve)).WithMetadata(ConnectRoute.Instance));

        private static Task Serve(HttpContext http, RequestDelegate serve)
        {
            if (HttpMethods.IsPost(http.Request.Method))
                return serve(http);
            http.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            http.Response.Headers.Allow = "POST";
            return Task.CompletedTask;
        }
    }

    private sealed class ConnectRoute
    {
        public static ConnectRoute Instance { get; } = new();
    }

    /// <summary>One path serves three protocols: the content type's prefix decides between gRPC with gRPC-Web, and Connect.</summary>
    private sealed class ProtocolMatcherPolicy : MatcherPolicy, IEndpointSelectorPolicy
    {
        public override int Order => 0;

        public bool AppliesToEndpoints(IReadOnlyList<Endpoint> endpoints) => endpoints.Any(e => e.Metadata.GetMetadata<ConnectRoute>() is not null);

        public Task ApplyAsync(HttpContext httpContext, CandidateSet candidates)
        {
            var isGrpc = GrpcRules.IsGrpc(httpContext.Request.ContentType);
            for (var i = 0; i < candidates.Count; i++)
            {
                if (!candidates.IsValidCandidate(i))
                    continue;
                var metadata = candidates[i].Endpoint.Metadata;
                if (metadata.GetMetadata<ConnectRoute>() is not null)
                    candidates.SetValidity(i, !isGrpc);
                else if (metadata.GetMetadata<GrpcMethodMetadata>() is not null)
                    candidates.SetValidity(i, isGrpc);
            }
            return Task.CompletedTask;
        }
    }
}
