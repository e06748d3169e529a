using System.Collections.Concurrent;
using Grpc.Core;
using Grpc.Net.Client;
using Pyro.Connect.Invokers;

namespace Pyro.Connect;

/// <summary>
/// How this process reaches others, and itself: an address that is its own leads straight to its services, any other to a gRPC channel
/// that is kept. No retries and no other handlers lie on these channels.
/// </summary>
public sealed class Network(TimeProvider time) : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<Peer>> _peers = new(StringComparer.Ordinal);
    private readonly List<ServerServiceDefinition> _definitions = [];
    private readonly Lock _gate = new();
    private volatile string? _own;
    private volatile CallInvoker? _inProcess;

    /// <summary>The address under which others know this process; set when the port is bound.</summary>
    public string? OwnAddress
    {
        get => _own;
        set => _own = value;
    }

    /// <summary>Makes a service of this process reachable from inside it.</summary>
    public void Serve(ServerServiceDefinition definition)
    {
        lock (_gate)
        {
            _definitions.Add(definition);
            _inProcess = null;
        }
    }

    /// <summary>An invoker for an address <c>host:port</c>.</summary>
    public CallInvoker Dial(string address) => address == _own
        ? InProcess()
        : _peers.GetOrAdd(address, static address => new Lazy<Peer>(() => new Peer(address))).Value.Invoker;

    /// <summary>The services of this process.</summary>
    public CallInvoker InProcess()
    {
        if (_inProcess is { } known)
            return known;
        lock (_gate)
            return _inProcess ??= InProcessCallInvoker.Over(time, [.. _definitions]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var peer in _peers.Values)
        {
            if (peer.IsValueCreated)
                peer.Value.Channel.Dispose();
        }
    }

    private sealed class Peer
    {
        // An answer of one message; streams between peers are cut into messages of 1 MiB.
        private const int MaxReceived = 64 << 20;

        public Peer(string address)
        {
            Channel = GrpcChannel.ForAddress($"http://{address}", new GrpcChannelOptions
            {
                MaxReceiveMessageSize = MaxReceived,
                MaxSendMessageSize = null,
                DisposeHttpClient = true,
                HttpHandler = new SocketsHttpHandler
                {
                    EnableMultipleHttp2Connections = true,
                    InitialHttp2StreamWindowSize = 1 << 20,
                    KeepAlivePingDelay = TimeSpan.FromSeconds(10),
                    KeepAlivePingTimeout = TimeSpan.FromSeconds(5),
                    KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
                    ConnectTimeout = TimeSpan.FromSeconds(5),
                    UseProxy = false,
                    UseCookies = false,
                    AllowAutoRedirect = false,
                },
            });
            Invoker = Channel.CreateCallInvoker();
        }

        public GrpcChannel Channel { get; }

        public CallInvoker Invoker { get; }
    }
}
