using System.Security.Cryptography;
using System.Text.Json;
using Pyro.Tests.Cluster;
using Pyro.Tests.Unit.S3StandIn;

namespace Pyro.Tests.Conformance;

/// <summary>
/// The real program before a bucket of S3 with recorded blocks in it, told of it by a file of settings alone: it answers as is wanted, and
/// the bucket is afterwards what it was before.
/// </summary>
public sealed class StoredByPyroscopeTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pyro-stored-").FullName;
    private S3Process _bucket = null!;

    public async ValueTask InitializeAsync()
    {
        _bucket = await S3Process.Start();
        Assert.Equal(200, (await _bucket.Calls.Send("PUT", $"/{S3Process.Bucket}")).Status);
    }

    public async ValueTask DisposeAsync()
    {
        await _bucket.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Cases by the settings that lead to them; in a clone without the recordings the project's own answers stand in for them.</summary>
    public static TheoryData<string, string> Wanted => Repository.Corpus is null
        ? new() { { "own answers", "" } }
        : new() { { "split-2-shards", "of Pyroscope" }, { "l3-two-hours", "under a prefix" }, { "symbols-v3", "of the seed" } };

    [Theory]
    [MemberData(nameof(Wanted))]
    public async Task A_bucket_is_served_and_nothing_in_it_is_rewritten(string name, string settings)
    {
        if (Repository.Corpus is not { } corpus)
        {
            await new OwnAnswersTests().Answers_are_exact_before_and_after_a_restart();
            return;
        }
        var directory = Path.Combine(corpus, "blocks", name);
        await Upload(Path.Combine(directory, "store"), settings == "under a prefix" ? "team/profiles/" : "");
        var file = Path.Combine(_folder, "pyroscope.yaml");
        await File.WriteAllTextAsync(file, Yaml(settings));
        var before = await Content();
        Assert.Contains(before.Keys, static key => key.EndsWith("/profiles.parquet", StringComparison.Ordinal));

        await using (var pyro = await RunningPyro.Start([$"-config.file={file}", "-config.expand-env=true", .. Flags(directory)], variables: ("AWS_ACCESS_KEY_ID", RunningS3.AccessKey)))
        {
            await BucketIsSeen(pyro);
            await ReplayTests.Check(Path.Combine(corpus, "replay.mjs"), directory, ["--base", $"{pyro.Url}", "--any"]);
            Assert.Equal(0, await pyro.Stop());
        }

        Assert.Equal(before, await Content());
    }

    /// <summary>Those that the case gives its server.</summary>
    private static string[] Flags(string directory)
    {
        using var @case = JsonDocument.Parse(File.ReadAllText(Path.Combine(directory, "case.json")));
        return [.. @case.RootElement.GetProperty("server").GetProperty("flags").EnumerateArray().Select(static flag => flag.GetString()!)];
    }

    /// <summary>Until then answers are marked as lacking what may be in it.</summary>
    private static async Task BucketIsSeen(RunningPyro pyro)
    {
        using var client = new HttpClient { BaseAddress = pyro.Url };
        for (var tries = 0; !(await client.GetStringAsync("/metrics")).Contains("\npyroscope_bucket_stores_tenants_synced{} 1\n", StringComparison.Ordinal); tries++)
        {
            Assert.True(tries < 2000, $"the bucket is not seen:\n{pyro.Log}");
            await Task.Delay(50);
        }
    }

    private string Yaml(string settings)
    {
        var s3 = $$"""
            backend: s3
            s3:
              bucket_name: {{S3Process.Bucket}}
              region: us-east-1
              endpoint: {{_bucket.Url.Authority}}
              access_key_id: ${AWS_ACCESS_KEY_ID}
              secret_access_key: {{RunningS3.SecretKey}}
              insecure: true
              http:
                idle_conn_timeout: 90s
                response_header_timeout: 2m
                max_idle_connections: 100
            """.Split('\n');
        string Below(int depth) => string.Concat(s3.Select(line => new string(' ', depth) + line + "\n"));
        return settings switch
        {
            "of the seed" => $"target: all\ncommon:\n  storage:\n{Below(4)}blocks_storage:\n  bucket_store:\n    sync_interval: 15m\n",
            "under a prefix" => $"target: all\nstorage:\n  prefix: team/profiles\n{Below(2)}",
            _ => $"target: all\nstorage:\n{Below(2)}store_gateway:\n  bucket_store:\n    sync_interval: 15m\n",
        };
    }

    private async Task Upload(string store, string prefix)
    {
        foreach (var path in Directory.EnumerateFiles(store, "*", SearchOption.AllDirectories))
        {
            var key = $"{prefix}anonymous/phlaredb/{Path.GetRelativePath(store, path).Replace('\\', '/')}";
            Assert.Equal(200, (await _bucket.Calls.Send("PUT", $"/{S3Process.Bucket}/{key}", await File.ReadAllBytesAsync(path))).Status);
        }
    }

    /// <summary>Each object with when it was written and the hash of what is in it; those that stores are tried with are the program's own.</summary>
    private async Task<SortedDictionary<string, string>> Content()
    {
        var content = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var key in (await _bucket.Objects()).Keys.Where(static key => !key.Contains("__pyroscope_cluster/pyro-probe/", StringComparison.Ordinal)))
        {
            var answer = await _bucket.Calls.Send("GET", $"/{S3Process.Bucket}/{key}");
            Assert.Equal(200, answer.Status);
            content.Add(key, $"{answer.Headers["last-modified"]} {answer.Body.Length} {Convert.ToHexStringLower(SHA256.HashData(answer.Body))}");
        }
        return content;
    }
}
