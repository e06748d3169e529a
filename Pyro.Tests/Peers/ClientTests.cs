using System.Diagnostics;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Pyro.Tests.Peers;

/// <summary>To the single process.</summary>
public sealed class OneProcessClientTests : ClientTests
{
    private protected override async Task<(IAsyncDisposable, Uri, string)> Start()
    {
        var pyro = await RunningPyro.Start();
        return (pyro, pyro.Url, pyro.Folder);
    }
}

/// <summary>To the gateway, behind which the components run as processes.</summary>
public sealed class GatewayClientTests : ClientTests
{
    private protected override async Task<(IAsyncDisposable, Uri, string)> Start()
    {
        var cluster = await RunningCluster.Start();
        return (cluster, cluster.Gateway.Url, cluster.Folder);
    }
}

/// <summary>Clients that others wrote push to the built program and ask it.</summary>
public abstract class ClientTests : IAsyncLifetime
{
    private IAsyncDisposable _running = null!;
    private Uri _url = null!;
    private string _folder = null!;
    private HttpClient _client = null!;

    /// <summary>What is pushed to: it, its address, and a folder that goes with it.</summary>
    private protected abstract Task<(IAsyncDisposable Running, Uri Url, string Folder)> Start();

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        (_running, _url, _folder) = await Start();
        _client = new HttpClient { BaseAddress = _url };
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        if (_running is not null)
            await _running.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Five_transports_of_connect_node_agree()
    {
        var descriptors = Path.Combine(_folder, "descriptors.bin");
        await File.WriteAllBytesAsync(descriptors, Descriptors().ToByteArray());
        var answer = await RunNode("connect.mjs", _url.ToString().TrimEnd('/'), descriptors, await ProfileFile());
        Assert.Equal(5, answer.AsObject().Count);
        foreach (var (transport, got) in answer.AsObject())
        {
            Assert.True((string)got!["total"]! == "7", $"{transport}: {got}");
            Assert.Equal(["total", "main", "work", "idle"], got["names"]!.AsArray().Select(n => (string)n!));
            Assert.Contains(SmallProfile.CpuType, got["types"]!.AsArray().Select(t => (string)t!));
            Assert.Equal("InvalidArgument", (string)got["error"]!["code"]!);
            Assert.Equal("missing time range in the query", (string)got["error"]!["message"]!);
        }
    }

    [Fact]
    public async Task Grpc_js_pushes_and_asks()
    {
        var protos = Path.Combine(Repository.Root, "lib", "Pyro.Api");
        var answer = await RunNode("grpc.mjs", $"127.0.0.1:{_url.Port}", protos, await ProfileFile());
        Assert.Equal("7", (string)answer["total"]!);
        Assert.Equal(3, (int)answer["error"]!["code"]!);
        Assert.Equal("missing time range in the query", (string)answer["error"]!["message"]!);
    }

    [Fact]
    public async Task The_Node_sdk_is_understood()
    {
        var (code, output, error) = await Node.Run("sdk.mjs", _url.ToString().TrimEnd('/'), "node-shop");
        Assert.True(code == 0, output + error);
        var types = await ConnectHttp.Query(_client, "ProfileTypes", []);
        var wall = types["profileTypes"]!.AsArray().Select(t => (string)t!["ID"]!).Single(id => id.StartsWith("wall:wall:", StringComparison.Ordinal));
        var now = DateTimeOffset.UtcNow;
        var answer = await ConnectHttp.Query(_client, "SelectMergeStacktraces", new JsonObject
        {
            ["profileTypeID"] = wall,
            ["labelSelector"] = "{service_name=\"node-shop\"}",
            ["start"] = now.AddHours(-1).ToUnixTimeMilliseconds(),
            ["end"] = now.AddHours(1).ToUnixTimeMilliseconds(),
        });
        Assert.Contains(answer["flamegraph"]!["names"]!.AsArray(), name => ((string)name!).Contains("burnTheCandle", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("raw", "--data-binary @{profile} {base}/ingest?name=curl-raw&format=pprof")]
    [InlineData("gzip", "--data-binary @{gzip} {base}/ingest?name=curl-gzip&format=pprof")]
    [InlineData("form", "-F profile=@{profile} {base}/ingest?name=curl-form")]
    [InlineData("alias", "-F profile=@{gzip} {base}/pyroscope/ingest?name=curl-alias")]
    public async Task Curl_sends_pprof_to_ingest(string kind, string arguments)
    {
        var profile = await ProfileFile();
        var gzip = profile + ".gz";
        await using (var output = File.Create(gzip))
        await using (var packed = new System.IO.Compression.GZipStream(output, System.IO.Compression.CompressionMode.Compress))
            await packed.WriteAsync(await File.ReadAllBytesAsync(profile));
        var filled = arguments.Replace("{profile}", profile, StringComparison.Ordinal).Replace("{gzip}", gzip, StringComparison.Ordinal)
            .Replace("{base}", _url.ToString().TrimEnd('/'), StringComparison.Ordinal);
        Assert.Equal("200", await Curl(filled.Split(' ')));
        Assert.Equal(7, (await ConnectHttp.Totals(_client, $"{{service_name=\"curl-{kind}\"}}"))["total"]);
    }

    [Fact]
    public async Task Curl_sends_folded_text_to_ingest()
    {
        Assert.Equal("200", await Curl("--data-binary", "main;work 3\nmain;idle 4\n", $"{_url}ingest?name=curl-text"));
        var totals = await ConnectHttp.Totals(_client, "{service_name=\"curl-text\"}");
        // 100 Hz by default: a sample is 10 ms.
        Assert.Equal(70_000_000, totals["total"]);
        Assert.Equal(30_000_000, totals["work"]);
    }

    [Fact]
    public async Task The_push_command_stores_a_profile()
    {
        var start = new ProcessStartInfo(RunningPyro.Program) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in new[] { "push", await ProfileFile(), "--name", "pushed", "--url", _url.ToString() })
            start.ArgumentList.Add(argument);
        using var push = Process.Start(start)!;
        var output = await push.StandardOutput.ReadToEndAsync() + await push.StandardError.ReadToEndAsync();
        await push.Ended();
        Assert.True(push.ExitCode == 0, output);
        Assert.Equal(7, (await ConnectHttp.Totals(_client, "{service_name=\"pushed\"}"))["total"]);
    }

    private static async Task<JsonNode> RunNode(string script, params string[] arguments)
    {
        var (code, output, error) = await Node.Run(script, arguments);
        Assert.True(code == 0, $"{script} ended with {code}: {output}{error}");
        return JsonNode.Parse(output)!;
    }

    private static async Task<string> Curl(params string[] arguments)
    {
        var start = new ProcessStartInfo("curl") { UseShellExecute = false, RedirectStandardOutput = true };
        foreach (var argument in (string[])["-s", "-o", "/dev/null", "-w", "%{http_code}", .. arguments])
            start.ArgumentList.Add(argument);
        using var curl = Process.Start(start)!;
        var output = await curl.StandardOutput.ReadToEndAsync();
        await curl.Ended();
        return output;
    }

    private async Task<string> ProfileFile()
    {
        var path = Path.Combine(_folder, "cpu.pprof");
        await File.WriteAllBytesAsync(path, SmallProfile.Cpu(DateTimeOffset.UtcNow, ("main;work", 3), ("main;idle", 4)).ToByteArray());
        return path;
    }

    /// <summary>The descriptors of the services and all they import, imports first.</summary>
    private static FileDescriptorSet Descriptors()
    {
        var set = new FileDescriptorSet();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        void Add(FileDescriptor file)
        {
            if (!seen.Add(file.Name))
                return;
            foreach (var dependency in file.Dependencies)
                Add(dependency);
            set.File.Add(FileDescriptorProto.Parser.ParseFrom(file.SerializedData));
        }

        Add(Pyro.Api.Push.PushReflection.Descriptor);
        Add(Pyro.Api.Querier.QuerierReflection.Descriptor);
        return set;
    }
}
