using Grpc.Core;
using Pyro.Api.Peers;
using Pyro.Blocks.Meta;
using Pyro.ObjectStore;
using Pyro.Query;
using Pyro.Query.Frontend;
using Pyro.Query.Querier;
using Pyro.Tenancy;

namespace Pyro.Tests.Unit.Query;

/// <summary>Which holders a query goes to, and that what moves from one to another meanwhile counts once.</summary>
public sealed class WhoIsAskedTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Recent_blocks_of_ingesters_are_not_asked_of_the_bucket_and_old_ones_not_of_ingesters()
    {
        var options = new QueryOptions { StoreAfter = TimeSpan.FromHours(1), IngestersWithin = TimeSpan.FromHours(2) };
        using var cluster = new StoredCluster(options: options);
        await cluster.Put(Ulid.NewUlid(), StoredCluster.Rows("old", 200, 1, 2));
        var both = StoredCluster.Rows("both", 30, 1000);
        await cluster.Put(new Ulid([.. Enumerable.Repeat((byte)7, 16)]), both);
        var head = new FakeHolding(1);
        head.Rows.AddRange([.. StoredCluster.Rows("new", 10, 10, 20).Select(static r => r.Held), .. StoredCluster.Rows("kept", 210, 5000).Select(static r => r.Held)]);
        cluster.Ingesters[0].Holdings.AddRange([head, Local(both)]);

        cluster.IsGatewayAway = true;
        Assert.Equal(new StoredAnswer(1030, null), await cluster.Points(minutes: 50));
        Assert.Equal(StatusCode.Unavailable, (await Assert.ThrowsAsync<RpcException>(() => cluster.Points(minutes: 61))).StatusCode);
        cluster.IsGatewayAway = false;

        // It was removed there early, or cannot be read.
        foreach (var holdings in (FakeHolding[][])[[head], [head, new FakeHolding(7, open: false) { Fault = "the disk forgot it" }]])
        {
            cluster.Ingesters[0].Holdings.Clear();
            cluster.Ingesters[0].Holdings.AddRange(holdings);
            Assert.Equal(new StoredAnswer(1030, null), await cluster.Points(minutes: 50));
        }

        cluster.Ingesters[0].Holdings.RemoveAt(1);
        Assert.Equal(new StoredAnswer(1030, null), await cluster.Points(minutes: 61));
        Assert.Equal(new StoredAnswer(6033, null), await cluster.Points(minutes: 300));

        // All of it lies further back than ingesters are asked about.
        var asked = cluster.Ingesters[0].Tenants.Count;
        cluster.Time.Advance(TimeSpan.FromHours(2) + TimeSpan.FromMilliseconds(1));
        Assert.Equal(new StoredAnswer(1003, null), await cluster.Points(minutes: 300));
        Assert.Equal(asked, cluster.Ingesters[0].Tenants.Count);
    }

    [Fact]
    public async Task Labels_of_a_block_that_turns_out_to_be_damaged_where_it_was_left_come_from_the_bucket()
    {
        using var cluster = new StoredCluster(options: new QueryOptions { StoreAfter = TimeSpan.FromHours(1) });
        var rows = StoredCluster.Rows("both", 30, 1000);
        await cluster.Put(new Ulid([.. Enumerable.Repeat((byte)7, 16)]), rows);
        var ingester = cluster.Ingesters[0];
        ingester.Holdings.Add(Local(rows));
        ingester.BeforeLabels = () =>
        {
            var damaged = new FakeHolding(7, open: false) { Fault = "the disk forgot it" };
            ingester.Holdings.Clear();
            ingester.Holdings.Add(damaged);
            ingester.LabelsAnswer = new LabelsResponse { Damaged = { damaged.Ulid } };
        };
        var (services, mark) = await cluster.Services(minutes: 50);
        Assert.Equal(["both"], services);
        Assert.Null(mark);
    }

    [Fact]
    public async Task Labels_of_a_block_that_leaves_where_it_was_left_come_from_the_bucket()
    {
        using var cluster = new StoredCluster(options: new QueryOptions { StoreAfter = TimeSpan.FromHours(1) });
        var rows = StoredCluster.Rows("left", 30, 1000);
        await cluster.Put(new Ulid([.. Enumerable.Repeat((byte)7, 16)]), rows);
        var ingester = cluster.Ingesters[0];
        ingester.Holdings.Add(Local(rows));
        ingester.BeforeLabels = ingester.Holdings.Clear;
        var (services, mark) = await cluster.Services(minutes: 50);
        Assert.Equal(["left"], services);
        Assert.Null(mark);
    }

    [Fact]
    public async Task Labels_of_blocks_that_are_merged_while_they_are_read_come_from_what_was_made_of_them()
    {
        using var cluster = new StoredCluster();
        var (old, merged) = (Ulid.NewUlid(), Ulid.NewUlid());
        var rows = StoredCluster.Rows("a", 200, 1, 2);
        await cluster.Put(old, rows);
        await cluster.Put(merged, rows, meta => meta with { Compaction = new BlockCompaction { Level = 2, Sources = [old] } });
        // Without it there is no block yet.
        var key = BlockPaths.File(FakeCluster.Tenant, merged, BlockPaths.Meta);
        var meta = await StoredCluster.File(cluster.Bucket, merged, BlockPaths.Meta);
        await cluster.Bucket.Delete(key, Cancel);
        var isMerged = false;
        cluster.Faulty.Fault = (operation, _) =>
        {
            if (operation != StoreOperation.GetRange || isMerged) return null;
            isMerged = true;
            Done(cluster.Bucket.Put(key, ObjectBody.Of(meta), PutMode.Replace, Cancel));
            foreach (var file in cluster.Bucket.Keys.Where(k => k.Contains($"{old}", StringComparison.Ordinal))) Done(cluster.Bucket.Delete(file, Cancel));
            return null;
        };
        var (services, mark) = await cluster.Services();
        Assert.True(isMerged);
        Assert.Equal(["a"], services);
        Assert.Null(mark);

        static void Done(ValueTask now) => Assert.True(now.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task A_bucket_without_blocks_of_the_time_is_not_asked()
    {
        using var cluster = new StoredCluster();
        await cluster.Put(Ulid.NewUlid(), StoredCluster.Rows("old", 200, 1, 2));
        cluster.IsGatewayAway = true;
        var head = new FakeHolding(1);
        head.Rows.AddRange(StoredCluster.Rows("new", 10, 10, 20).Select(static r => r.Held));
        cluster.Ingesters[0].Holdings.Add(head);
        Assert.Equal(new StoredAnswer(30, null), await cluster.Points(minutes: 60));
        Assert.Equal(0, cluster.Ingesters[0].Describes);
    }

    [Fact]
    public async Task A_block_that_an_ingester_has_too_is_read_there_alone()
    {
        using var cluster = new StoredCluster();
        var rows = StoredCluster.Rows("a", 20, 1, 2);
        await cluster.Put(new Ulid([.. Enumerable.Repeat((byte)7, 16)]), rows);
        cluster.Ingesters[0].Holdings.Add(Local(rows));
        Assert.Equal(new StoredAnswer(3, null), await cluster.Points());
        Assert.Equal(0, cluster.Faulty.Counts.GetValueOrDefault(StoreOperation.GetRange));
    }

    [Fact]
    public async Task A_block_that_an_ingester_lost_while_it_was_to_be_read_there_is_read_from_the_bucket()
    {
        var rows = StoredCluster.Rows("a", 20, 1, 2);
        foreach (var step in (Action<FakeHolder, Action>[])[(h, lose) => h.BeforeSum = lose, (h, lose) => h.BeforeSeries = lose])
        {
            using var cluster = new StoredCluster();
            await cluster.Put(new Ulid([.. Enumerable.Repeat((byte)7, 16)]), rows);
            // A head that shares its time, so that series are compared.
            var head = new FakeHolding(1);
            head.Rows.Add(StoredCluster.Rows("b", 20, 10)[0].Held);
            var ingester = cluster.Ingesters[0];
            ingester.Holdings.AddRange([Local(rows), head]);
            step(ingester, () => ingester.Holdings.RemoveAt(0));
            Assert.Equal(new StoredAnswer(13, null), await cluster.Points());
            Assert.Single(ingester.Holdings);
        }
    }

    [Fact]
    public async Task A_block_that_the_store_gateway_has_not_seen_yet_is_looked_for_at_once()
    {
        using var cluster = new StoredCluster();
        await cluster.Put(Ulid.NewUlid(), StoredCluster.Rows("a", 200, 1, 2));
        // The gateway has looked just now, the query side never.
        foreach (var lease in await cluster.Served.Lease(FakeCluster.Tenant, [], Cancel)) lease.Dispose();
        await cluster.Put(Ulid.NewUlid(), StoredCluster.Rows("b", 100, 10));
        Assert.Equal(new StoredAnswer(13, null), await cluster.Points());
        Assert.Equal(["a", "b"], (await cluster.Services()).Services);

        await cluster.Put(Ulid.NewUlid(), StoredCluster.Rows("c", 60, 100));
        cluster.Time.Advance(TimeSpan.FromSeconds(11));
        foreach (var lease in await cluster.Served.Lease(FakeCluster.Tenant, [], Cancel)) lease.Dispose();
        await cluster.Put(Ulid.NewUlid(), StoredCluster.Rows("d", 50, 1000));
        Assert.Equal(["a", "b", "c", "d"], (await cluster.Services()).Services);
    }

    [Fact]
    public async Task A_block_marked_as_deleted_is_answered_until_the_delay_is_over()
    {
        using var cluster = new StoredCluster(markDelay: TimeSpan.FromHours(1));
        var block = Ulid.NewUlid();
        await cluster.Put(block, StoredCluster.Rows("a", 200, 1, 2));
        await cluster.Put(Ulid.NewUlid(), StoredCluster.Rows("b", 100, 10));
        await new StoredBlocks(cluster.Bucket).Put(FakeCluster.Tenant, new BlockMark(MarkKind.Deletion, block, cluster.Time.GetUtcNow().ToUnixTimeSeconds()), Cancel);
        Assert.Equal(new StoredAnswer(13, null), await cluster.Points());
        cluster.Time.Advance(TimeSpan.FromMinutes(59));
        Assert.Equal(new StoredAnswer(13, null), await cluster.Points());
        cluster.Time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(new StoredAnswer(10, null), await cluster.Points());
        Assert.Equal(["b"], (await cluster.Services()).Services);
    }

    [Fact]
    public async Task A_query_of_old_times_alone_knows_every_block_that_it_needs()
    {
        using var cluster = new StoredCluster(options: new QueryOptions { IngestersWithin = TimeSpan.FromMinutes(1) });
        await cluster.Put(Ulid.NewUlid(), StoredCluster.Rows("a", 200, 1, 2));
        foreach (var lease in await cluster.Served.Lease(FakeCluster.Tenant, [], Cancel)) lease.Dispose();
        await cluster.Put(Ulid.NewUlid(), StoredCluster.Rows("b", 100, 10));
        cluster.Time.Advance(TimeSpan.FromSeconds(9));
        // The gateway looked nine seconds ago, and the store is the only one that is asked.
        var call = new QueryCall(FakeCluster.Tenant);
        var end = StoredCluster.Now - 60_000;
        var request = new Api.Querier.SelectSeriesRequest { ProfileTypeID = FakeCluster.Type, LabelSelector = "{}", Start = end - 18_000_000, End = end, Step = 60 };
        cluster.Time.Advance(TimeSpan.FromSeconds(1) - TimeSpan.FromMilliseconds(1));
        cluster.Ingesters[0].Failure = StatusCode.Unavailable;
        var answer = await new PointQueries(new Overrides(TenantLimits.Default), cluster.Time, cluster.Querier).Series(call, request, Cancel);
        Assert.Equal(13, answer.Series.Sum(static s => s.Points.Sum(static p => p.Value)));
    }

    private static FakeHolding Local(IEnumerable<StoredRow> rows)
    {
        var local = new FakeHolding(7, open: false);
        local.Rows.AddRange(rows.Select(static r => r.Held));
        return local;
    }
}
