using System.IO.Compression;
using System.Net;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Compression;

namespace Pyro.Tests.Unit.Connect;

/// <summary>Messages over their endpoint's limit are refused as they were sent and unpacked, in all protocols, and no more than the limit is ever unpacked.</summary>
public sealed class BodyLimitTests(ProbeServer server) : IClassFixture<ProbeServer>
{
    [Theory]
    [InlineData(ProbeServer.SmallLimit, true)]
    [InlineData(ProbeServer.SmallLimit + 1, false)]
    public async Task The_limit_itself_is_allowed(int size, bool allowed)
    {
        var body = Sized(size);
        foreach (var chunked in new[] { false, true })
        {
            using HttpContent content = chunked ? new StreamContent(new Chunks(body)) : new ByteArrayContent(body);
            content.Headers.TryAddWithoutValidation("Content-Type", "application/proto");
            using var response = await server.Send(HttpMethod.Post, "/pyro.tests.v1.Probe/Unary", content);
            Assert.Equal(allowed ? HttpStatusCode.OK : HttpStatusCode.TooManyRequests, response.StatusCode);
            if (!allowed)
                Assert.Equal($$"""{"code":"resource_exhausted","message":"message size {{size}} is larger than configured max {{ProbeServer.SmallLimit}}"}""", await response.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task A_packed_body_may_not_unpack_to_more()
    {
        using var fits = await server.Call("Unary", UnaryProtocolTests.Gzip(Sized(ProbeServer.SmallLimit)), "application/proto", ("Content-Encoding", "gzip"));
        Assert.Equal(HttpStatusCode.OK, fits.StatusCode);
        using var over = await server.Call("Unary", UnaryProtocolTests.Gzip(Sized(ProbeServer.SmallLimit + 1)), "application/proto", ("Content-Encoding", "gzip"));
        Assert.Equal(HttpStatusCode.TooManyRequests, over.StatusCode);
        Assert.Contains($"message size {ProbeServer.SmallLimit + 1} is larger than configured max {ProbeServer.SmallLimit}", await over.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_gzip_bomb_costs_no_more_than_the_limit()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
            gzip.Write(new byte[8 << 20]);
        Assert.InRange(packed.Length, 1, ProbeServer.SmallLimit);
        // Other tests allocate at the same time: the least of several tries is what the bomb costs.
        var least = long.MaxValue;
        for (var i = 0; i < 500 && least > 4 << 20; i++)
        {
            await Task.Delay(i, TestContext.Current.CancellationToken);
            var before = GC.GetTotalAllocatedBytes();
            using var response = await server.Call("Unary", packed.ToArray(), "application/proto", ("Content-Encoding", "gzip"));
            Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
            least = Math.Min(least, GC.GetTotalAllocatedBytes() - before);
        }

        Assert.InRange(least, 0, 4 << 20);
    }

    [Fact]
    public async Task Grpc_messages_have_the_same_limit()
    {
        using var channel = GrpcChannel.ForAddress(server.Url, new GrpcChannelOptions { CompressionProviders = [new GzipCompressionProvider(CompressionLevel.Fastest)] });
        var client = new Probe.ProbeClient(channel);
        Assert.NotNull(await client.UnaryAsync(Ask.Parser.ParseFrom(Sized(ProbeServer.SmallLimit))));
        var over = await Assert.ThrowsAsync<RpcException>(async () => await client.UnaryAsync(Ask.Parser.ParseFrom(Sized(ProbeServer.SmallLimit + 1))));
        Assert.Equal(new Status(StatusCode.ResourceExhausted, $"message size {ProbeServer.SmallLimit + 1} is larger than configured max {ProbeServer.SmallLimit}"), over.Status, GrpcProtocolTests.SameStatus);

        var packed = new CallOptions([new("grpc-internal-encoding-request", "gzip")]);
        Assert.NotNull(await client.UnaryAsync(Ask.Parser.ParseFrom(Sized(ProbeServer.SmallLimit)), packed));
        var bomb = await Assert.ThrowsAsync<RpcException>(async () => await client.UnaryAsync(new Ask { Blob = ByteString.CopyFrom(new byte[1 << 20]) }, packed));
        Assert.Equal(StatusCode.ResourceExhausted, bomb.StatusCode);
        Assert.Contains($"is larger than configured max {ProbeServer.SmallLimit}", bomb.Status.Detail);
    }

    [Fact]
    public async Task Every_message_of_a_stream_has_the_limit()
    {
        using var channel = GrpcChannel.ForAddress(server.Url);
        using var call = new Probe.ProbeClient(channel).Upload();
        for (var i = 0; i < 20; i++)
            await call.RequestStream.WriteAsync(Ask.Parser.ParseFrom(Sized(9_000)));
        try
        {
            await call.RequestStream.WriteAsync(Ask.Parser.ParseFrom(Sized(11_000)));
            await call.RequestStream.CompleteAsync();
        }
        catch (RpcException)
        {
            // The writer may learn of the cut stream first: only the call's own end is sure to tell why.
        }

        var over = await Assert.ThrowsAsync<RpcException>(async () => await call);
        Assert.Equal(StatusCode.ResourceExhausted, over.StatusCode);
    }

    /// <summary>A message of exactly so many bytes.</summary>
    private static byte[] Sized(int size)
    {
        // Before the blob: a tag and a length of two bytes.
        var ask = new Ask { Blob = ByteString.CopyFrom(new byte[size - 3]) };
        Assert.Equal(size, ask.CalculateSize());
        return ask.ToByteArray();
    }

    /// <summary>A body of unknown length.</summary>
    private sealed class Chunks(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
