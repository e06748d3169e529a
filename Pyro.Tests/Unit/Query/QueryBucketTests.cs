using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Pyro.Blocks.Buckets;
using Pyro.Blocks.Meta;
using Pyro.ObjectStore;
using Pyro.Query;
using Pyro.Query.Querier;
using Pyro.Tests.Simulation.Life;

namespace Pyro.Tests.Unit.Query;

/// <summary>What the query side knows of the bucket.</summary>
public class QueryBucketTests
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeMilliseconds(1_795_136_400_000));

    [Fact]
    public async Task A_block_that_is_new_is_settled_when_every_store_gateway_has_seen_it()
    {
        var store = new MemoryStore(_time);
        var clock = new JumpingTime(_time);
        var bucket = new QueryBucket(
            new BucketView(store, cache: null, TimeSpan.Zero, clock), new QueryOptions(), clock, NullLogger<QueryBucket>.Instance);
        var (first, second) = (Meta(0, 10), Meta(20, 30));
        await Put(first);
        Assert.Equal([first.Id], await Settled());

        await Put(second);
        // The day's clock is set while it settles: time does not pass by that.
        clock.Error = TimeSpan.FromHours(5);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal([first.Id], await Settled());
        _time.Advance(TimeSpan.FromMinutes(17));
        Assert.Equal([first.Id], await Settled());
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal([first.Id, second.Id], await Settled());
        Assert.Equal([second.Id], await Settled(11, 20));

        await store.Delete(Path(first), TestContext.Current.CancellationToken);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal([second.Id], await Settled());
        await Put(first);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal([second.Id], await Settled());

        async Task<List<Ulid>> Settled(long start = 0, long end = 100) =>
            [.. (await bucket.Settled("t", new() { Start = start, End = end }, TestContext.Current.CancellationToken)).Select(static b => b.Id)];

        Task Put(BlockMeta meta) => store.Put(Path(meta), ObjectBody.Of(meta.Write()), PutMode.Replace, TestContext.Current.CancellationToken).AsTask();
    }

    [Fact]
    public async Task What_was_there_when_the_bucket_could_not_be_seen_yet_is_settled()
    {
        var store = new MemoryStore(_time);
        var faulty = new FaultyStore(store, 1, _time) { IsDown = true };
        var bucket = new QueryBucket(
            new BucketView(faulty, cache: null, TimeSpan.Zero, _time), new QueryOptions(), _time, NullLogger<QueryBucket>.Instance);
        var meta = Meta(0, 10);
        await store.Put(Path(meta), ObjectBody.Of(meta.Write()), PutMode.Replace, TestContext.Current.CancellationToken);
        Assert.Empty(await bucket.Settled("t", null, TestContext.Current.CancellationToken));
        faulty.IsDown = false;
        _time.Advance(BucketView.Pause);
        Assert.Equal([meta.Id], (await bucket.Settled("t", null, TestContext.Current.CancellationToken)).Select(static b => b.Id));
    }

    [Fact]
    public async Task Names_that_nobody_has_anything_under_are_forgotten_when_there_are_many()
    {
        var store = new MemoryStore(_time);
        var bucket = new QueryBucket(
            new BucketView(store, cache: null, TimeSpan.Zero, _time), new QueryOptions(), _time, NullLogger<QueryBucket>.Instance);
        var meta = Meta(0, 10);
        await bucket.Settled("t", null, TestContext.Current.CancellationToken);
        await store.Put(Path(meta), ObjectBody.Of(meta.Write()), PutMode.Replace, TestContext.Current.CancellationToken);
        _time.Advance(BucketView.Fresh);
        Assert.Empty(await bucket.Settled("t", null, TestContext.Current.CancellationToken));
        for (var i = 0; i < 5000; i++)
        {
            await bucket.Settled($"nobody-{i}", null, TestContext.Current.CancellationToken);
        }

        Assert.InRange(bucket.Kept, 1, 2000);
        // Since when blocks are seen is kept.
        Assert.Empty(await bucket.Settled("t", null, TestContext.Current.CancellationToken));
    }

    private static string Path(BlockMeta meta) => BlockPaths.File("t", meta.Id, BlockPaths.Meta);

    private static BlockMeta Meta(long min, long max)
    {
        var id = Ulid.NewUlid(DateTimeOffset.FromUnixTimeMilliseconds(min));
        return new BlockMeta
        {
            Id = id,
            MinTime = min,
            MaxTime = max,
            Files = [new BlockFileMeta(BlockPaths.Index, 1)],
            Compaction = new BlockCompaction { Level = 1, Sources = [id] },
        };
    }
}
