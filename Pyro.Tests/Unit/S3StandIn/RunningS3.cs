using Aspire.StandIns.S3;
using Aspire.StandIns.S3.Faults;
using S3Options = Pyro.ObjectStore.S3.S3Options;

namespace Pyro.Tests.Unit.S3StandIn;

/// <summary>The stand-in for MinIO in this process, with its files in a folder of its own.</summary>
public sealed class RunningS3 : IAsyncLifetime
{
    internal const string AccessKey = "access", SecretKey = "secret-secret";

    private readonly string _folder = Directory.CreateTempSubdirectory("pyro-s3-").FullName;
    private S3Server _server = null!;

    public Uri Url => _server.Url;

    internal FaultList Faults => _server.Faults;

    /// <summary>All files that it has, without those that it makes anew at each start.</summary>
    internal IReadOnlyList<string> Files => [.. Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories).Where(path => Path.GetFileName(path) != "lock")];

    internal S3Calls Calls => new(Url, AccessKey, SecretKey);

    /// <summary>How a store reaches a bucket of it.</summary>
    internal S3Options Store(string bucket) => new()
    {
        Endpoint = Url.Authority,
        Insecure = true,
        Bucket = bucket,
        CreateBucket = true,
        AccessKey = AccessKey,
        SecretKey = SecretKey,
        PartBytes = S3Options.SmallestPart,
    };

    public async ValueTask InitializeAsync() => _server = await Start(new() { Folder = _folder });

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Starts one.</summary>
    internal static Task<S3Server> Start(global::Aspire.StandIns.S3.S3Options options) =>
        S3Server.Start(options with { AccessKey = AccessKey, SecretKey = SecretKey, TakesFaults = true }, CancellationToken.None);

    /// <summary>Stops it and starts it over the same files, at another port.</summary>
    internal async Task Restart()
    {
        await _server.DisposeAsync();
        _server = await Start(new() { Folder = _folder });
    }

    /// <summary>Makes a bucket with a name of its own.</summary>
    internal async Task<string> NewBucket()
    {
        var name = "b" + Guid.NewGuid().ToString("n");
        Assert.Equal(200, (await Calls.Send("PUT", $"/{name}")).Status);
        return name;
    }
}
