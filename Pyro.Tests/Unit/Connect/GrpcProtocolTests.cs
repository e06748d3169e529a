using System.Net;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Client.Web;

namespace Pyro.Tests.Unit.Connect;

/// <summary>The same service by gRPC and gRPC-Web on the same port.</summary>
public sealed class GrpcProtocolTests(ProbeServer server) : IClassFixture<ProbeServer>
{
    [Fact]
    public async Task Grpc_serves_every_method()
    {
        using var channel = GrpcChannel.ForAddress(server.Url);
        var client = new Probe.ProbeClient(channel);
        Assert.Equal("x", (await client.UnaryAsync(new Ask { Text = "x" })).Text);
        Assert.Equal("raw x", (await client.RawAsync(new Ask { Text = "x" })).Text);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Grpc_web_serves_over_both_versions(bool http2)
    {
        using var channel = GrpcChannel.ForAddress(server.Url, new GrpcChannelOptions
        {
            HttpHandler = new GrpcWebHandler(GrpcWebMode.GrpcWeb, new SocketsHttpHandler()),
            HttpVersion = http2 ? HttpVersion.Version20 : HttpVersion.Version11,
            HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        });
        var client = new Probe.ProbeClient(channel);
        Assert.Equal("x", (await client.UnaryAsync(new Ask { Text = "x" })).Text);
        using var stream = client.Download(new Ask { Number = 20 });
        var count = 0;
        while (await stream.ResponseStream.MoveNext(CancellationToken.None))
            Assert.Equal(count++, stream.ResponseStream.Current.Number);
        Assert.Equal(20, count);
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await client.UnaryAsync(new Ask { Order = "refuse", Number = 5, Text = "no" }));
        Assert.Equal(new Status(StatusCode.NotFound, "no"), refused.Status, SameStatus);
    }

    [Theory]
    [InlineData("application/grpc-web")]
    [InlineData("application/grpc-web+proto")]
    public async Task Grpc_web_ends_with_a_frame_of_trailers_and_echoes_its_type(string type)
    {
        using var response = await Frame("Unary", type, Framed(new Ask { Text = "x" }.ToByteArray()), HttpVersion.Version11);
        Assert.Equal(type, UnaryProtocolTests.Header(response, "Content-Type"));
        byte[] expected = [.. Framed(new Answer { Text = "x" }.ToByteArray()), 0x80, 0, 0, 0, 16, .. "grpc-status: 0\r\n"u8];
        Assert.Equal(expected, await response.Content.ReadAsByteArrayAsync());
        using var refused = await Frame("Unary", type, Framed(new Ask { Order = "refuse", Number = 3, Text = "no" }.ToByteArray()), HttpVersion.Version11);
        Assert.Equal(type, UnaryProtocolTests.Header(refused, "Content-Type"));
        Assert.Empty(await refused.Content.ReadAsByteArrayAsync());
        Assert.Equal("3", UnaryProtocolTests.Header(refused, "grpc-status"));
    }

    [Theory]
    [InlineData("application/grpc")]
    [InlineData("application/grpc+proto")]
    public async Task Grpc_echoes_its_type(string type)
    {
        using var response = await Frame("Unary", type, Framed([]), HttpVersion.Version20);
        Assert.Equal(type, UnaryProtocolTests.Header(response, "Content-Type"));
        Assert.Equal(Framed([]), await response.Content.ReadAsByteArrayAsync());
        Assert.Equal("0", response.TrailingHeaders.GetValues("grpc-status").Single());
    }

    [Theory]
    [InlineData("grpc-timeout", "abc", "3", "protocol error: timeout has invalid unit 'c'")]
    [InlineData("grpc-timeout", "xS", "3", "protocol error: invalid timeout \"xS\"")]
    [InlineData("grpc-timeout", "123456789S", "3", "protocol error: timeout \"123456789S\" is too long")]
    [InlineData("grpc-timeout", "1n", "4", "context deadline exceeded")]
    [InlineData("grpc-timeout", "0S", "4", "context deadline exceeded")]
    [InlineData("grpc-encoding", "zstd", "12", "unknown compression \"zstd\": supported encodings are gzip")]
    public async Task Headers_that_cannot_be_are_refused(string name, string value, string status, string message)
    {
        using var response = await Frame("Unary", "application/grpc", Framed([]), HttpVersion.Version20, (name, value));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(status, UnaryProtocolTests.Header(response, "grpc-status"));
        Assert.Equal(message, UnaryProtocolTests.Header(response, "grpc-message"));
    }

    [Theory]
    [InlineData("application/grpc")]
    [InlineData("application/grpc+proto")]
    public async Task Grpc_over_http1_is_refused_with_a_status(string type)
    {
        using var response = await Frame("Unary", type, "{\"name\":\"pod\"}"u8.ToArray(), HttpVersion.Version11);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(type, UnaryProtocolTests.Header(response, "Content-Type"));
        Assert.Equal("12", UnaryProtocolTests.Header(response, "grpc-status"));
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("application/grpc+json", false)]
    [InlineData("application/grpc-web+json", true)]
    public async Task Grpc_with_json_is_refused_with_a_status(string type, bool web)
    {
        using var response = await Frame("Unary", type, Framed("{\"text\":\"x\"}"u8.ToArray()), web ? HttpVersion.Version11 : HttpVersion.Version20);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("12", UnaryProtocolTests.Header(response, "grpc-status"));
        Assert.Equal("gRPC with JSON is not served; the Connect protocol is", UnaryProtocolTests.Header(response, "grpc-message"));
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("application/grpc-web-text")]
    [InlineData("application/grpc-web-text+proto")]
    public async Task Grpc_web_in_base64_is_no_type_that_is_served(string type)
    {
        var text = System.Text.Encoding.ASCII.GetBytes(Convert.ToBase64String(Framed(new Ask { Text = "x" }.ToByteArray())));
        using var response = await Frame("Unary", type, text, HttpVersion.Version11);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        Assert.Contains("application/grpc-web+proto", UnaryProtocolTests.Header(response, "Accept-Post"));
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Streams_are_refused_by_connect()
    {
        using var download = await Frame("Download", "application/connect+proto", Framed([]), HttpVersion.Version20);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, download.StatusCode);
        using var talk = await Frame("Talk", "application/connect+proto", Framed([]), HttpVersion.Version11);
        Assert.Equal(HttpStatusCode.HttpVersionNotSupported, talk.StatusCode);
        Assert.True(talk.Headers.ConnectionClose);
        using var get = await server.Send(HttpMethod.Get, "/pyro.tests.v1.Probe/Talk");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, get.StatusCode);
    }

    [Fact]
    public async Task Gone_clients_cancel_their_handlers()
    {
        using var gone = new CancellationTokenSource();
        using var client = new HttpClient();
        using var content = new StringContent("{\"order\":\"wait\"}", System.Text.Encoding.UTF8, "application/json");
        var call = client.PostAsync(server.Url + "/pyro.tests.v1.Probe/Unary", content, gone.Token);
        await server.Service.Waiting.WaitAsync(TimeSpan.FromMinutes(5));
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await server.Service.Cancelled.WaitAsync(TimeSpan.FromMinutes(5));
    }

    internal static byte[] Framed(byte[] message, bool packed = false)
    {
        var frame = new byte[5 + message.Length];
        frame[0] = packed ? (byte)1 : (byte)0;
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        message.CopyTo(frame, 5);
        return frame;
    }

    internal static bool SameStatus(Status expected, Status actual) => (expected.StatusCode, expected.Detail) == (actual.StatusCode, actual.Detail);

    private Task<HttpResponseMessage> Frame(string method, string type, byte[] body, Version version, params (string, string)[] headers)
    {
        var content = new ByteArrayContent(body);
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        return server.Send(HttpMethod.Post, "/pyro.tests.v1.Probe/" + method, content, version, [("TE", "trailers"), .. headers]);
    }
}
