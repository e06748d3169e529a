using System.Text;
using Pyro.Tests.Unit.S3StandIn;

namespace Pyro.Tests.Cluster;

/// <summary>The stand-in for MinIO as a process of its own, which can be killed and goes wrong on request.</summary>
internal sealed class S3Process : IAsyncDisposable
{
    public const string Bucket = "pyro";

    private readonly string _folder = Directory.CreateTempSubdirectory("pyro-s3-").FullName;
    private readonly ServerProcess _server;
    private readonly HttpClient _client;

    private S3Process((string Name, string Value)[] variables)
    {
        var url = new Uri($"http://127.0.0.1:{ServerProcess.FreePort()}");
        _server = new ServerProcess(
            ServerProcess.Built("aspire/StandIns", "Aspire.StandIns"), url, _folder, ["s3", "--port", $"{url.Port}", "--data", Path.Combine(_folder, "data"), "--faults"],
            [("MINIO_ROOT_USER", RunningS3.AccessKey), ("MINIO_ROOT_PASSWORD", RunningS3.SecretKey), .. variables]);
        _client = new HttpClient { BaseAddress = url };
    }

    public Uri Url => _server.Url;

    public S3Calls Calls => new(Url, RunningS3.AccessKey, RunningS3.SecretKey);

    /// <summary>The flags of a server whose bucket this is.</summary>
    public string[] Flags => [.. FlagsWithoutKeys, $"-storage.s3.access-key-id={RunningS3.AccessKey}", $"-storage.s3.secret-access-key={RunningS3.SecretKey}"];

    /// <summary>The same, of one that is to find the keys elsewhere.</summary>
    public string[] FlagsWithoutKeys =>
    [
        "-storage.backend=s3", $"-storage.s3.endpoint={Url.Authority}", "-storage.s3.insecure=true", "-storage.s3.force-path-style=true", "-storage.s3.create-bucket=true",
        $"-storage.s3.bucket-name={Bucket}",
    ];

    /// <param name="variables">More variables of its environment than those of its keys.</param>
    public static async Task<S3Process> Start(params (string Name, string Value)[] variables)
    {
        var process = new S3Process(variables);
        await process.StartAgain();
        return process;
    }

    /// <summary>Starts it (again) over the same files; the faults it was asked for are forgotten.</summary>
    public async Task StartAgain()
    {
        _server.Start();
        await _server.WaitUntilReady("/minio/health/ready");
    }

    public void Kill() => _server.Kill();

    /// <summary>Asks for a fault: JSON as the stand-in takes it.</summary>
    public async Task Ask(string fault)
    {
        using var content = new StringContent(fault, Encoding.UTF8, "application/json");
        using var answer = await _client.PostAsync("/-/faults", content);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Takes all faults back.</summary>
    public async Task Heal()
    {
        using var answer = await _client.DeleteAsync("/-/faults");
        Assert.True(answer.IsSuccessStatusCode);
    }

    /// <summary>Every object and its length.</summary>
    public async Task<Dictionary<string, long>> Objects()
    {
        var objects = new Dictionary<string, long>(StringComparer.Ordinal);
        for (string? after = null; ;)
        {
            var listed = await Calls.Send("GET", $"/{Bucket}?list-type=2" + (after is null ? "" : $"&start-after={Uri.EscapeDataString(after)}"));
            Assert.Equal(200, listed.Status);
            var (keys, sizes) = (listed.Values("Key"), listed.Values("Size"));
            for (var i = 0; i < keys.Count; i++)
                objects.Add(keys[i], long.Parse(sizes[i]));
            if (listed.Values("IsTruncated") is not ["true"])
                return objects;
            after = keys[^1];
        }
    }

    /// <summary>The content of an object.</summary>
    public async Task<byte[]> Object(string key)
    {
        var answer = await Calls.Send("GET", $"/{Bucket}/{key}");
        Assert.Equal(200, answer.Status);
        return answer.Body;
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
