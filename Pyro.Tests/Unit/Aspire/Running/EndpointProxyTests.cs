using System.Net;
using System.Net.Sockets;
using System.Text;
using Aspire.Hosting.Running;

namespace Pyro.Tests.Unit.Aspire.Running;

public sealed class EndpointProxyTests
{
    [Fact]
    public async Task Connections_go_to_the_replicas_in_turn_on_both_loopback_addresses()
    {
        await using var a = new Greeter("a");
        await using var b = new Greeter("b");
        await using var proxy = EndpointProxy.Listen("localhost", null);
        proxy.SetTargets([a.Target(), b.Target()]);
        var answers = new List<string>();
        for (var i = 0; i < 6; i++)
            answers.Add(await Ask(i % 2 == 0 ? "127.0.0.1" : "localhost", proxy.Port, "hi"));
        Assert.Equal(["a:hi", "a:hi", "a:hi", "b:hi", "b:hi", "b:hi"], answers.Order(StringComparer.Ordinal));
        if (Socket.OSSupportsIPv6)
            Assert.EndsWith(":hi", await Ask("::1", proxy.Port, "hi"));
    }

    [Fact]
    public async Task A_replica_that_refuses_is_passed_over_and_unhealthy_ones_are_last()
    {
        await using var up = new Greeter("up");
        await using var sick = new Greeter("sick");
        await using var proxy = EndpointProxy.Listen("localhost", null);
        proxy.SetTargets([new("127.0.0.1", Ports.Free(), true), up.Target(), sick.Target() with { IsHealthy = false }]);
        for (var i = 0; i < 4; i++)
            Assert.Equal("up:x", await Ask("127.0.0.1", proxy.Port, "x"));
        proxy.SetTargets([sick.Target() with { IsHealthy = false }]);
        Assert.Equal("sick:x", await Ask("127.0.0.1", proxy.Port, "x"));
    }

    [Fact]
    public async Task The_port_stays_while_no_replica_is_there_and_serves_the_next()
    {
        await using var proxy = EndpointProxy.Listen("localhost", null);
        await Assert.ThrowsAnyAsync<Exception>(() => AskOrFail(proxy.Port));
        await using var next = new Greeter("next");
        proxy.SetTargets([next.Target()]);
        Assert.Equal("next:x", await Ask("127.0.0.1", proxy.Port, "x"));
    }

    [Fact]
    public async Task A_megabyte_goes_through_both_ways_after_a_half_close()
    {
        await using var echo = new Greeter("");
        await using var proxy = EndpointProxy.Listen("localhost", null);
        proxy.SetTargets([echo.Target()]);
        var text = string.Concat(Enumerable.Repeat("0123456789abcdef", 65_536));
        Assert.Equal(":" + text, await Ask("127.0.0.1", proxy.Port, text));
        await Shell.Until(() => proxy.OpenConnections == 0, "the connection's end");
    }

    [Fact]
    public async Task A_broken_answer_is_not_taken_for_a_whole_one()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var proxy = EndpointProxy.Listen("localhost", null);
        proxy.SetTargets([new("127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port, true)]);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, proxy.Port);
        using (var server = await listener.AcceptSocketAsync())
        {
            await server.SendAsync("half"u8.ToArray());
            await Task.Delay(50);
            server.Close(0);
        }
        await Assert.ThrowsAnyAsync<IOException>(async () => await new StreamReader(client.GetStream()).ReadToEndAsync());
    }

    [Fact]
    public async Task A_taken_port_is_named_and_a_closed_proxy_gives_its_own_back()
    {
        var first = EndpointProxy.Listen("localhost", null);
        var taken = Assert.Throws<PortUnusableException>(() => EndpointProxy.Listen("localhost", first.Port));
        Assert.Contains(first.Port.ToString(), taken.Message);
        await first.DisposeAsync();
        await using var again = EndpointProxy.Listen("localhost", first.Port);
        Assert.Equal(first.Port, again.Port);
    }

    [Fact]
    public void Free_ports_are_never_the_same()
    {
        var ports = Enumerable.Range(0, 200).Select(_ => Ports.Free()).ToList();
        Assert.Equal(200, ports.Distinct().Count());
        ports.ForEach(Ports.Return);
    }

    private static async Task<string> Ask(string host, int port, string text)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(host, port);
        var stream = client.GetStream();
        var sending = Send(client, stream, text);
        var answer = await new StreamReader(stream).ReadToEndAsync();
        await sending;
        return answer;
    }

    private static async Task Send(TcpClient client, NetworkStream stream, string text)
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes(text));
        client.Client.Shutdown(SocketShutdown.Send);
    }

    private static async Task AskOrFail(int port)
    {
        if ((await Ask("127.0.0.1", port, "x")).Length == 0)
            throw new IOException("closed");
    }

    /// <summary>Answers with its name and all that it was sent, once the client has closed its side.</summary>
    private sealed class Greeter : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly Task _serving;

        public Greeter(string name)
        {
            _listener.Start();
            _serving = Serve(name);
        }

        public ProxyTarget Target() => new("127.0.0.1", ((IPEndPoint)_listener.LocalEndpoint).Port, true);

        public async ValueTask DisposeAsync()
        {
            _listener.Stop();
            await _serving;
        }

        private async Task Serve(string name)
        {
            try
            {
                while (true)
                {
                    using var client = await _listener.AcceptTcpClientAsync();
                    var stream = client.GetStream();
                    using var reader = new StreamReader(stream);
                    var text = await reader.ReadToEndAsync();
                    await stream.WriteAsync(Encoding.ASCII.GetBytes($"{name}:{text}"));
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException)
            {
                // Stopped.
            }
        }
    }
}
