using Grpc.Core;
using Grpc.Net.Client;
using Pyro.Tests.Unit.Connect;

namespace Pyro.Tests.Unit.Gateway;

/// <summary>Calls by gRPC keep the contract through the gateway: streams both ways, metadata, trailers, deadlines, cancellation.</summary>
public sealed class GatewayCallTests : CallInvokerContract, IAsyncLifetime
{
    private readonly ProbeServer _server = new() { Unlimited = true };
    private GatewayServer _gateway = null!;
    private GrpcChannel? _channel;

    private protected override CallInvoker Invoker => _channel!.CreateCallInvoker();

    private protected override ProbeService Service => _server.Service;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        await _server.InitializeAsync();
        _gateway = await GatewayServer.Start("http://127.0.0.1:1", _server.Url);
        _channel = GrpcChannel.ForAddress(_gateway.Url);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _channel?.Dispose();
        await _gateway.DisposeAsync();
        await _server.DisposeAsync();
    }
}
