using System.Net;
using System.Net.Sockets;

namespace Pyro.Tests.Unit.Gateway;

/// <summary>A component that takes connections and says nothing on them, as one that was stopped by SIGSTOP, holds up no request for long.</summary>
public sealed class FrozenComponentTests : IAsyncLifetime
{
    private readonly TcpListener _frozen = new(IPAddress.Loopback, 0);
    private GatewayServer _gateway = null!;
    private HttpClient _client = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        // Nobody accepts: the kernel completes the connections and keeps what comes.
        _frozen.Start();
        var url = $"http://{_frozen.LocalEndpoint}";
        _gateway = await GatewayServer.Start(url, url, frozenAfter: TimeSpan.FromSeconds(2));
        _client = new HttpClient { BaseAddress = _gateway.Url };
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _gateway.DisposeAsync();
        _frozen.Dispose();
    }

    [Theory]
    [InlineData("1.1", "/pyroscope/render", "query")]
    [InlineData("2.0", "/pyroscope/render", "query")]
    [InlineData("1.1", "/ingest", "distributor")]
    public async Task A_request_ends_with_504(string version, string path, string component)
    {
        // Larger than what a connection takes unread: the gateway is stuck in the body.
        using var content = new ByteArrayContent(new byte[path == "/ingest" ? 8 << 20 : 1]);
        using var answer = await Send(path, version, content);
        Assert.Equal(504, (int)answer.StatusCode);
        Assert.Equal($"{{\"code\":\"deadline_exceeded\",\"message\":\"the {component} did not answer in time\"}}\n", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_call_ends_in_its_protocol()
    {
        using var content = new ByteArrayContent(new byte[5]);
        content.Headers.ContentType = new("application/grpc-web+proto");
        using var answer = await Send("/querier.v1.QuerierService/LabelNames", "1.1", content);
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Equal("4", answer.Headers.GetValues("grpc-status").Single());
        Assert.Equal("the query did not answer in time", answer.Headers.GetValues("grpc-message").Single());
    }

    private Task<HttpResponseMessage> Send(string path, string version, HttpContent content)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Version = Version.Parse(version),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        return _client.SendAsync(request);
    }
}
