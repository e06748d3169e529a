using System.Collections.Concurrent;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Pyro.Connect.Invokers;

namespace Pyro.Connect;

/// <summary>
/// How this process reaches others, and itself: an address that is its own leads straight to its services, any other to a gRPC channel
/// that is kept. No retries and no other handlers lie on these channels.
/// </summary>
/// <param name="time">Measures deadlines of calls inside the process.</param>
/// <param name="discover">Finds services that are known by name alone; null: the name is looked up as that of a host.</param>
public sealed class Network(TimeProvider time, Discover? discover = null) : IDisposable
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

    /// <summary>An invoker for an address <c>host:port</c>, or for the name of a service, which is looked for anew with every connection.</summary>
    public CallInvoker Dial(string address) => address == _own
        ? InProcess()
        : _peers.GetOrAdd(address, static (address, discover) => new Lazy<Peer>(() => new Peer(address, discover)), discover).Value.Invoker;

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

        public Peer(string address, Discover? discover)
        {
            var handler = new SocketsHttpHandler
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
            };
            if (discover is not null && !address.Contains(':', StringComparison.Ordinal))
                handler.ConnectCallback = (_, cancel) => Connect(address, discover, cancel);
            Channel = GrpcChannel.ForAddress($"http://{address}", new GrpcChannelOptions
            {
                MaxReceiveMessageSize = MaxReceived,
                MaxSendMessageSize = null,
                DisposeHttpClient = true,
                HttpHandler = handler,
            });
            Invoker = Channel.CreateCallInvoker();
        }

        public GrpcChannel Channel { get; }

        public CallInvoker Invoker { get; }

        private static async ValueTask<Stream> Connect(string service, Discover discover, CancellationToken cancel)
        {
            Exception failure = new UnknownServiceException(service);
            foreach (var endPoint in await discover(service, cancel))
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                try
                {
                    await socket.ConnectAsync(endPoint, cancel);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch (SocketException e)
                {
                    socket.Dispose();
                    failure = e;
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            }
            throw failure;
        }
    }
}
