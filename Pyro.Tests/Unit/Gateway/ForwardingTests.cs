using System.IO.Pipelines;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Pyro.Connect.Listening;

namespace Pyro.Tests.Unit.Gateway;

/// <summary>Requests and answers pass the gateway as they are, one time, as they come.</summary>
public sealed class ForwardingTests : IAsyncLifetime
{
    private readonly List<(string Line, Dictionary<string, string> Headers)> _seen = [];
    private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WebApplication _backend = null!;
    private GatewayServer _gateway = null!;
    private HttpClient _client = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.ListenOnOnePort(IPAddress.Loopback, 0);
        _backend = builder.Build();
        _backend.Run(Answer);
        await _backend.StartAsync();
        var url = _backend.Urls.Single(u => !OnePort.IsInner(u));
        _gateway = await GatewayServer.Start(url, url);
        _client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = _gateway.Url };
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _gateway.DisposeAsync();
        await _backend.DisposeAsync();
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Headers_pass_both_ways_by_http2_whatever_the_version(string version)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/pyroscope/render?query=a%2Bb%20c&x=%7B%22%7D")
        {
            Version = Version.Parse(version),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent([1, 2, 3]),
        };
        request.Headers.Add("X-Scope-OrgID", "one|two");
        request.Headers.Host = "pyro.example:99";
        using var answer = await _client.SendAsync(request);
        Assert.Equal(429, (int)answer.StatusCode);
        Assert.Equal("7", answer.Headers.GetValues("Retry-After").Single());
        Assert.Equal(["a", "b"], answer.Headers.GetValues("X-Two"));
        Assert.Equal("""{"code":"resource_exhausted","message":"<&>"}""", await answer.Content.ReadAsStringAsync());

        var (line, headers) = Assert.Single(Seen(), request => !IsProbe(request.Line));
        Assert.Equal($"POST /pyroscope/render?query=a%2Bb%20c&x=%7B%22%7D HTTP/2", line);
        Assert.Equal("one|two", headers["X-Scope-OrgID"]);
        Assert.Equal("pyro.example:99", headers["Host"]);
        Assert.Equal("3", headers["Content-Length"]);
        Assert.DoesNotContain(headers.Keys, name => name.StartsWith("X-Forwarded", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task An_answer_comes_through_as_it_is_written()
    {
        using var answer = await _client.GetAsync("/slow", HttpCompletionOption.ResponseHeadersRead);
        await using var body = await answer.Content.ReadAsStreamAsync();
        var buffer = new byte[16];
        Assert.Equal("first", Encoding.UTF8.GetString(buffer, 0, await body.ReadAsync(buffer)));
        _goOn.SetResult();
        Assert.Equal("second", Encoding.UTF8.GetString(buffer, 0, await body.ReadAsync(buffer)));
    }

    [Fact]
    public async Task A_connection_that_breaks_is_an_error_and_no_second_try()
    {
        using var content = new StringContent("x");
        using var answer = await _client.PostAsync("/ingest?break", content);
        Assert.Equal(503, (int)answer.StatusCode);
        Assert.Equal("1", answer.Headers.GetValues("Retry-After").Single());
        // Whether the body was through already is chance.
        Assert.Contains(await answer.Content.ReadAsStringAsync(), (string[])
        [
            "{\"code\":\"unavailable\",\"message\":\"the distributor cannot be reached\"}\n",
            "{\"code\":\"unavailable\",\"message\":\"the connection to the distributor broke\"}\n",
        ]);
        Assert.Single(Seen(), request => !IsProbe(request.Line));
    }

    [Fact]
    public async Task A_connection_that_breaks_while_the_body_comes_is_no_fault_of_the_client()
    {
        // Who notices first, the reader of the body or the whole request, is chance: so as many as fit on a connection.
        var statuses = await Task.WhenAll(Enumerable.Range(0, 90).Select(async _ =>
        {
            var body = new Pipe();
            await body.Writer.WriteAsync(new byte[10]);
            using var request = new HttpRequestMessage(HttpMethod.Post, "/ingest?break")
            {
                Version = HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Content = new StreamContent(body.Reader.AsStream()),
            };
            using var answer = await _client.SendAsync(request);
            await body.Writer.CompleteAsync();
            return (int)answer.StatusCode;
        }));
        Assert.All(statuses, status => Assert.Equal(503, status));
    }

    [Fact]
    public async Task Grpc_over_http1_is_the_component_s_to_refuse()
    {
        using var content = new ByteArrayContent([0, 0, 0, 0, 0]);
        content.Headers.ContentType = new("application/grpc");
        using var answer = await _client.PostAsync("/querier.v1.QuerierService/LabelNames", content);
        Assert.Equal(429, (int)answer.StatusCode);
        Assert.EndsWith(" HTTP/1.1", Assert.Single(Seen(), request => !IsProbe(request.Line)).Line, StringComparison.Ordinal);
    }

    /// <summary>The gateway asks what is behind it whether it is ready, whenever it likes.</summary>
    private static bool IsProbe(string line) => line.StartsWith("GET /ready ", StringComparison.Ordinal);

    [Theory]
    [InlineData("/ready", 200)]
    [InlineData("/alive", 200)]
    [InlineData("/metrics", 200)]
    [InlineData("/api/v1/status/buildinfo", 200)]
    [InlineData("/READY", 404)]
    public async Task Operational_routes_are_its_own(string path, int status)
    {
        using var answer = await _client.GetAsync(path);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.DoesNotContain(Seen(), seen => !seen.Line.StartsWith("GET /ready ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_admin_page_says_whose_it_is_and_what_stands_behind()
    {
        var page = await _client.GetStringAsync("/admin");
        Assert.Contains("<b>gateway</b>", page, StringComparison.Ordinal);
        Assert.Contains($"query (<code>{_backend.Urls.Single(u => !OnePort.IsInner(u))}</code>)", page, StringComparison.Ordinal);
    }

    private List<(string Line, Dictionary<string, string> Headers)> Seen()
    {
        lock (_seen)
            return [.. _seen];
    }

    private async Task Answer(HttpContext context)
    {
        var request = context.Request;
        lock (_seen)
        {
            _seen.Add(($"{request.Method} {request.Path}{request.QueryString} {request.Protocol}",
                request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase)));
        }
        switch (request.Path.Value)
        {
            case "/ready":
                break;
            case "/ingest":
                context.Abort();
                break;
            case "/slow":
                await context.Response.WriteAsync("first");
                await context.Response.Body.FlushAsync();
                await _goOn.Task;
                await context.Response.WriteAsync("second");
                break;
            default:
                context.Response.StatusCode = 429;
                context.Response.Headers.RetryAfter = "7";
                context.Response.Headers["X-Two"] = new(["a", "b"]);
                context.Response.ContentType = "application/json";
                await context.Response.WriteAsync("""{"code":"resource_exhausted","message":"<&>"}""");
                break;
        }
    }
}
