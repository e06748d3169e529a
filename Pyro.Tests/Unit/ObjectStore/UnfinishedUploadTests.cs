using Aspire.StandIns.S3;
using Aspire.StandIns.S3.Faults;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Pyro.Disk;
using Pyro.Ingester.Head;
using Pyro.Ingester.Shipping;
using Pyro.Ingester.Wal;
using Pyro.Memory;
using Pyro.ObjectStore;
using Pyro.ObjectStore.S3;
using Pyro.Tests.Unit.S3StandIn;
using Pyro.Tests.Unit.Shipping;

namespace Pyro.Tests.Unit.ObjectStore;

/// <summary>Uploads in parts that a crash or a fault broke off stay in the bucket no longer than a day.</summary>
public sealed class UnfinishedUploadTests(RunningS3 s3) : IClassFixture<RunningS3>
{
    private static readonly byte[] Content = new byte[11_000_000];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_put_that_fails_halfway_leaves_no_upload()
    {
        var bucket = await s3.NewBucket();
        using var store = new S3Store(s3.Store(bucket), TimeProvider.System);
        s3.Faults.Add(new() { Kind = FaultKind.Error, Prefix = $"{bucket}/t/big", Operation = S3Operation.CompleteMultipartUpload, Times = 1 });
        await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.Put("t/big", ObjectBody.Of(Content), PutMode.Replace, Cancel));
        Assert.Empty(await Uploads(bucket));
        await store.Put("t/big", ObjectBody.Of(Content), PutMode.Replace, Cancel);
    }

    [Fact]
    public async Task What_crashes_left_is_removed_after_a_day_and_nothing_else()
    {
        var bucket = await s3.NewBucket();
        foreach (var key in (string[])["deep/t/phlaredb/a", "deep/t/phlaredb/b", "deep/u/phlaredb/a", "t/phlaredb/a"])
        {
            Assert.Equal(200, (await s3.Calls.Send("POST", $"/{bucket}/{key}?uploads=")).Status);
        }

        var time = new FakeTimeProvider(DateTimeOffset.UtcNow.AddHours(23));
        using var store = new ReliableStore(new PrefixedStore(new S3Store(s3.Store(bucket), time), "deep"), bucket, new RetryOptions(), time, new Random(1));
        Assert.Equal(0, await store.RemoveUnfinished("t/phlaredb/", Cancel));
        time.Advance(TimeSpan.FromHours(2));
        Assert.Equal(2, await store.RemoveUnfinished("t/phlaredb/", Cancel));
        Assert.Equal(["deep/u/phlaredb/a", "t/phlaredb/a"], await Uploads(bucket));
    }

    [Fact]
    public async Task An_ingester_removes_those_of_its_tenants_hourly_and_tells_once_when_it_may_not()
    {
        var bucket = await s3.NewBucket();
        foreach (var key in (string[])["t/phlaredb/a", "other/phlaredb/a"])
        {
            Assert.Equal(200, (await s3.Calls.Send("POST", $"/{bucket}/{key}?uploads=")).Status);
        }

        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        using var store = new S3Store(s3.Store(bucket), time);
        var heads = new HeadStore(time, new Random(1), static _ => 0, "", new MemoryLedger(1 << 20));
        heads.Of("t");
        var log = new LogLines<UnfinishedUploads>();
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var running = new UnfinishedUploads(heads, store, time, log).Run(stopping.Token);
        for (var halfHour = 0; log.All.Count == 0; halfHour++)
        {
            Assert.InRange(halfHour, 0, 12_000);
            time.Advance(TimeSpan.FromMinutes(30));
            await Task.Delay(10, Cancel);
        }

        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Equal(["other/phlaredb/a"], await Uploads(bucket));
        Assert.Contains("Removed 1 uploads of t", Assert.Single(log.All), StringComparison.Ordinal);

        await using var refusing = new ScriptedServer(tls: false, ScriptedServer.Error(403, "AccessDenied"));
        using var closed = new S3Store(s3.Store(bucket) with { Endpoint = $"127.0.0.1:{refusing.Port}" }, time);
        var told = new LogLines<UnfinishedUploads>();
        heads.Of("u");
        var refused = new UnfinishedUploads(heads, closed, time, told);
        await refused.Remove(Cancel);
        await refused.Remove(Cancel);
        Assert.Equal(2, refusing.Requests.Count);
        Assert.Contains("/phlaredb/': the credentials do not allow it", Assert.Single(told.All), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bucket_that_is_busy_for_a_moment_is_asked_for_the_other_tenants()
    {
        var bucket = await s3.NewBucket();
        foreach (var tenant in (string[])["t", "u"])
        {
            Assert.Equal(200, (await s3.Calls.Send("POST", $"/{bucket}/{tenant}/phlaredb/a?uploads=")).Status);
        }

        var time = new FakeTimeProvider(DateTimeOffset.UtcNow.AddHours(25));
        using var store = new S3Store(s3.Store(bucket), time);
        var heads = new HeadStore(time, new Random(1), static _ => 0, "", new MemoryLedger(1 << 20));
        heads.Of("t");
        heads.Of("u");
        var uploads = new UnfinishedUploads(heads, store, time, NullLogger<UnfinishedUploads>.Instance);
        s3.Faults.Add(new() { Kind = FaultKind.SlowDown, Prefix = bucket, Operation = S3Operation.ListMultipartUploads, Times = 1 });
        await uploads.Remove(Cancel);
        Assert.Single(await Uploads(bucket));
        await uploads.Remove(Cancel);
        Assert.Empty(await Uploads(bucket));
    }

    [Fact]
    public async Task An_ingester_begins_with_it_when_it_knows_its_tenants()
    {
        var bucket = await s3.NewBucket();
        Assert.Equal(200, (await s3.Calls.Send("POST", $"/{bucket}/t/phlaredb/a?uploads=")).Status);
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow.AddHours(25));
        using var store = new S3Store(s3.Store(bucket), time);
        var disk = new ForgettingDisk(1, time);
        disk.CreateDirectory($"/data/t/local/{Ulid.NewUlid()}");
        await using var log = new WriteAheadLog(
            disk, new LogOptions("/data/@log"), time, TaskScheduler.Default, new Random(1), NullLogger<WriteAheadLog>.Instance);
        await using var blocks = BareBlocks.Of(disk, log, time, "/data", store: store);
        await blocks.Recover(Cancel);
        blocks.Start();
        for (var tries = 0; (await Uploads(bucket)).Count > 0; tries++)
        {
            Assert.InRange(tries, 0, 1000);
            await Task.Delay(10, Cancel);
        }
    }

    private async Task<IReadOnlyList<string>> Uploads(string bucket) => (await s3.Calls.Send("GET", $"/{bucket}?uploads=")).Values("Key");
}
