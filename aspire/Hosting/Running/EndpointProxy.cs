using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;

namespace Aspire.Hosting.Running;

/// <summary>One process behind an endpoint.</summary>
/// <param name="Host">Where it listens.</param>
/// <param name="Port">Its own port.</param>
/// <param name="IsHealthy">Whether it is preferred to those that are not.</param>
internal sealed record ProxyTarget(string Host, int Port, bool IsHealthy);

/// <summary>
/// The public port of an endpoint: hands each TCP connection, byte by byte, to one of the replicas in turn, the healthy ones first. The port
/// stays open while replicas come and go, so that a restart keeps the address.
/// </summary>
internal sealed class EndpointProxy : IAsyncDisposable
{
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(5);
    private static readonly IPAddress[] Loopback = [IPAddress.Loopback, IPAddress.IPv6Loopback];

    private readonly CancellationTokenSource _stopping = new();
    private readonly IReadOnlyList<Socket> _listeners;
    private readonly Task _accepting;
    private ImmutableArray<ProxyTarget> _targets = [];
    private uint _turn;
    private int _open;

    private EndpointProxy(IReadOnlyList<Socket> listeners, int port)
    {
        _listeners = listeners;
        Port = port;
        _accepting = Task.WhenAll(listeners.Select(Accept));
    }

    /// <summary>The public port.</summary>
    public int Port { get; }

    /// <summary>Connections that are open now.</summary>
    public int OpenConnections => Volatile.Read(ref _open);

    /// <summary>Opens the public port. Connections are closed at once until there are targets.</summary>
    /// <param name="host">"localhost", an address, or "*" for all.</param>
    /// <param name="port">Null: any free one.</param>
    /// <exception cref="PortUnusableException">The port cannot be opened.</exception>
    public static EndpointProxy Listen(string host, int? port)
    {
        var (sockets, bound) = ProxyListener.Open(host, port);
        return new(sockets, bound);
    }

    /// <summary>The processes behind the port from now on; connections that are open stay.</summary>
    public void SetTargets(ImmutableArray<ProxyTarget> targets) => ImmutableInterlocked.InterlockedExchange(ref _targets, targets);

    /// <summary>Closes the port and every connection.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        foreach (var listener in _listeners)
            listener.Dispose();
        await _accepting;
        _stopping.Dispose();
    }

    private async Task Accept(Socket listener)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var client = await listener.AcceptAsync(_stopping.Token);
                _ = Serve(client, _stopping.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                // The client went away, or there are no file handles for a moment.
                await Task.Delay(10);
            }
        }
    }

    private async Task Serve(Socket client, CancellationToken cancellation)
    {
        Interlocked.Increment(ref _open);
        using (client)
        {
            try
            {
                using var server = await Connect(cancellation);
                if (server is not null)
                    await SocketRelay.Run(client, server, cancellation);
                else
                    client.Close(0);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                client.Close(0);
            }
            finally
            {
                Interlocked.Decrement(ref _open);
            }
        }
    }

    private async Task<Socket?> Connect(CancellationToken cancellation)
    {
        foreach (var target in InTurn(_targets, Interlocked.Increment(ref _turn)))
        {
            if (await TryConnect(target, cancellation) is { } socket)
                return socket;
        }
        return null;
    }

    /// <summary>All of them, the healthy ones first, each group from another one on at each turn.</summary>
    private static IEnumerable<ProxyTarget> InTurn(ImmutableArray<ProxyTarget> targets, uint turn)
    {
        foreach (var group in targets.GroupBy(target => target.IsHealthy).OrderByDescending(group => group.Key))
        {
            var members = group.ToArray();
            for (var i = 0; i < members.Length; i++)
                yield return members[(int)((turn + (uint)i) % (uint)members.Length)];
        }
    }

    private static async Task<Socket?> TryConnect(ProxyTarget target, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(ConnectLimit);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (target.Host == "localhost")
                await socket.ConnectAsync(Loopback, target.Port, limit.Token);
            else
                await socket.ConnectAsync(target.Host, target.Port, limit.Token);
            return socket;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            socket.Dispose();
            cancellation.ThrowIfCancellationRequested();
            return null;
        }
    }
}
