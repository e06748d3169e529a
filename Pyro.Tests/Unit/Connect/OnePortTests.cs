using System.Buffers;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Grpc.Net.Client;
using Pyro.Connect.Listening;

namespace Pyro.Tests.Unit.Connect;

/// <summary>HTTP/1.1 and cleartext HTTP/2 on one port, told apart by the first bytes.</summary>
public sealed class OnePortTests
{
    private static readonly byte[] Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray();

    private const string Request =
        "POST /pyro.tests.v1.Probe/Unary HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 14\r\nConnection: close\r\n\r\n{\"text\":\"abc\"}";

    [Fact]
    public void The_preface_is_known_by_its_first_wrong_byte()
    {
        Assert.Null(Http2Preface.Compare(ReadOnlySequence<byte>.Empty));
        Assert.Null(Http2Preface.Compare(new(Preface.AsMemory(0, 23))));
        Assert.True(Http2Preface.Compare(new(Preface)));
        Assert.True(Http2Preface.Compare(new([.. Preface, 1, 2, 3])));
        Assert.False(Http2Preface.Compare(new("POST"u8.ToArray())));
        Assert.False(Http2Preface.Compare(new("PRI * HTTP/1.1\r\n"u8.ToArray())));
    }

    [Fact]
    public async Task Http1_is_served_however_its_bytes_arrive()
    {
        await using var server = new ProbeServer();
        await server.InitializeAsync();
        foreach (var step in new[] { 1, 7, Request.Length })
        {
            using var socket = await Connect(server);
            for (var i = 0; i < Request.Length; i += step)
            {
                await socket.SendAsync(Encoding.ASCII.GetBytes(Request.Substring(i, Math.Min(step, Request.Length - i))));
                if (i < 30)
                    await Task.Delay(2);
            }
            var answer = await ReadAll(socket);
            Assert.StartsWith("HTTP/1.1 200", answer);
            Assert.EndsWith("{\"text\":\"abc\"}", answer);
        }
    }

    [Fact]
    public async Task Http2_is_served_when_the_preface_comes_in_pieces()
    {
        await using var server = new ProbeServer();
        await server.InitializeAsync();
        using var socket = await Connect(server);
        for (var i = 0; i < Preface.Length; i++)
        {
            await socket.SendAsync(Preface.AsMemory(i, 1));
            await Task.Delay(1);
        }
        // Empty settings; the server answers with its own.
        await socket.SendAsync(new byte[] { 0, 0, 0, 4, 0, 0, 0, 0, 0 });
        var frame = new byte[9];
        await ReadExactly(socket, frame);
        Assert.Equal(4, frame[3]);
    }

    [Fact]
    public async Task One_connection_serves_call_after_call()
    {
        await using var server = new ProbeServer();
        await server.InitializeAsync();
        using var channel = GrpcChannel.ForAddress(server.Url);
        var client = new Probe.ProbeClient(channel);
        await Task.WhenAll(Enumerable.Range(0, 200).Select(async i => Assert.Equal(i, (await client.UnaryAsync(new Ask { Number = i })).Number)));
        for (var i = 0; i < 50; i++)
            Assert.Equal(200, (await server.CallJson("Unary", "{}")).Status);
    }

    [Fact]
    public async Task The_port_really_bound_is_told()
    {
        await using var server = new ProbeServer();
        await server.InitializeAsync();
        Assert.NotEqual(0, server.Port);
        Assert.Equal(2, server.App.Urls.Count);
        Assert.Single(server.App.Urls, OnePort.IsInner);
    }

    [Fact]
    public async Task Silent_and_idle_connections_do_not_hold_up_the_stop()
    {
        var server = new ProbeServer();
        await server.InitializeAsync();
        using var silent = await Connect(server);
        using var half = await Connect(server);
        await half.SendAsync(Preface.AsMemory(0, 10));
        using var channel = GrpcChannel.ForAddress(server.Url);
        await new Probe.ProbeClient(channel).UnaryAsync(new Ask());
        Assert.Equal(200, (await server.CallJson("Unary", "{}")).Status);

        var watch = Stopwatch.StartNew();
        await server.App.StopAsync();
        // The shutdown's own time-out is 30 s.
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(25));
        Assert.Equal("", await ReadAll(silent));
        await server.DisposeAsync();
    }

    [Fact]
    public async Task A_call_in_flight_ends_before_the_stop()
    {
        var server = new ProbeServer();
        await server.InitializeAsync();
        using var channel = GrpcChannel.ForAddress(server.Url);
        using var talk = new Probe.ProbeClient(channel).Talk();
        await talk.RequestStream.WriteAsync(new Ask { Text = "before" });
        Assert.True(await talk.ResponseStream.MoveNext(CancellationToken.None));
        var stop = server.App.StopAsync();
        await Task.Delay(100);
        Assert.False(stop.IsCompleted);
        await talk.RequestStream.WriteAsync(new Ask { Text = "after" });
        Assert.True(await talk.ResponseStream.MoveNext(CancellationToken.None));
        await talk.RequestStream.CompleteAsync();
        Assert.False(await talk.ResponseStream.MoveNext(CancellationToken.None));
        await stop.WaitAsync(TimeSpan.FromMinutes(5));
        await server.DisposeAsync();
    }

    private static async Task<Socket> Connect(ProbeServer server)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, server.Port);
        return socket;
    }

    private static async Task<string> ReadAll(Socket socket)
    {
        var all = new StringBuilder();
        var buffer = new byte[4096];
        try
        {
            while (await socket.ReceiveAsync(buffer) is > 0 and var read)
                all.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }
        catch (SocketException)
        {
            // Reset is an end as well.
        }
        return all.ToString();
    }

    private static async Task ReadExactly(Socket socket, byte[] buffer)
    {
        for (var at = 0; at < buffer.Length;)
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(at));
            Assert.NotEqual(0, read);
            at += read;
        }
    }
}
