using System.Net;
using Grpc.Core;
using Pyro.Connect;
using Pyro.Connect.Invokers;

namespace Pyro.Tests.Unit.Connect;

/// <summary>An address leads into the process or over a socket.</summary>
public sealed class NetworkTests
{
    [Fact]
    public void A_failure_is_told_without_the_text_of_its_exception()
    {
        Assert.Equal("the connection broke", PeerFailure.Reason(new HttpRequestException("x", new IOException("y", new ObjectDisposedException("z")))));
        Assert.Equal("Connection refused", PeerFailure.Reason(new HttpRequestException("x", new System.Net.Sockets.SocketException((int)System.Net.Sockets.SocketError.ConnectionRefused))));
        Assert.Equal("no answer", PeerFailure.Reason(new HttpRequestException("x", new HttpProtocolException(1, "ping", null))));
    }

    [Fact]
    public async Task The_own_address_leads_into_the_process_and_others_to_one_channel_each()
    {
        await using var server = new ProbeServer { Unlimited = true };
        await server.InitializeAsync();
        using var network = new Network(TimeProvider.System) { OwnAddress = "ingester-1:4040" };
        network.Serve(Probe.BindService(new ProbeService()));
        Assert.IsType<InProcessCallInvoker>(network.Dial("ingester-1:4040"));
        Assert.Equal("here", (await new Probe.ProbeClient(network.Dial("ingester-1:4040")).UnaryAsync(new Ask { Text = "here" })).Text);

        var there = $"127.0.0.1:{server.Port}";
        Assert.Same(network.Dial(there), network.Dial(there));
        Assert.Equal("there", (await new Probe.ProbeClient(network.Dial(there)).UnaryAsync(new Ask { Text = "there" })).Text);
    }

    [Fact]
    public async Task A_service_that_is_added_later_is_reached()
    {
        using var network = new Network(TimeProvider.System) { OwnAddress = "a:1" };
        var early = new Probe.ProbeClient(network.Dial("a:1"));
        Assert.Equal(StatusCode.Unimplemented, (await Assert.ThrowsAsync<RpcException>(async () => await early.UnaryAsync(new Ask()))).StatusCode);
        network.Serve(Probe.BindService(new ProbeService()));
        Assert.NotNull(await new Probe.ProbeClient(network.Dial("a:1")).UnaryAsync(new Ask()));
    }

    [Fact]
    public async Task Nobody_at_an_address_is_unavailable()
    {
        using var network = new Network(TimeProvider.System);
        var client = new Probe.ProbeClient(network.Dial("127.0.0.1:1"));
        Assert.Equal(StatusCode.Unavailable, (await Assert.ThrowsAsync<RpcException>(async () => await client.UnaryAsync(new Ask()))).StatusCode);
    }

    [Fact]
    public async Task A_service_known_by_name_is_looked_for_with_every_connection()
    {
        var ports = new Queue<int>();
        var asked = new List<string>();
        using var network = new Network(TimeProvider.System, (service, _) =>
        {
            asked.Add(service);
            // The first address leads nowhere: the next one is tried.
            return ValueTask.FromResult<IReadOnlyList<EndPoint>>([new IPEndPoint(IPAddress.Loopback, 1), new IPEndPoint(IPAddress.Loopback, ports.Peek())]);
        });
        var client = new Probe.ProbeClient(network.Dial("probe"));
        for (var round = 1; round <= 2; round++)
        {
            await using var server = new ProbeServer { Unlimited = true };
            await server.InitializeAsync();
            ports.Clear();
            ports.Enqueue(server.Port);
            Assert.Equal(round, await Number(round, mayBreak: round > 1));
            Assert.Equal(round, await Number(round, mayBreak: false));
            Assert.Equal(round, asked.Count);
        }
        var gone = PeerFailure.Of(await Assert.ThrowsAsync<RpcException>(async () => await Number(0, mayBreak: true)));
        Assert.Equal(StatusCode.Unavailable, gone.StatusCode);
        Assert.StartsWith("cannot be reached: ", gone.Detail, StringComparison.Ordinal);
        Assert.All(asked, service => Assert.Equal("probe", service));

        // That the connection to a server which is gone is broken may turn out only when it is used, once.
        async Task<long> Number(int number, bool mayBreak)
        {
            try
            {
                return (await client.UnaryAsync(new Ask { Number = number })).Number;
            }
            catch (RpcException e) when (mayBreak && PeerFailure.Of(e) is { StatusCode: StatusCode.Unavailable } failure && failure.Detail.EndsWith("broke", StringComparison.Ordinal))
            {
                return (await client.UnaryAsync(new Ask { Number = number })).Number;
            }
        }
    }

    [Fact]
    public async Task A_service_without_an_address_is_unavailable()
    {
        using var network = new Network(TimeProvider.System, (_, _) => ValueTask.FromResult<IReadOnlyList<EndPoint>>([]));
        var client = new Probe.ProbeClient(network.Dial("nobody"));
        var failure = await Assert.ThrowsAsync<RpcException>(async () => await client.UnaryAsync(new Ask()));
        Assert.Equal(new Status(StatusCode.Unavailable, "cannot be reached: no address of the service nobody is known"), PeerFailure.Of(failure), GrpcProtocolTests.SameStatus);
    }

    [Fact]
    public async Task A_connection_that_breaks_is_unavailable_and_a_refusal_stays_one()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var hangUp = Task.Run(async () => (await listener.AcceptTcpClientAsync()).Dispose());
        using var network = new Network(TimeProvider.System);
        var client = new Probe.ProbeClient(network.Dial(listener.LocalEndpoint.ToString()!));
        Assert.Equal(StatusCode.Unavailable, PeerFailure.Of(await Assert.ThrowsAsync<RpcException>(async () => await client.UnaryAsync(new Ask()))).StatusCode);
        await hangUp;
        Assert.Equal(StatusCode.NotFound, PeerFailure.Of(new RpcException(new Status(StatusCode.NotFound, "x"))).StatusCode);
    }
}
