using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using Pyro.Disk;
using Pyro.ObjectStore;
using Pyro.ObjectStore.S3;
using Pyro.Tests.Simulation;

namespace Pyro.Tests.Unit.ObjectStore;

/// <summary>The probe tells which step fails and why, leaves nothing, and goes on trying.</summary>
public sealed class StoreProbeTests
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly RetryOptions Patient = new() { AnswerTimeout = TimeSpan.FromMinutes(2), TimeoutSetting = "storage.s3.http.response_header_timeout" };
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(55));
    private readonly MemoryStore _memory;
    private readonly FaultyStore _faulty;

    public StoreProbeTests()
    {
        _memory = new MemoryStore(_time);
        _faulty = new FaultyStore(_memory, 1, _time);
    }

    [Fact]
    public async Task A_bucket_that_works_is_left_as_it_was()
    {
        await _memory.Put("t/x", ObjectBody.Of(new byte[1]), PutMode.Replace, None);
        await _memory.Put("__pyroscope_cluster/pyro-probe/left", ObjectBody.Of(new byte[1]), PutMode.Replace, None);
        _time.Advance(TimeSpan.FromHours(2));
        await _memory.Put("__pyroscope_cluster/pyro-probe/others", ObjectBody.Of(new byte[1]), PutMode.Replace, None);
        var probe = new StoreProbe(_faulty, _time, new Random(1));
        Assert.Null(probe.Last);
        var result = await probe.Run(None);
        Assert.True(result.Ok, result.Message);
        Assert.Same(result, probe.Last);
        Assert.Equal("failing memory: put, get, range, list and delete work", result.Message);
        Assert.Equal(["__pyroscope_cluster/pyro-probe/others", "t/x"], _memory.Keys);
    }

    [Theory]
    [InlineData(StoreOperation.Put, "put")]
    [InlineData(StoreOperation.Get, "get")]
    [InlineData(StoreOperation.GetRange, "range")]
    [InlineData(StoreOperation.List, "list")]
    [InlineData(StoreOperation.Delete, "delete")]
    public async Task The_step_the_cause_and_the_setting_are_named(StoreOperation operation, string step)
    {
        _faulty.Fault = (asked, _) => asked == operation ? new ObjectStoreException(StoreFault.Denied, "not allowed") { Setting = "storage.s3.access_key_id" } : null;
        var result = await new StoreProbe(_faulty, _time, new Random(1)).Run(None);
        Assert.Equal(new ProbeResult(step, StoreFault.Denied, $"{step} failed: not allowed", "storage.s3.access_key_id"), result);
    }

    [Theory]
    [InlineData("storage.s3.endpoint", ", see storage.s3.endpoint")]
    [InlineData(null, "")]
    public async Task A_bucket_that_never_answers_is_told_of(string? endpoint, string hint)
    {
        _faulty.Faults = new StoreFaults { Slow = 1, SlowFor = TimeSpan.FromDays(40) };
        var running = new StoreProbe(_faulty, _time, new Random(1), endpoint).Run(None).AsTask();
        _time.Advance(StoreProbe.LeastPatience - TimeSpan.FromMilliseconds(1));
        Assert.False(running.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(new ProbeResult("put", StoreFault.Unavailable, $"put failed: failing memory: no answer within 15 s{hint}", endpoint), await running);
    }

    [Fact]
    public void A_bucket_as_slow_as_its_users_wait_for_works_and_each_call_has_its_time()
    {
        var begin = _time.GetUtcNow();
        ProbeResult? result = null;
        Drive(async () =>
        {
            for (var i = 0; i < 20; i++)
            {
                await _memory.Put($"__pyroscope_cluster/pyro-probe/left-{i}", ObjectBody.Of(new byte[1]), PutMode.Replace, None);
            }

            _time.Advance(TimeSpan.FromHours(2));
            begin = _time.GetUtcNow();
            _faulty.Faults = new StoreFaults { Slow = 1, SlowFor = TimeSpan.FromSeconds(100) };
            result = await new StoreProbe(_faulty, _time, new Random(1), "storage.s3.endpoint", Patient).Run(None);
        });
        Assert.True(result!.Ok, result.Message);
        Assert.True(_time.GetUtcNow() - begin > TimeSpan.FromMinutes(10));
        Assert.Empty(_memory.Keys);
    }

    [Fact]
    public async Task The_timeout_is_named_and_the_endpoint_only_while_nothing_has_answered()
    {
        var silent = new StoreFaults { Slow = 1, SlowFor = TimeSpan.FromDays(40) };
        _faulty.Faults = silent;
        var probe = new StoreProbe(_faulty, _time, new Random(1), "storage.s3.endpoint", Patient);
        var never = await Advance(probe.Run(None).AsTask());
        Assert.Equal(("put failed: failing memory: no answer within 120 s, see storage.s3.endpoint, or storage.s3.http.response_header_timeout when it is slow", "storage.s3.endpoint"), (never.Message, never.Setting));

        _faulty.Faults = new StoreFaults();
        _faulty.Fault = (operation, _) =>
        {
            _faulty.Faults = operation == StoreOperation.Put ? silent : _faulty.Faults;
            return null;
        };
        var slow = await Advance(probe.Run(None).AsTask());
        Assert.Equal(("get failed: failing memory: no answer within 120 s, see storage.s3.http.response_header_timeout", "storage.s3.http.response_header_timeout"), (slow.Message, slow.Setting));
    }

    [Fact]
    public async Task A_bucket_that_takes_long_is_told_of_before_it_is_given_up()
    {
        _faulty.Faults = new StoreFaults { Slow = 1, SlowFor = TimeSpan.FromDays(40) };
        await using var results = new StoreProbe(_faulty, _time, new Random(1), "storage.s3.endpoint", Patient).UntilOk(None).GetAsyncEnumerator(None);
        var running = Next();
        _time.Advance(StoreProbe.LeastPatience - TimeSpan.FromMilliseconds(1));
        Assert.False(running.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        var first = await running;
        Assert.Equal(
            ("put: failing memory: not done within 15 s, see storage.s3.endpoint; each answer is waited for up to 120 s", StoreFault.Unavailable), (first.Message, first.Fault));
        _faulty.Faults = new StoreFaults();
        Assert.Contains("put failed: failing memory: no answer within 120 s", (await Advance(Next())).Message, StringComparison.Ordinal);
        Assert.True((await Advance(Next())).Ok);

        async Task<ProbeResult> Next() => await results.MoveNextAsync() ? results.Current : throw new InvalidOperationException("it ended");
    }

    [Fact]
    public async Task It_waits_as_long_as_the_settings_say()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var s3 = new S3Options
        {
            Endpoint = $"127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}",
            Insecure = true,
            Region = "here",
            Bucket = "profiles",
            AccessKey = "a",
            SecretKey = "b",
            AnswerTimeout = TimeSpan.FromSeconds(40),
        };
        var result = await Advance(ObjectStores.Probe(new ObjectStoreOptions { Backend = "s3", S3 = s3 }, new ForgettingDisk(1), _time, new Random(1)).Run(None).AsTask());
        Assert.Contains("no answer within 40 s, see storage.s3.endpoint, or storage.s3.http.response_header_timeout", result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_gives_up_a_probe_is_not_told_that_the_bucket_is_slow()
    {
        _faulty.Faults = new StoreFaults { Slow = 1, SlowFor = TimeSpan.FromDays(40) };
        using var stop = new CancellationTokenSource();
        var running = new StoreProbe(_faulty, _time, new Random(1), "storage.s3.endpoint").Run(stop.Token).AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    public static TheoryData<StoreFaults, string> Lies => new()
    {
        { new() { LostPuts = 1 }, "get" },
        { new() { Corrupted = 1 }, "get" },
        { new() { Truncated = 1 }, "get" },
        { new() { ListingDelay = TimeSpan.FromHours(1) }, "list" },
    };

    [Theory]
    [MemberData(nameof(Lies))]
    public async Task A_bucket_that_lies_is_found_out(StoreFaults faults, string step)
    {
        _faulty.Faults = faults;
        var result = await new StoreProbe(_faulty, _time, new Random(1)).Run(None);
        Assert.False(result.Ok);
        Assert.Equal(step, result.Step);
    }

    [Fact]
    public void It_goes_on_until_the_bucket_works()
    {
        _faulty.IsDown = true;
        var results = new List<ProbeResult>();
        var probe = new StoreProbe(_faulty, _time, new Random(1));
        var begin = _time.GetUtcNow();
        Drive(async () =>
        {
            await foreach (var result in probe.UntilOk(None))
            {
                results.Add(result);
                _faulty.IsDown = results.Count < 40;
            }
        });
        Assert.Equal(41, results.Count);
        Assert.True(results[^1].Ok);
        Assert.All(results[..^1], r => Assert.Equal((StoreFault.Unavailable, "put"), (r.Fault, r.Step)));
        Assert.Single(results[..^1].Select(static r => r.Message).Distinct());
        Assert.True(_time.GetUtcNow() - begin > TimeSpan.FromMinutes(5));
    }

    // Time stands still while there is anything to do, however busy the machine is.
    private void Drive(Func<Task> work)
    {
        var scheduler = new SeededScheduler(new Random(1));
        var running = scheduler.Start(work);
        for (scheduler.Run(); !running.IsCompleted; scheduler.Run())
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
        }

        Assert.True(running.IsCompletedSuccessfully, $"{running.Exception}");
    }

    private async Task<ProbeResult> Advance(Task<ProbeResult> running)
    {
        while (!running.IsCompleted)
        {
            await Task.Delay(1);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        return await running;
    }
}
