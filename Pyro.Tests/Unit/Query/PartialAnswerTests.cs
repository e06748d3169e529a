using Grpc.Core;
using Pyro.Blocks.Buckets;
using Pyro.Blocks.Meta;
using Pyro.ObjectStore;
using Pyro.Query;
using Pyro.Query.Querier;

namespace Pyro.Tests.Unit.Query;

/// <summary>Answers over a bucket are whole, or marked with what they lack, or errors: never smaller without a word.</summary>
public sealed class PartialAnswerTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Damaged_blocks_are_left_out_of_every_kind_of_answer_and_named()
    {
        var bucket = new MemoryStore(TimeProvider.System);
        List<Ulid> all = [], damaged = [];
        for (var i = 0; i < 12; i++)
        {
            var block = Ulid.NewUlid();
            all.Add(block);
            await StoredCluster.Put(bucket, block, StoredCluster.Rows($"service-{i:00}", 10 * (i + 1), 1L << (2 * i), 1L << (2 * i)));
            if (i % 2 == 0)
            {
                // Every part of a block is needed for some answer; all of it is there and none of it makes sense.
                damaged.Add(block);
                foreach (var file in (string[])["index.tsdb", "profiles.parquet", "symbols.symdb"])
                {
                    await StoredCluster.Put(bucket, block, file, [.. (await StoredCluster.File(bucket, block, file)).Select(static b => (byte)~b)]);
                }
            }
        }

        var left = Enumerable.Range(0, 12).Where(static i => i % 2 == 1).Sum(static i => 2L << (2 * i));
        var mark = $"damaged blocks: {string.Join(", ", damaged.Order())}";

        // Each finds the damage itself, and is told of it.
        foreach (var ask in (Func<StoredCluster, Task<StoredAnswer>>[])[c => c.Points(), c => c.Graph(), c => c.Pprof()])
        {
            using var cluster = new StoredCluster(bucket);
            for (var round = 0; round < 2; round++)
            {
                Assert.Equal(new StoredAnswer(left, mark), await ask(cluster));
            }

            Assert.Equal(damaged.Order(), cluster.Told.Select(static t => t.Block).Order());
        }

        using var other = new StoredCluster(bucket);
        var (services, lacking) = await other.Services();
        Assert.Equal(["service-01", "service-03", "service-05", "service-07", "service-09", "service-11"], services);
        Assert.Equal(mark, lacking);
        Assert.Equal(damaged.Order(), other.Told.Select(static t => t.Block).Order());
    }

    [Fact]
    public async Task A_block_that_was_made_of_others_stands_in_for_them_and_they_for_it()
    {
        var bucket = new MemoryStore(TimeProvider.System);
        var (first, second, merged) = (Ulid.NewUlid(), Ulid.NewUlid(), Ulid.NewUlid());
        var (a, b) = (StoredCluster.Rows("a", 20, 1, 2), StoredCluster.Rows("a", 10, 10, 20));
        await StoredCluster.Put(bucket, first, a);
        await StoredCluster.Put(bucket, second, b);
        await StoredCluster.Put(bucket, merged, [.. a, .. b], meta => meta with { Compaction = new BlockCompaction { Level = 2, Sources = [first, second] } });
        Assert.Equal(new StoredAnswer(33, null), await Asked(bucket));

        await Spoil(bucket, first);
        Assert.Equal(new StoredAnswer(33, null), await Asked(bucket));

        await StoredCluster.Put(bucket, first, a);
        await Spoil(bucket, merged);
        Assert.Equal(new StoredAnswer(33, null), await Asked(bucket));

        // One source of two does not make up for it.
        await Spoil(bucket, second);
        Assert.Equal(new StoredAnswer(3, $"damaged blocks: {string.Join(", ", new[] { second, merged }.Order())}"), await Asked(bucket));
    }

    [Fact]
    public async Task A_damaged_part_of_a_split_is_made_up_for_by_what_was_split()
    {
        var bucket = new MemoryStore(TimeProvider.System);
        Ulid source = Ulid.NewUlid(), one = Ulid.NewUlid(), two = Ulid.NewUlid();
        var (a, b) = (StoredCluster.Rows("a", 20, 1, 2), StoredCluster.Rows("b", 20, 10, 20));
        BlockMeta Part(BlockMeta meta, string shard) => meta with
        {
            Compaction = new BlockCompaction { Level = 2, Sources = [source] },
            Labels = new Dictionary<string, string> { [BlockMeta.ShardLabel] = shard },
        };
        await StoredCluster.Put(bucket, source, [.. a, .. b]);
        await StoredCluster.Put(bucket, one, a, meta => Part(meta, "1_of_2"));
        await StoredCluster.Put(bucket, two, b, meta => Part(meta, "2_of_2"));
        Assert.Equal(new StoredAnswer(33, null), await Asked(bucket));
        await Spoil(bucket, two);
        Assert.Equal(new StoredAnswer(33, null), await Asked(bucket));
        await Spoil(bucket, source);
        var asked = await Asked(bucket);
        Assert.Equal(3, asked.Total);
        Assert.Contains(two.ToString(), asked.Mark, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_block_whole_at_an_ingester_makes_up_for_the_damaged_one_in_the_bucket_and_the_other_way_round()
    {
        var bucket = new MemoryStore(TimeProvider.System);
        var block = new Ulid([.. Enumerable.Repeat((byte)7, 16)]);
        var rows = StoredCluster.Rows("a", 20, 1, 2);
        await StoredCluster.Put(bucket, block, rows);
        using (var cluster = new StoredCluster(bucket))
        {
            var local = new FakeHolding(7, open: false) { Fault = "the disk forgot it" };
            local.Rows.AddRange(rows.Select(static r => r.Held));
            cluster.Ingesters[0].Holdings.Add(local);
            Assert.Equal(new StoredAnswer(3, null), await cluster.Points());
        }

        await Spoil(bucket, block);
        using (var cluster = new StoredCluster(bucket))
        {
            Assert.Equal(0, (await cluster.Points()).Total);
            var local = new FakeHolding(7, open: false);
            local.Rows.AddRange(rows.Select(static r => r.Held));
            cluster.Ingesters[0].Holdings.Add(local);
            Assert.Equal(new StoredAnswer(3, null), await cluster.Points());
            Assert.Single(cluster.Ingesters[0].Sums);
        }
    }

    [Fact]
    public async Task A_repaired_block_is_read_again_after_some_time_and_told_of_once()
    {
        using var cluster = new StoredCluster();
        var block = Ulid.NewUlid();
        await cluster.Put(block, StoredCluster.Rows("a", 20, 1, 2));
        var sound = await StoredCluster.File(cluster.Bucket, block, "symbols.symdb");
        await Spoil(cluster.Bucket, block, "symbols.symdb");
        for (var hour = 0; hour < 3; hour++)
        {
            Assert.Equal(new StoredAnswer(0, $"damaged blocks: {block}"), await cluster.Graph());
            // However often it is tried, it is told of once.
            Assert.Contains("symbols.symdb", Assert.Single(cluster.Told).Fault.Message, StringComparison.Ordinal);
            cluster.Time.Advance(TimeSpan.FromHours(1));
        }

        Assert.Equal(0, (await cluster.Graph()).Total);
        await StoredCluster.Put(cluster.Bucket, block, "symbols.symdb", sound);
        Assert.Equal(0, (await cluster.Graph()).Total);
        cluster.Time.Advance(TimeSpan.FromMinutes(20));
        Assert.Equal(new StoredAnswer(3, null), await cluster.Graph());
    }

    [Fact]
    public async Task What_comes_wrong_once_is_read_again_and_harms_nothing()
    {
        foreach (var ask in (Func<StoredCluster, Task<StoredAnswer>>[])[c => c.Points(), c => c.Graph(), c => c.Pprof()])
        {
            for (var nth = 0; nth < 12; nth++)
            {
                using var cluster = new StoredCluster(before: bucket => new WrongOnce(bucket, nth));
                var block = Ulid.NewUlid();
                await cluster.Put(block, StoredCluster.Rows("a", 20, 1, 2));
                Assert.Equal(new StoredAnswer(3, null), await ask(cluster));
                Assert.Empty(cluster.Told);
            }
        }
    }

    [Fact]
    public async Task A_block_of_an_old_version_is_refused_by_its_version_unless_the_client_does_without()
    {
        using var cluster = new StoredCluster();
        var (old, other) = (Ulid.NewUlid(), Ulid.NewUlid());
        await cluster.Put(old, StoredCluster.Rows("a", 20, 1, 2), static meta => meta with { Version = 2 });
        await cluster.Put(other, StoredCluster.Rows("b", 10, 10));
        foreach (var ask in (Func<Task>[])[() => cluster.Points(), () => cluster.Graph(), () => cluster.Pprof(), () => cluster.Services()])
        {
            var refused = await Assert.ThrowsAsync<RpcException>(ask);
            Assert.Equal(StatusCode.Unimplemented, refused.StatusCode);
            Assert.Contains($"block {old} has version 2", refused.Status.Detail, StringComparison.Ordinal);
        }

        var mark = $"blocks whose version is not supported: {old} (version 2)";
        Assert.Equal(new StoredAnswer(10, mark), await cluster.Graph(mayLack: true));
        var (services, lacking) = await cluster.Services(mayLack: true);
        Assert.Equal(["b"], services);
        Assert.Equal(mark, lacking);
    }

    [Fact]
    public async Task A_block_of_a_later_version_marks_every_answer_with_its_version_and_is_not_called_damaged()
    {
        using var cluster = new StoredCluster();
        var (later, other) = (Ulid.NewUlid(), Ulid.NewUlid());
        await cluster.Put(later, StoredCluster.Rows("a", 20, 1, 2), static meta => meta with { Version = 9 });
        await cluster.Put(other, StoredCluster.Rows("b", 10, 10));
        var mark = $"blocks whose version is not supported: {later} (version 9)";
        Assert.Equal(new StoredAnswer(10, mark), await cluster.Graph());
        var (services, lacking) = await cluster.Services();
        Assert.Equal(["b"], services);
        Assert.Equal(mark, lacking);
        Assert.Empty(cluster.Told);
    }

    [Fact]
    public async Task A_block_whose_meta_json_is_damaged_marks_every_answer_until_it_is_repaired()
    {
        using var cluster = new StoredCluster();
        var (block, other) = (Ulid.NewUlid(), Ulid.NewUlid());
        await cluster.Put(block, StoredCluster.Rows("a", 20, 1, 2));
        await cluster.Put(other, StoredCluster.Rows("b", 10, 10));
        var sound = await StoredCluster.File(cluster.Bucket, block, BlockPaths.Meta);
        await StoredCluster.Put(cluster.Bucket, block, BlockPaths.Meta, sound[..^20]);
        Assert.Equal(new StoredAnswer(10, $"damaged blocks: {block}"), await cluster.Graph());
        var (services, mark) = await cluster.Services();
        Assert.Equal(["b"], services);
        Assert.Equal($"damaged blocks: {block}", mark);
        Assert.Equal($"{BlockPaths.File(FakeCluster.Tenant, block, BlockPaths.Meta)} at byte {sound.Length - 20}: is cut off", Assert.Single(cluster.Told).Fault.Message);

        await StoredCluster.Put(cluster.Bucket, block, BlockPaths.Meta, sound);
        cluster.Time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(new StoredAnswer(13, null), await cluster.Graph());
    }

    [Fact]
    public async Task While_the_bucket_was_never_seen_recent_profiles_are_answered_and_marked()
    {
        using var cluster = new StoredCluster();
        await cluster.Put(Ulid.NewUlid(), StoredCluster.Rows("old", 200, 100));
        var head = new FakeHolding(1);
        head.Rows.AddRange(StoredCluster.Rows("new", 5, 1, 2).Select(static r => r.Held));
        cluster.Ingesters[0].Holdings.Add(head);
        cluster.Faulty.IsDown = true;
        Assert.Equal(new StoredAnswer(3, "the bucket cannot be listed"), await cluster.Points());
        Assert.Equal("the bucket cannot be listed", (await cluster.Services()).Mark);

        cluster.Faulty.IsDown = false;
        cluster.Time.Advance(BucketView.Pause);
        Assert.Equal(new StoredAnswer(103, null), await cluster.Points());

        // What was seen is missed, unless the client does without.
        cluster.Faulty.IsDown = true;
        cluster.Time.Advance(TimeSpan.FromMinutes(1));
        cluster.Served.Known(FakeCluster.Tenant).Single().TryRest(TimeSpan.Zero);
        var failed = await Assert.ThrowsAsync<RpcException>(() => cluster.Points());
        Assert.Equal(StatusCode.Unavailable, failed.StatusCode);
        Assert.Equal(new StoredAnswer(3, null), await cluster.Points(minutes: 30));
        Assert.StartsWith("blocks that nobody serves: ", (await cluster.Points(mayLack: true)).Mark, StringComparison.Ordinal);

        // After that long an ingester may have removed what was shipped meanwhile.
        cluster.Time.Advance(TimeSpan.FromMinutes(30));
        Assert.Equal(new StoredAnswer(3, "the bucket cannot be listed"), await cluster.Points(minutes: 30));
    }

    [Fact]
    public async Task A_bucket_that_never_answers_lets_no_query_wait_for_long()
    {
        using var cluster = new StoredCluster();
        await cluster.Put(Ulid.NewUlid(), StoredCluster.Rows("old", 200, 100));
        var head = new FakeHolding(1);
        head.Rows.AddRange(StoredCluster.Rows("new", 5, 1, 2).Select(static r => r.Held));
        cluster.Ingesters[0].Holdings.Add(head);
        cluster.Faulty.Faults = new StoreFaults { Slow = 1, SlowFor = TimeSpan.FromDays(40) };

        var first = cluster.Points(minutes: 30);
        while (cluster.Faulty.Counts.GetValueOrDefault(StoreOperation.List) == 0) await Task.Delay(1, Cancel);
        Assert.False(first.IsCompleted);
        cluster.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(new StoredAnswer(3, "the bucket cannot be listed"), await first);
        // No time passes any more.
        Assert.Equal(new StoredAnswer(3, "the bucket cannot be listed"), await cluster.Points(minutes: 30));
        Assert.Equal(1, cluster.Faulty.Counts[StoreOperation.List]);
    }

    [Fact]
    public async Task A_store_that_fails_is_no_damage_and_costs_the_whole_answer()
    {
        foreach (var fault in (StoreFault[])[StoreFault.Unavailable, StoreFault.Throttled, StoreFault.Denied])
        {
            using var cluster = new StoredCluster();
            await cluster.Put(Ulid.NewUlid(), StoredCluster.Rows("a", 20, 1, 2));
            await cluster.Put(Ulid.NewUlid(), StoredCluster.Rows("b", 40, 10));
            cluster.Faulty.Fault = (operation, key) =>
                operation == StoreOperation.GetRange && key.EndsWith("profiles.parquet", StringComparison.Ordinal) ? new ObjectStoreException(fault, "not now") : null;
            foreach (var ask in (Func<Task>[])[() => cluster.Points(), () => cluster.Graph(), () => cluster.Pprof()])
            {
                var failed = await Assert.ThrowsAsync<RpcException>(ask);
                Assert.Equal(fault == StoreFault.Throttled ? StatusCode.ResourceExhausted : StatusCode.Unavailable, failed.StatusCode);
                Assert.Contains("not now", failed.Status.Detail, StringComparison.Ordinal);
            }

            cluster.Faulty.Fault = null;
            Assert.Equal(new StoredAnswer(13, null), await cluster.Graph());
            Assert.Empty(cluster.Told);
        }
    }

    [Fact]
    public async Task A_store_gateway_that_is_away_fails_what_needs_it_unless_the_client_does_without()
    {
        using var cluster = new StoredCluster();
        var block = Ulid.NewUlid();
        await cluster.Put(block, StoredCluster.Rows("a", 200, 1, 2));
        var head = new FakeHolding(1);
        head.Rows.AddRange(StoredCluster.Rows("new", 5, 10).Select(static r => r.Held));
        cluster.Ingesters[0].Holdings.Add(head);
        cluster.Ingesters[0].LabelsAnswer = LabelAnswer.Of("new");
        cluster.IsGatewayAway = true;
        foreach (var ask in (Func<Task>[])[() => cluster.Points(), () => cluster.Services()])
        {
            Assert.Equal(StatusCode.Unavailable, (await Assert.ThrowsAsync<RpcException>(ask)).StatusCode);
        }

        var mark = $"blocks that nobody serves: {block}";
        Assert.Equal(new StoredAnswer(10, mark), await cluster.Points(mayLack: true));
        var (services, lacking) = await cluster.Services(mayLack: true);
        Assert.Equal(["new"], services);
        Assert.Equal(mark, lacking);
        Assert.Equal(new StoredAnswer(10, null), await cluster.Points(minutes: 30));
    }

    [Fact]
    public void A_mark_stays_short_however_much_is_lacking()
    {
        var call = new QueryCall("t");
        Assert.Null(call.Mark);
        for (var i = 0; i < 1000; i++)
        {
            call.Lack(new LackingBlock(Ulid.NewUlid(), LackReason.Damaged, "bad"));
            call.Lack(new LackingBlock(Ulid.NewUlid(), LackReason.Damaged, "bad") { Version = 1000 + i });
        }

        call.LackListing();
        Assert.EndsWith(" and 992 more; the bucket cannot be listed", call.Mark, StringComparison.Ordinal);
        Assert.InRange(call.Mark!.Length, 400, 800);
    }

    private static async Task<StoredAnswer> Asked(MemoryStore bucket)
    {
        using var cluster = new StoredCluster(bucket);
        var asked = await cluster.Graph();
        Assert.Equal(asked, await cluster.Points());
        Assert.Equal(asked, await cluster.Pprof());
        return asked;
    }

    private static async Task Spoil(MemoryStore bucket, Ulid block, string file = "profiles.parquet") =>
        await StoredCluster.Put(bucket, block, file, [.. (await StoredCluster.File(bucket, block, file)).Select(static b => (byte)~b)]);

    /// <summary>A bucket of which one read of blocks comes with every bit turned.</summary>
    private sealed class WrongOnce(IObjectStore inner, int nth) : IObjectStore
    {
        private int _reads;

        public string Description => inner.Description;

        public ValueTask<Stream> Get(string key, CancellationToken cancellation) => inner.Get(key, cancellation);

        public async ValueTask<int> GetRange(string key, long offset, Memory<byte> into, CancellationToken cancellation)
        {
            var read = await inner.GetRange(key, offset, into, cancellation);
            if (Interlocked.Increment(ref _reads) - 1 == nth)
            {
                foreach (ref var b in into.Span[..read])
                {
                    b = (byte)~b;
                }
            }

            return read;
        }

        public ValueTask Put(string key, ObjectBody body, PutMode mode, CancellationToken cancellation) => inner.Put(key, body, mode, cancellation);

        public IAsyncEnumerable<ObjectEntry> List(string prefix, bool recursive, CancellationToken cancellation) => inner.List(prefix, recursive, cancellation);

        public ValueTask Delete(string key, CancellationToken cancellation) => inner.Delete(key, cancellation);

        public ValueTask<ObjectAttributes> Attributes(string key, CancellationToken cancellation) => inner.Attributes(key, cancellation);
    }
}
