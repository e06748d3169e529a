using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Pyro.Api.Push;
using Pyro.Blocks.Meta;

namespace Pyro.Tests.Cluster;

/// <summary>
/// Hours of a block's life in a minute: pyro with blocks of five seconds before a bucket in another process. Profiles are pushed and asked for all the time,
/// while pyro is killed and the bucket fails and is killed. Every profile that was answered 200 counts exactly once in every answer from then on, wherever
/// it lies; in the end all are in the bucket, and nothing else is.
/// </summary>
public sealed class BlockLifeTests : IAsyncLifetime
{
    private const int Pushers = 3;
    private const string Folder = "anonymous/phlaredb/";

    // Each is asked for in turn. What the bucket answers wrongly without telling is read again or found out.
    private static readonly string[] Faults =
    [
        """{"kind":"SlowDown"}""",
        """{"kind":"Slow","delayMilliseconds":300,"times":40}""",
        """{"kind":"Break","operation":"PutObject","bytes":500,"times":30}""",
        """{"kind":"Truncate","operation":"GetObject","bytes":700,"times":30}""",
        """{"kind":"Break","operation":"GetObject","bytes":300,"times":30}""",
        """{"kind":"Lose","operation":"PutObject","times":3}""",
        """{"kind":"Error","times":40}""",
    ];

    private readonly ConcurrentDictionary<string, Sent> _sent = new(StringComparer.Ordinal);
    private readonly ConcurrentBag<string> _refusals = [];
    private readonly string _fresh = Directory.CreateTempSubdirectory("pyro-fresh-").FullName;
    private readonly CancellationTokenSource _pushed = new(), _asked = new();
    private S3Process _bucket = null!;
    private RunningPyro _pyro = null!;
    private Task[] _work = [];
    private int _acknowledged, _answers, _failures;

    private static int Cycles => Environment.GetEnvironmentVariable("PYRO_LONG") is null ? 10 : 60;

    public async ValueTask InitializeAsync()
    {
        _bucket = await S3Process.Start();
        _pyro = await RunningPyro.Start(Flags);
    }

    public async ValueTask DisposeAsync()
    {
        await _pushed.CancelAsync();
        await _asked.CancelAsync();
        await _pyro.DisposeAsync();
        await Task.WhenAll(_work).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _bucket.DisposeAsync();
        Directory.Delete(_fresh, recursive: true);
        _pushed.Dispose();
        _asked.Dispose();
    }

    private string[] Flags =>
    [
        .. _bucket.Flags, "-pyroscopedb.max-block-duration=5s", "-blocks-storage.tsdb.retention-period=8s", "-pyroscopedb.retention-policy-enforcement-interval=1s",
        "-pyroscopedb.retention-policy-min-free-disk-gb=0", "-blocks-storage.bucket-store.sync-interval=1s", "-distributor.ingestion-rate-limit-mb=1000",
        "-distributor.ingestion-burst-size-mb=1000",
    ];

    private string LocalBlocks => Path.Combine(_pyro.Folder, "data", "anonymous", "local");

    [Fact]
    public async Task Every_profile_counts_once_from_head_to_bucket_while_pyro_is_killed_and_the_bucket_fails()
    {
        var pushers = Enumerable.Range(0, Pushers).Select(Push).ToList();
        Task[] askers = [AskForStacks(), AskForPoints()];
        _work = [.. pushers, .. askers];
        for (var cycle = 0; cycle < Cycles; cycle++)
        {
            await Misfortune(cycle);
        }

        await _pushed.CancelAsync();
        await Task.WhenAll(pushers);
        Assert.All(_sent.Values, static one => Assert.True(one.Acknowledged));
        using (var client = new HttpClient { BaseAddress = _pyro.Url })
        {
            using var flush = await client.PostAsync("/ingester.v1.IngesterService/Flush", ConnectHttp.Proto(new Api.Ingester.FlushRequest()));
            Assert.Equal(HttpStatusCode.OK, flush.StatusCode);
        }
        // Meanwhile it is asked on: all goes over to the bucket.
        await Until(() => Task.FromResult(Local().Count == 0), "the end of the last local block");
        await Progress(() => _answers, 6);
        await _asked.CancelAsync();
        await Task.WhenAll(askers);
        await CheckDisk();
        await CheckBucket();
        await CheckBucketAlone();
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{_sent.Count} profiles, {(await StoredBlocks()).Count} blocks, {_answers} answers, {_failures} times no answer, refusals: {string.Join("; ", _refusals.Distinct().Take(10))}");
    }

    private async Task Misfortune(int cycle)
    {
        await _bucket.Ask(Faults[cycle % Faults.Length]);
        await Progress(() => _acknowledged, 20 * Pushers);
        if (cycle % 3 == 1)
        {
            _pyro.Kill();
            await _pyro.StartAgain();
            await Progress(() => _acknowledged, Pushers);
        }
        if (cycle % 4 == 2)
        {
            _bucket.Kill();
            await Progress(() => _acknowledged, 20 * Pushers);
            await _bucket.StartAgain();
        }
        if (cycle % 5 == 4)
        {
            Assert.Equal(0, await _pyro.Stop());
            await _pyro.StartAgain();
        }
        await _bucket.Heal();
        await Progress(() => _answers, 2);
    }

    private async Task Push(int pusher)
    {
        var random = new Random(pusher);
        for (var i = 0; !_pushed.IsCancellationRequested; i++)
        {
            var (name, value) = ($"p_{pusher}_{i}", random.Next(1, 1000));
            // Some are late: they come to heads of their own when their time is over.
            var time = DateTimeOffset.UtcNow.AddSeconds(random.Next(20) == 0 ? -random.Next(20) : 0);
            var request = SmallProfile.Push($"life-{pusher}", SmallProfile.Cpu(time, ($"main;{name}", value)), i % 2 == 0 ? Guid.NewGuid().ToString() : "");
            _sent[name] = new(pusher, value);
            // Until it was taken in: what nobody answered for is sent again, and must not count twice.
            while (!await TryPush(request))
            {
                if (_asked.IsCancellationRequested)
                {
                    return;
                }
                await Task.Delay(100);
            }
            _sent[name].Acknowledged = true;
            Interlocked.Increment(ref _acknowledged);
            await Task.Delay(40);
        }
    }

    private async Task<bool> TryPush(PushRequest request)
    {
        try
        {
            using var client = new HttpClient { BaseAddress = _pyro.Url };
            return await ConnectHttp.Push(client, request);
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private async Task AskForStacks()
    {
        for (var i = 0; !_asked.IsCancellationRequested; i++)
        {
            var pusher = i % (Pushers + 1);
            var before = Acknowledged();
            if (await TryQuery("SelectMergeStacktraces", pusher == Pushers ? "{service_name=~\"life-.*\"}" : $"{{service_name=\"life-{pusher}\"}}", "maxNodes", 1_000_000) is { } answer)
            {
                Check(ConnectHttp.TotalsOf(answer), before, one => pusher == Pushers || one.Pusher == pusher);
                Interlocked.Increment(ref _answers);
            }
        }
    }

    private async Task AskForPoints()
    {
        while (!_asked.IsCancellationRequested)
        {
            var before = Acknowledged();
            if (await TryQuery("SelectSeries", "{service_name=~\"life-.*\"}", "step", 5, "groupBy", new JsonArray("service_name")) is { } answer)
            {
                var sums = (answer["series"]?.AsArray() ?? []).ToDictionary(
                    static s => (string)s!["labels"]![0]!["value"]!, static s => s!["points"]!.AsArray().Sum(static p => (double?)p!["value"] ?? 0));
                for (var pusher = 0; pusher < Pushers; pusher++)
                {
                    Assert.InRange(
                        sums.GetValueOrDefault($"life-{pusher}"), before.Where(one => one.Value.Pusher == pusher).Sum(static one => one.Value.Value),
                        _sent.Values.Where(one => one.Pusher == pusher).Sum(static one => one.Value));
                }
                Interlocked.Increment(ref _answers);
            }
        }
    }

    // Null when there was no whole answer: pyro is dead, or cannot read what it needs and says so.
    private async Task<JsonNode?> TryQuery(string method, string selector, params object[] more)
    {
        var request = ConnectHttp.LastHour(selector);
        for (var i = 0; i < more.Length; i += 2)
        {
            request[(string)more[i]] = more[i + 1] as JsonNode ?? JsonValue.Create((int)more[i + 1]);
        }
        try
        {
            using var client = new HttpClient { BaseAddress = _pyro.Url };
            var (status, text, lacks) = await ConnectHttp.TryQuery(client, method, request);
            if (status == HttpStatusCode.OK && lacks is null)
            {
                return JsonNode.Parse(text);
            }
            Assert.True(status is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests, $"{(int)status} {text}");
            _refusals.Add(lacks ?? text);
        }
        catch (HttpRequestException)
        {
            // Killed.
        }
        Interlocked.Increment(ref _failures);
        await Task.Delay(50);
        return null;
    }

    private Dictionary<string, Sent> Acknowledged() => _sent.Where(static one => one.Value.Acknowledged).ToDictionary(StringComparer.Ordinal);

    private void Check(Dictionary<string, long> totals, Dictionary<string, Sent> acknowledged, Func<Sent, bool> isWanted)
    {
        foreach (var (name, one) in acknowledged)
        {
            if (isWanted(one))
            {
                Assert.True(totals.GetValueOrDefault(name) == one.Value, $"{name} of value {one.Value} was acknowledged and counts {totals.GetValueOrDefault(name)}");
            }
        }
        foreach (var (name, total) in totals)
        {
            if (name.StartsWith("p_", StringComparison.Ordinal))
            {
                Assert.True(_sent.TryGetValue(name, out var one) && isWanted(one) && total == one.Value, $"{name} counts {total} where {one?.Value} was sent");
            }
        }
    }

    private HashSet<string> Local() =>
        Directory.Exists(LocalBlocks) ? [.. Directory.EnumerateDirectories(LocalBlocks).Select(static path => Path.GetFileName(path))] : [];

    private async Task<HashSet<string>> StoredBlocks() => [.. (await _bucket.Objects()).Keys
        .Where(static key => key.StartsWith(Folder, StringComparison.Ordinal) && key.EndsWith("/meta.json", StringComparison.Ordinal)).Select(static key => key.Split('/')[2])];

    // The log ends with an empty segment: all that was in it is in blocks.
    private async Task CheckDisk()
    {
        var data = Path.Combine(_pyro.Folder, "data");
        await Until(() => Task.FromResult(new DirectoryInfo(Path.Combine(data, "@log")).EnumerateFiles().All(static file => !file.Exists || file.Length < 100)), "the end of the log's records");
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(data, "anonymous", "head")));
        Assert.Equal(["shipper.json"], Directory.EnumerateFileSystemEntries(LocalBlocks).Select(static path => Path.GetFileName(path)));
    }

    // Each object is a file of a block that its meta.json names, with the length that stands there.
    private async Task CheckBucket()
    {
        var objects = await _bucket.Objects();
        var owned = new Dictionary<string, long>(StringComparer.Ordinal);
        long profiles = 0;
        foreach (var key in objects.Keys.Where(static key => key.EndsWith("/meta.json", StringComparison.Ordinal)))
        {
            var meta = BlockMeta.Read(await _bucket.Object(key), key);
            owned.Add(key, objects[key]);
            profiles += meta.Stats.Profiles;
            foreach (var file in meta.Files)
            {
                owned.Add($"{Folder}{meta.Id}/{file.RelPath}", file.Bytes);
            }
        }
        // What a probe leaves that was killed belongs to the probes to come, which remove it after an hour.
        var found = objects.Where(static o => !o.Key.StartsWith("__pyroscope_cluster/pyro-probe/", StringComparison.Ordinal));
        Assert.Equal(owned.OrderBy(static o => o.Key, StringComparer.Ordinal), found.OrderBy(static o => o.Key, StringComparer.Ordinal));
        // A profile that was sent again when its head was a block already lies in two blocks; it counts once all the same.
        Assert.InRange(profiles, _sent.Count, long.MaxValue);

        var (code, output, error) = await BlocksProgramTests.RunPyro(
            "blocks", "verify", $"s3://{S3Process.Bucket}", $"--endpoint={_bucket.Url.ToString().TrimEnd('/')}", $"--access-key={Unit.S3StandIn.RunningS3.AccessKey}", $"--secret-key={Unit.S3StandIn.RunningS3.SecretKey}");
        Assert.True(code == 0, $"{output}\n{error}");
        Assert.Contains($"{objects.Keys.Count(static key => key.EndsWith("/meta.json", StringComparison.Ordinal))} blocks verified; 0 faults", output, StringComparison.Ordinal);
    }

    // Nothing but the bucket is left.
    private async Task CheckBucketAlone()
    {
        _pyro.Kill();
        await using var other = await RunningPyro.Start(Flags, _fresh);
        using var client = new HttpClient { BaseAddress = other.Url };
        var request = ConnectHttp.LastHour("{service_name=~\"life-.*\"}");
        request["maxNodes"] = 1_000_000;
        var (status, text, lacks) = await ConnectHttp.TryQuery(client, "SelectMergeStacktraces", request);
        Assert.True(status == HttpStatusCode.OK && lacks is null, $"{(int)status} {lacks} {text[..Math.Min(text.Length, 300)]}");
        Check(ConnectHttp.TotalsOf(JsonNode.Parse(text)!), Acknowledged(), static _ => true);
    }

    private Task Progress(Func<int> count, int more)
    {
        var wanted = count() + more;
        return Until(() => Task.FromResult(count() >= wanted), $"{more} more pushes or answers");
    }

    private async Task Until(Func<Task<bool>> isSo, string what)
    {
        for (var tries = 0; !await isSo(); tries++)
        {
            if (Array.Find(_work, static w => w.IsFaulted) is { } failed)
            {
                await failed;
            }
            // Far more than it takes on a busy machine: it is for what never comes.
            Assert.True(tries < 3000, $"{what}: it does not come. Refusals: {string.Join("; ", _refusals.Reverse().Distinct().Take(10))}\n{_pyro.Log[^Math.Min(_pyro.Log.Length, 4000)..]}");
            await Task.Delay(50);
        }
    }

    /// <summary>A profile that was sent.</summary>
    private sealed record Sent(int Pusher, int Value)
    {
        private volatile bool _acknowledged;

        public bool Acknowledged
        {
            get => _acknowledged;
            set => _acknowledged = value;
        }
    }
}
