using Grpc.Core;
using Pyro.Api.Peers;
using Pyro.Blocks.Answers;
using Pyro.Blocks.Meta;
using Pyro.ObjectStore;
using Pyro.StoreGateway;
using Pyro.Tests.Unit.Queries;
using Pyro.Tests.Unit.Query;

namespace Pyro.Tests.Unit.StoreGateway;

/// <summary>What a store-gateway serves, what it answers, and how it looks at the bucket.</summary>
public sealed class StoreGatewayTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_block_that_left_the_bucket_is_closed_when_its_last_reader_is_done()
    {
        using var cluster = new StoredCluster();
        var (gone, stays) = (Ulid.NewUlid(), Ulid.NewUlid());
        await cluster.Put(gone, StoredCluster.Rows("a", 20, 1));
        await cluster.Put(stays, StoredCluster.Rows("b", 20, 2));
        var before = await cluster.Served.Lease(FakeCluster.Tenant, [], Cancel);
        Assert.Equal(2, before.Count);
        foreach (var key in cluster.Bucket.Keys.Where(k => k.Contains(gone.ToString(), StringComparison.Ordinal)).ToList())
        {
            await cluster.Bucket.Delete(key, Cancel);
        }

        cluster.Time.Advance(TimeSpan.FromSeconds(11));
        var after = await cluster.Served.Lease(FakeCluster.Tenant, [], Cancel);
        Assert.Equal([stays], after.Select(static l => l.Block.Ulid));
        Assert.Equal(1, cluster.Served.Count);
        var old = before.Single(l => l.Block.Ulid == gone);
        Assert.Null(old.Block.TryLease());
        // The same block serves both.
        Assert.Same(after[0].Block, before.Single(l => l.Block.Ulid == stays).Block);
        before.ForEach(static l => l.Dispose());
        after.ForEach(static l => l.Dispose());
    }

    [Fact]
    public async Task A_block_that_was_missed_and_is_there_again_is_served_without_more_looks()
    {
        using var cluster = new StoredCluster();
        var block = Ulid.NewUlid();
        await cluster.Put(block, StoredCluster.Rows("a", 20, 1));
        Assert.Single(await Describe(cluster));
        var removed = new Dictionary<string, byte[]>();
        foreach (var key in cluster.Bucket.Keys)
        {
            removed[key] = await cluster.Bucket.ReadAll(key, 1 << 24, Cancel);
            await cluster.Bucket.Delete(key, Cancel);
        }

        Assert.Equal(StatusCode.NotFound, (await Assert.ThrowsAsync<RpcException>(Sum)).StatusCode);
        var missed = Assert.Single(cluster.Served.Known(FakeCluster.Tenant));
        Assert.True(missed.IsGone);
        foreach (var (key, content) in removed)
        {
            await cluster.Bucket.Put(key, ObjectBody.Of(content), PutMode.Replace, Cancel);
        }

        await Sum();
        var looks = cluster.Faulty.Counts[StoreOperation.List];
        await Sum();
        await Sum();
        Assert.Equal(looks, cluster.Faulty.Counts[StoreOperation.List]);
        Assert.NotSame(missed, Assert.Single(cluster.Served.Known(FakeCluster.Tenant)));
        Assert.Null(missed.TryLease());

        Task Sum() => cluster.Gateway.Sum(
            new SumRequest { Tree = new TreeForm(), Plan = { new PlanOfHolding { Ulid = StoredCluster.Wire(block), Whole = true } } },
            new Collected<SumResponse>(), new Call(FakeCluster.Tenant));
    }

    [Fact]
    public async Task The_bucket_is_looked_at_again_only_for_blocks_that_are_not_known()
    {
        using var cluster = new StoredCluster();
        var block = Ulid.NewUlid();
        await cluster.Put(block, StoredCluster.Rows("a", 20, 1));
        await Lease([]);
        var looks = cluster.Faulty.Counts[StoreOperation.List];
        Assert.Equal(1, await Lease([block]));
        Assert.Equal(looks, cluster.Faulty.Counts[StoreOperation.List]);
        var next = Ulid.NewUlid();
        await cluster.Put(next, StoredCluster.Rows("a", 20, 1));
        Assert.Equal(1, await Lease([block]));
        Assert.Equal(2, await Lease([block, next]));
        Assert.Equal(2 * looks, cluster.Faulty.Counts[StoreOperation.List]);

        async Task<int> Lease(Ulid[] expected)
        {
            var leases = await cluster.Served.Lease(FakeCluster.Tenant, expected, Cancel);
            leases.ForEach(static l => l.Dispose());
            return leases.Count;
        }
    }

    [Fact]
    public async Task A_bucket_that_is_away_leaves_what_was_seen_and_refuses_what_never_was()
    {
        using var cluster = new StoredCluster();
        var block = Ulid.NewUlid();
        await cluster.Put(block, StoredCluster.Rows("a", 20, 1));
        cluster.Faulty.IsDown = true;
        var refused = await Assert.ThrowsAsync<RpcException>(() => cluster.Served.Lease(FakeCluster.Tenant, [], Cancel));
        Assert.Equal(StatusCode.Unavailable, refused.StatusCode);
        Assert.Contains("nobody answers", refused.Status.Detail, StringComparison.Ordinal);

        cluster.Faulty.IsDown = false;
        Assert.Single(await Describe(cluster));
        cluster.Faulty.IsDown = true;
        cluster.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(StoredCluster.Wire(block), Assert.Single(await Describe(cluster)).Holding.Ulid);
    }

    [Fact]
    public async Task A_tenant_is_told_of_its_own_blocks_and_of_nobody_elses()
    {
        using var cluster = new StoredCluster();
        var block = Ulid.NewUlid();
        await cluster.Put(block, StoredCluster.Rows("a", 20, 1), static meta => meta with
        {
            Labels = new Dictionary<string, string> { [BlockMeta.HostLabel] = "host-7", [BlockMeta.ShardLabel] = "2_of_4" },
            Compaction = meta.Compaction with { Level = 3, Sources = [Ulid.MaxValue] },
        });
        var holding = Assert.Single(await Describe(cluster)).Holding;
        Assert.Equal(("host-7", 3U, "", false), (holding.Writer, holding.Level, holding.Fault, holding.Open));
        Assert.Equal(new Shard { Index = 1, Count = 4 }, holding.Shard);
        Assert.Equal([StoredCluster.Wire(Ulid.MaxValue)], holding.Sources);
        Assert.Equal((1UL, 1UL), (holding.Size.Series, holding.Size.Rows));

        Assert.Empty(await Describe(cluster, "other"));
        var plan = new SumRequest { Tree = new TreeForm(), Plan = { new PlanOfHolding { Ulid = StoredCluster.Wire(block), Whole = true } } };
        var refused = await Assert.ThrowsAsync<RpcException>(() => cluster.Gateway.Sum(plan, new Collected<SumResponse>(), new Call("other")));
        Assert.Equal(StatusCode.NotFound, refused.StatusCode);
        var sums = new Collected<SumResponse>();
        await cluster.Gateway.Sum(plan, sums, new Call(FakeCluster.Tenant));
        Assert.NotEmpty(sums.Items);
    }

    [Fact]
    public async Task A_look_over_all_tenants_begins_when_the_bucket_works_and_goes_on()
    {
        using var cluster = new StoredCluster();
        await cluster.Put(Ulid.NewUlid(), StoredCluster.Rows("a", 20, 1));
        var told = new LogLines<BucketSync>();
        var options = new StoreGatewayOptions { SyncDirectory = "/sync", SyncInterval = TimeSpan.FromMinutes(15), TenantConcurrency = 2, Bucket = new ObjectStoreOptions() };
        using var sync = new BucketSync(options, cluster.View, cluster.Served, new StoreProbe(cluster.Faulty, cluster.Time, new Random(1)), cluster.Time, new Random(1), told);
        cluster.Faulty.Fault = static (_, _) => new ObjectStoreException(StoreFault.Denied, "the key is wrong") { Setting = "storage.s3.access_key_id" };
        await sync.StartAsync(Cancel);
        while (told.All.Count < 2) await Task.Delay(1, Cancel);
        for (var i = 0; i < 100; i++) await Pass(cluster);
        Assert.False(sync.IsSynced);
        Assert.Contains("the key is wrong", sync.Fault, StringComparison.Ordinal);
        Assert.Single(told.All, static l => l.Contains("cannot be used, which is tried on: put failed: the key is wrong", StringComparison.Ordinal));
        Assert.Single(told.All, static l => l.Contains("cannot be read, which is tried on: the key is wrong", StringComparison.Ordinal));
        Assert.Equal(0, cluster.Served.Count);

        cluster.Faulty.Fault = null;
        var since = cluster.Time.GetUtcNow();
        while (!sync.IsSynced) await Pass(cluster);
        // What the probe found stays until it tries again, which may be after the look.
        while (sync.Fault is not null) await Pass(cluster);
        Assert.InRange(cluster.Time.GetUtcNow() - since, TimeSpan.Zero, TimeSpan.FromMinutes(10));
        Assert.Equal(1, cluster.Served.Count);

        // A new block is seen after the interval, give or take a fifth, and a fault in between is told and tried on.
        await cluster.Put(Ulid.NewUlid(), StoredCluster.Rows("b", 20, 1));
        since = cluster.Time.GetUtcNow();
        while (cluster.Served.Count < 2) await Pass(cluster);
        Assert.InRange(cluster.Time.GetUtcNow() - since, TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(23));
        cluster.Faulty.IsDown = true;
        while (sync.Fault is null) await Pass(cluster);
        cluster.Faulty.IsDown = false;
        since = cluster.Time.GetUtcNow();
        while (sync.Fault is not null) await Pass(cluster);
        Assert.InRange(cluster.Time.GetUtcNow() - since, TimeSpan.Zero, TimeSpan.FromMinutes(10));
        await sync.StopAsync(Cancel);
    }

    [Fact]
    public async Task A_bucket_that_can_only_be_read_is_served_and_looked_at_once_an_interval()
    {
        using var cluster = new StoredCluster();
        await cluster.Put(Ulid.NewUlid(), StoredCluster.Rows("a", 20, 1));
        var told = new LogLines<BucketSync>();
        var options = new StoreGatewayOptions { SyncDirectory = "/sync", SyncInterval = TimeSpan.FromMinutes(15), TenantConcurrency = 2, Bucket = new ObjectStoreOptions() };
        using var sync = new BucketSync(options, cluster.View, cluster.Served, new StoreProbe(cluster.Faulty, cluster.Time, new Random(1)), cluster.Time, new Random(1), told);
        cluster.Faulty.Fault = static (operation, _) => operation == StoreOperation.Put ? new ObjectStoreException(StoreFault.Denied, "only to be read") : null;
        await sync.StartAsync(Cancel);
        while (!sync.IsSynced) await Task.Delay(1, Cancel);
        Assert.Equal(1, cluster.Served.Count);
        var (since, looks) = (cluster.Time.GetUtcNow(), cluster.Faulty.Counts[StoreOperation.List]);
        while (sync.Periodic == 0) await Pass(cluster);
        Assert.InRange(cluster.Time.GetUtcNow() - since, TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(23));
        Assert.InRange(cluster.Faulty.Counts[StoreOperation.List], looks + 1, looks + 10);
        Assert.Equal("The bucket cannot be used, which is tried on: put failed: only to be read", Assert.Single(told.All));

        // When it cannot be read either, that is what nobody is served by.
        cluster.Faulty.Fault = static (_, _) => new ObjectStoreException(StoreFault.Denied, "not even to be read");
        while (sync.Fault != "not even to be read") await Pass(cluster);
        cluster.Faulty.Fault = null;
        while (sync.Fault is not null) await Pass(cluster);
        Assert.Equal("The bucket works again", told.All[^1]);
        Assert.Single(told.All, static l => l.Contains("works again", StringComparison.Ordinal));
        await sync.StopAsync(Cancel);
    }

    [Fact]
    public async Task What_nobody_reads_is_closed_and_nothing_is_kept_of_tenants_that_have_no_block()
    {
        using var cluster = new StoredCluster();
        await cluster.Put(Ulid.NewUlid(), StoredCluster.Rows("a", 20, 1));
        Assert.Equal(1, (await cluster.Graph()).Total);
        for (var i = 0; i < 100; i++)
        {
            Assert.Empty(await Describe(cluster, $"nobody-{i}"));
        }

        Assert.Equal((1, 1), (cluster.Served.Tenants, cluster.Open));
        var options = new StoreGatewayOptions { SyncDirectory = "/sync", SyncInterval = TimeSpan.FromMinutes(15), TenantConcurrency = 2, Bucket = new ObjectStoreOptions() };
        using var sync = new BucketSync(options, cluster.View, cluster.Served, new StoreProbe(cluster.Faulty, cluster.Time, new Random(1)), cluster.Time, new Random(1), new LogLines<BucketSync>());
        await sync.StartAsync(Cancel);
        while (!sync.IsSynced) await Task.Delay(1, Cancel);
        Assert.Equal(1, cluster.Open);
        while (cluster.Open > 0) await Pass(cluster);
        Assert.InRange(sync.Periodic, 1, 2);
        await sync.StopAsync(Cancel);
        Assert.Equal(1, (await cluster.Graph()).Total);
    }

    [Fact]
    public async Task What_is_wrong_with_one_tenant_hides_no_other_is_told_once_and_no_whole_look()
    {
        using var cluster = new StoredCluster();
        await cluster.Put(Ulid.NewUlid(), StoredCluster.Rows("a", 20, 1));
        foreach (var tenant in (string[])["bad", "zed"])
        {
            foreach (var key in cluster.Bucket.Keys.Where(static k => k.StartsWith(FakeCluster.Tenant + "/", StringComparison.Ordinal)).ToList())
            {
                var content = await cluster.Bucket.ReadAll(key, 1 << 24, Cancel);
                await cluster.Bucket.Put(tenant + key[FakeCluster.Tenant.Length..], ObjectBody.Of(content), PutMode.Replace, Cancel);
            }
        }

        var told = new LogLines<BucketSync>();
        var options = new StoreGatewayOptions { SyncDirectory = "/sync", SyncInterval = TimeSpan.FromMinutes(15), TenantConcurrency = 2, Bucket = new ObjectStoreOptions() };
        using var sync = new BucketSync(options, cluster.View, cluster.Served, new StoreProbe(cluster.Faulty, cluster.Time, new Random(1)), cluster.Time, new Random(1), told);
        cluster.Faulty.Fault = static (_, key) => key.StartsWith("bad/", StringComparison.Ordinal) ? new ObjectStoreException(StoreFault.Denied, "not for you") : null;
        await sync.StartAsync(Cancel);
        while (!sync.IsSynced) await Task.Delay(1, Cancel);
        // It is tried on soon, and no look is whole.
        var (since, looks) = (cluster.Time.GetUtcNow(), cluster.Faulty.Counts[StoreOperation.List]);
        while (cluster.Faulty.Counts[StoreOperation.List] == looks) await Pass(cluster);
        Assert.InRange(cluster.Time.GetUtcNow() - since, TimeSpan.Zero, TimeSpan.FromMinutes(10));
        Assert.InRange(cluster.Faulty.Counts[StoreOperation.List], looks + 1, looks + 10);
        Assert.Equal((null, 3, 2), (sync.Fault, sync.Tenants, sync.TenantsSynced));
        Assert.Equal((null, 0), (sync.LastSync, sync.Periodic));
        Assert.Single(told.All, static l => l.Contains("bad", StringComparison.Ordinal) && l.Contains("not for you", StringComparison.Ordinal));
        foreach (var tenant in (string[])[FakeCluster.Tenant, "zed"])
        {
            while (Assert.Single(cluster.Served.Known(tenant)).IsInUse) await Task.Delay(1, Cancel);
        }

        cluster.Faulty.Fault = null;
        since = cluster.Time.GetUtcNow();
        while (sync.TenantsSynced < 3) await Pass(cluster);
        Assert.InRange(cluster.Time.GetUtcNow() - since, TimeSpan.Zero, TimeSpan.FromMinutes(10));
        Assert.Single(cluster.Served.Known("bad"));
        var whole = sync.LastSync;
        Assert.NotNull(whole);

        // So it is once its blocks were seen: they are served on.
        cluster.Faulty.Fault = static (_, key) => key.StartsWith("bad/", StringComparison.Ordinal) ? new ObjectStoreException(StoreFault.Denied, "not any more") : null;
        while (sync.TenantsSynced == 3) await Pass(cluster);
        Assert.Single(told.All, static l => l.Contains("bad", StringComparison.Ordinal) && l.Contains("not any more", StringComparison.Ordinal));
        Assert.Equal((whole, 0), (sync.LastSync, sync.Periodic));
        Assert.Single(cluster.Served.Known("bad"));
        cluster.Faulty.Fault = null;
        while (sync.Periodic == 0) await Pass(cluster);
        Assert.Equal(3, sync.TenantsSynced);
        await sync.StopAsync(Cancel);
    }

    [Fact]
    public async Task What_is_wrong_with_all_tenants_is_wrong_with_the_bucket()
    {
        using var cluster = new StoredCluster();
        await cluster.Put(Ulid.NewUlid(), StoredCluster.Rows("a", 20, 1));
        var options = new StoreGatewayOptions { SyncDirectory = "/sync", SyncInterval = TimeSpan.FromMinutes(15), TenantConcurrency = 2, Bucket = new ObjectStoreOptions() };
        using var sync = new BucketSync(options, cluster.View, cluster.Served, new StoreProbe(cluster.Faulty, cluster.Time, new Random(1)), cluster.Time, new Random(1), new LogLines<BucketSync>());
        cluster.Faulty.Fault = static (_, key) => key.StartsWith(FakeCluster.Tenant + "/", StringComparison.Ordinal) ? new ObjectStoreException(StoreFault.Denied, "not for you") : null;
        await sync.StartAsync(Cancel);
        while (sync.Fault is null) await Task.Delay(1, Cancel);
        Assert.False(sync.IsSynced);
        Assert.Contains("not for you", sync.Fault, StringComparison.Ordinal);
        cluster.Faulty.Fault = null;
        while (!sync.IsSynced) await Pass(cluster);
        Assert.Null(sync.Fault);
        await sync.StopAsync(Cancel);
    }

    // A second of the clock while others run. None passes before the first look: the probe has limits of its own.
    private static async Task Pass(StoredCluster cluster)
    {
        cluster.Time.Advance(TimeSpan.FromSeconds(1));
        await Task.Delay(1, Cancel);
    }

    private static async Task<List<DescribeResponse>> Describe(StoredCluster cluster, string tenant = FakeCluster.Tenant)
    {
        var described = new Collected<DescribeResponse>();
        await cluster.Gateway.Describe(new DescribeRequest { HoldingsOnly = true }, described, new Call(tenant));
        return described.Items;
    }
}
