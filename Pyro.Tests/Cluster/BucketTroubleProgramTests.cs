using System.Net;
using System.Net.Sockets;
using Aspire.StandIns.S3;
using Microsoft.Extensions.Time.Testing;
using Pyro.Api.Ingester;
using Pyro.Tests.Unit.ObjectStore;
using Pyro.Tests.Unit.S3StandIn;

namespace Pyro.Tests.Cluster;

/// <summary>
/// The real program on an S3 that cannot be used: the log tells the exact cause and the setting once, the program is ready and answers from
/// memory, and what it took in comes to the bucket when the cause is gone.
/// </summary>
public sealed class BucketTroubleProgramTests : IDisposable
{
    private const string Bucket = "profiles", Fault = "The bucket cannot be used";

    private readonly string _folder = Directory.CreateTempSubdirectory("pyro-s3-").FullName;
    private readonly int _port = ServerProcess.FreePort();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Pyro has one key, secret, region, bucket and endpoint; the store has others until the cause is gone.</summary>
    public static TheoryData<string, string, string?> Causes => new()
    {
        { "access key", "the store does not know the access key 'access'", "storage.s3.access_key_id" },
        { "secret", "the secret key is not that of the access key 'access'", "storage.s3.secret_access_key" },
        { "region", "the bucket is not in region 'eu-north-1' (AuthorizationHeaderMalformed: The authorization header is malformed; the region 'eu-north-1' is wrong; expecting 'eu-west-3')", "storage.s3.region" },
        { "bucket", "there is no bucket 'profiles' (-storage.s3.create-bucket makes it)", "storage.s3.bucket_name" },
        { "clock", "the clocks of this machine and of the store differ too much: this one is 0d 02:0", null },
        { "nobody", "nobody listens at 127.0.0.1:", "storage.s3.endpoint" },
        { "silence", "not done within 15 s", "storage.s3.endpoint" },
        { "TLS", "no answer in HTTP came; the endpoint may speak TLS", "storage.s3.insecure" },
    };

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Causes))]
    public async Task A_cause_is_told_with_its_setting_and_its_end_brings_the_blocks_to_the_bucket(string cause, string told, string? setting)
    {
        var trouble = await Trouble(cause);
        await using var pyro = await RunningPyro.Start(Flags("-storage.s3.insecure=true"));
        using var client = new HttpClient { BaseAddress = pyro.Url };
        Assert.True(await ConnectHttp.Push(client, SmallProfile.Push("shop", SmallProfile.Cpu(DateTimeOffset.UtcNow, ("main;work", 7))), Cancel));
        await pyro.UntilItTells(Fault);
        Assert.Equal(7, (await ConnectHttp.Totals(client, "{service_name=\"shop\"}"))["work"]);
        using (var ready = await client.GetAsync(new Uri("/ready", UriKind.Relative), Cancel))
        {
            Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        }

        var line = Assert.Single(pyro.Told(Fault));
        Assert.Matches($"put( failed)?: s3 {Bucket} at 127\\.0\\.0\\.1:{_port}", line);
        Assert.Contains(told, line, StringComparison.Ordinal);
        Assert.Contains(setting is null ? "" : $", see {setting}", line, StringComparison.Ordinal);
        Assert.DoesNotContain(RunningS3.SecretKey, pyro.Log, StringComparison.Ordinal);

        if (trouble is not null)
        {
            await trouble.DisposeAsync();
        }

        await using var store = await S3Server.Start(Sound, Cancel);
        var calls = new S3Calls(store.Url, RunningS3.AccessKey, RunningS3.SecretKey) { Region = "eu-north-1" };
        Assert.Contains((await calls.Send("PUT", $"/{Bucket}")).Status, (int[])[200, 409]);
        await pyro.UntilItTells("The bucket works again");
        using (var flush = await client.PostAsync(new Uri("/ingester.v1.IngesterService/Flush", UriKind.Relative), ConnectHttp.Proto(new FlushRequest()), Cancel))
        {
            Assert.Equal(HttpStatusCode.OK, flush.StatusCode);
        }

        await pyro.UntilItTells("Shipped block");
        Assert.Contains((await calls.Send("GET", $"/{Bucket}?list-type=2&prefix=anonymous")).Values("Key"), static key => key.EndsWith("/meta.json", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Tls_where_plain_http_is_spoken_is_told()
    {
        await using var store = await S3Server.Start(Sound, Cancel);
        await using var pyro = await RunningPyro.Start(Flags("-storage.s3.insecure=false"));
        await pyro.UntilItTells(Fault);
        Assert.Contains("the endpoint speaks plain HTTP, not TLS, see storage.s3.insecure", Assert.Single(pyro.Told(Fault)), StringComparison.Ordinal);
    }

    private S3Options Sound =>
        new() { Folder = _folder, Port = _port, AccessKey = RunningS3.AccessKey, SecretKey = RunningS3.SecretKey, Region = "eu-north-1" };

    private string[] Flags(string more) =>
    [
        "-storage.backend=s3", $"-storage.s3.endpoint=127.0.0.1:{_port}", "-storage.s3.region=eu-north-1", $"-storage.s3.bucket-name={Bucket}",
        $"-storage.s3.access-key-id={RunningS3.AccessKey}", $"-storage.s3.secret-access-key={RunningS3.SecretKey}", more,
    ];

    private async Task<IAsyncDisposable?> Trouble(string cause) => cause switch
    {
        "access key" => await S3Server.Start(Sound with { AccessKey = "another" }, Cancel),
        "secret" => await S3Server.Start(Sound with { SecretKey = "another-secret" }, Cancel),
        "region" => await S3Server.Start(Sound with { Region = "eu-west-3" }, Cancel),
        "clock" => await S3Server.Start(Sound with { Time = new FakeTimeProvider(DateTimeOffset.UtcNow.AddHours(-2)) }, Cancel),
        "bucket" => await S3Server.Start(Sound, Cancel),
        "silence" => new SilentListener(_port),
        "TLS" => new ScriptedServer(tls: true, _port, ""),
        _ => null,
    };

    /// <summary>Takes connections and never says a word.</summary>
    private sealed class SilentListener : IAsyncDisposable
    {
        private readonly TcpListener _listener;

        public SilentListener(int port)
        {
            _listener = new TcpListener(IPAddress.Loopback, port);
            _listener.Start();
        }

        public ValueTask DisposeAsync()
        {
            _listener.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
