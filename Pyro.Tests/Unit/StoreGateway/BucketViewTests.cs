using Microsoft.Extensions.Time.Testing;
using Pyro.Blocks.Buckets;
using Pyro.Blocks.Meta;
using Pyro.ObjectStore;

namespace Pyro.Tests.Unit.StoreGateway;

/// <summary>Which blocks a tenant has: those that are complete, listed, and not marked as deleted for long.</summary>
public sealed class BucketViewTests
{
    private const string Tenant = "team";

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(55));
    private readonly MemoryStore _bucket;
    private readonly FaultyStore _faulty;
    private readonly BucketView _view;

    public BucketViewTests()
    {
        _bucket = new MemoryStore(_time);
        _faulty = new FaultyStore(_bucket, 1, _time);
        _view = new BucketView(_faulty, cache: null, TimeSpan.FromMinutes(90), _time);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_meta_json_is_read_once_and_a_young_look_is_good_enough()
    {
        var blocks = new List<Ulid>();
        for (var i = 0; i < 40; i++) blocks.Add(await Put());
        Assert.Equal(blocks.Order(), Names(await Look()));
        Assert.Equal((40, 2), (Count(StoreOperation.Get), Count(StoreOperation.List)));

        _time.Advance(TimeSpan.FromSeconds(9));
        await _view.Of(Tenant, TimeSpan.FromSeconds(10), Cancel);
        Assert.Equal(2, Count(StoreOperation.List));

        blocks.Add(await Put());
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(blocks.Order(), Names(await _view.Of(Tenant, TimeSpan.FromSeconds(10), Cancel)));
        Assert.Equal((41, 4), (Count(StoreOperation.Get), Count(StoreOperation.List)));
    }

    [Fact]
    public async Task A_block_counts_from_its_meta_json_on_and_until_it_is_gone()
    {
        var block = Ulid.NewUlid();
        await Write(BlockPaths.File(Tenant, block, "index.tsdb"), [1]);
        Assert.Empty(Names(await Look()));
        await Put(block);
        Assert.Equal([block], Names(await Look()));
        await Delete(block, "meta.json");
        Assert.Equal([block], Names(await Look()));
        // What is left of it is looked at when somebody missed it.
        _view.Doubt(Tenant, [block]);
        Assert.Empty(Names(await Look()));
        await Put(block);
        Assert.Equal([block], Names(await Look()));
        await Delete(block, "meta.json");
        await Delete(block, "index.tsdb");
        Assert.Empty(Names(await Look()));
    }

    [Fact]
    public async Task An_index_that_tells_of_nothing_or_is_damaged_hides_no_block()
    {
        var block = await Put();
        await new StoredBlocks(_bucket).Put(Tenant, new BucketIndex { UpdatedAt = _time.GetUtcNow().ToUnixTimeSeconds() }, Cancel);
        Assert.Equal([block], Names(await Look()));
        await Write(BlockPaths.BucketIndex(Tenant), [1, 2, 3]);
        Assert.Equal([block], Names(await Look()));
    }

    [Fact]
    public async Task A_mark_counts_after_its_delay_and_as_long_as_it_is_there()
    {
        var (marked, other) = (await Put(), await Put());
        var stored = new StoredBlocks(_bucket);
        await stored.Put(Tenant, new BlockMark(MarkKind.Deletion, marked, _time.GetUtcNow().AddMinutes(-60).ToUnixTimeSeconds()), Cancel);
        await stored.Put(Tenant, new BlockMark(MarkKind.NoCompact, other, 1, "", "manual"), Cancel);
        Assert.Equal(new[] { marked, other }.Order(), Names(await Look()));
        _time.Advance(TimeSpan.FromMinutes(31));
        var snapshot = await Look();
        Assert.Equal([other], Names(snapshot));
        Assert.True(snapshot.Knows(marked));
        await stored.DeleteMark(Tenant, marked, MarkKind.Deletion, Cancel);
        Assert.Equal(new[] { marked, other }.Order(), Names(await Look()));
    }

    [Fact]
    public async Task A_mark_of_which_nobody_knows_since_when_counts_from_the_first_look_on()
    {
        var (listed, damaged) = (await Put(), await Put());
        await Write($"{BlockPaths.Marks(Tenant)}{listed}-deletion-mark.json", []);
        await Write($"{BlockPaths.Marks(Tenant)}{damaged}-deletion-mark.json", []);
        await Write(BlockPaths.File(Tenant, damaged, "deletion-mark.json"), [1, 2, 3]);
        Assert.Equal(new[] { listed, damaged }.Order(), Names(await Look()));
        _time.Advance(TimeSpan.FromMinutes(89));
        Assert.Equal(new[] { listed, damaged }.Order(), Names(await Look()));
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal([damaged], Names(await Look()));
    }

    [Fact]
    public async Task A_damaged_meta_json_is_told_and_read_again_until_it_is_sound()
    {
        var block = await Put();
        var sound = await _bucket.ReadAll(BlockPaths.File(Tenant, block, "meta.json"), 1 << 20, Cancel);
        foreach (var bad in (byte[][])[[], [1, 2, 3], sound[..^5], new BlockMeta { Id = Ulid.NewUlid(), MinTime = 1, MaxTime = 2 }.Write()])
        {
            await Write(BlockPaths.File(Tenant, block, "meta.json"), bad);
            _view.Doubt(Tenant, [block]);
            var snapshot = await Look();
            Assert.Empty(snapshot.Blocks);
            Assert.Contains(block.ToString(), snapshot.Damaged[block].Message, StringComparison.Ordinal);
            Assert.True(snapshot.Knows(block));
        }

        await Write(BlockPaths.File(Tenant, block, "meta.json"), sound);
        Assert.Equal([block], Names(await Look()));
        Assert.Empty((await Look()).Damaged);
    }

    [Fact]
    public async Task A_damaged_meta_json_is_told_once_by_its_key_until_it_is_damaged_otherwise()
    {
        var told = new List<string>();
        var view = new BucketView(_faulty, cache: null, TimeSpan.Zero, _time) { OnDamage = (tenant, block, fault) => told.Add($"{tenant} {block} {fault.Message}") };
        var (block, later) = (await Put(), await Put());
        var key = BlockPaths.File(Tenant, block, "meta.json");
        await Write(key, [1, 2, 3]);
        await Write(BlockPaths.File(Tenant, later, "meta.json"), new BlockMeta { Id = later, MinTime = 1, MaxTime = 2, Version = 4 }.Write());
        for (var i = 0; i < 3; i++)
        {
            var snapshot = await view.Of(Tenant, TimeSpan.Zero, Cancel);
            Assert.Equal(4, Assert.IsType<UnsupportedBlockException>(snapshot.Damaged[later]).Version);
            Assert.StartsWith($"{Tenant} {block} {key} at byte 0: is no JSON: ", Assert.Single(told), StringComparison.Ordinal);

            // What a look that fails has seen is told by the next one.
            _faulty.Fault = static (operation, _) => operation == StoreOperation.List ? new ObjectStoreException(StoreFault.Unavailable, "away") : null;
            await Assert.ThrowsAsync<ObjectStoreException>(() => view.Of(Tenant, TimeSpan.Zero, Cancel));
            _faulty.Fault = null;
        }

        await Write(key, []);
        await view.Of(Tenant, TimeSpan.Zero, Cancel);
        Assert.Equal(2, told.Count);
    }

    [Fact]
    public async Task Names_that_nobody_has_anything_under_are_forgotten_when_there_are_many()
    {
        var block = await Put();
        await Look();
        for (var i = 0; i < 5 * TenantEntries<object>.Few; i++)
        {
            await _view.Soon($"nobody-{i}", BucketView.Fresh, Cancel);
            _time.Advance(TimeSpan.FromMilliseconds(100));
        }

        Assert.InRange(_view.Kept, 1, 2 * TenantEntries<object>.Few);
        Assert.Equal([block], Names(_view.Last(Tenant)!));

        // Those that were asked for just now are not looked for again.
        var looks = Count(StoreOperation.List);
        await _view.Soon($"nobody-{(5 * TenantEntries<object>.Few) - 1}", BucketView.Fresh, Cancel);
        Assert.Equal(looks, Count(StoreOperation.List));
    }

    [Fact]
    public async Task What_was_missed_before_a_look_that_failed_is_looked_for_by_the_next()
    {
        var block = await Put();
        await Look();
        await Delete(block, "meta.json");
        _view.Doubt(Tenant, [block]);
        _faulty.IsDown = true;
        await Assert.ThrowsAsync<ObjectStoreException>(Look);
        _faulty.IsDown = false;
        Assert.Empty(Names(await Look()));
    }

    [Fact]
    public async Task A_look_that_fails_tells_nothing_and_leaves_the_last_one()
    {
        var block = await Put();
        Assert.Null(_view.Last(Tenant));
        await Look();
        foreach (var operation in (StoreOperation[])[StoreOperation.List, StoreOperation.Get])
        {
            _faulty.Fault = (asked, _) => asked == operation ? new ObjectStoreException(StoreFault.Unavailable, "away") : null;
            _view.Doubt(Tenant, [block]);
            await Assert.ThrowsAsync<ObjectStoreException>(Look);
            Assert.Equal([block], Names(_view.Last(Tenant)!));
            _faulty.Fault = null;
            Assert.Equal([block], Names(await Look()));
        }
    }

    [Fact]
    public async Task Those_who_ask_at_the_same_time_share_one_look_and_none_of_them_ends_it()
    {
        await Put();
        var held = new TaskCompletionSource();
        var view = new BucketView(new HeldStore(_faulty, held.Task), cache: null, TimeSpan.Zero, _time);
        using var impatient = new CancellationTokenSource();
        var first = view.Of(Tenant, BucketView.Fresh, impatient.Token);
        var others = Enumerable.Range(0, 5).Select(_ => view.Of(Tenant, BucketView.Fresh, Cancel)).ToArray();
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        held.SetResult();
        var seen = await Task.WhenAll(others);
        Assert.All(seen, s => Assert.Same(seen[0], s));
        Assert.Equal(2, Count(StoreOperation.List));
    }

    [Fact]
    public async Task Who_found_a_block_missing_is_told_by_a_look_that_began_afterwards()
    {
        var block = await Put();
        await Look();
        var held = new TaskCompletionSource();
        var view = new BucketView(new HeldStore(_faulty, held.Task), cache: null, TimeSpan.Zero, _time);
        var first = view.Of(Tenant, BucketView.Fresh, Cancel);
        await Delete(block, "meta.json");
        view.Doubt(Tenant, [block]);
        var others = new[] { view.Of(Tenant, TimeSpan.Zero, Cancel), view.Soon(Tenant, TimeSpan.Zero, Cancel) };
        _time.Advance(BucketView.Patience / 2);
        held.SetResult();
        var seen = await Task.WhenAll(others);
        Assert.Same(seen[0], seen[1]);
        Assert.NotSame(await first, seen[0]);
        Assert.Empty(Names(seen[0]));
    }

    [Fact]
    public async Task A_first_look_is_waited_for_as_long_as_the_bucket_goes_on_answering()
    {
        var blocks = new List<Ulid>();
        for (var i = 0; i < 40; i++) blocks.Add(await Put());
        var (waiting, answer) = (0, new TaskCompletionSource());
        var slow = new SlowStore(_faulty, async () =>
        {
            var until = answer.Task;
            Interlocked.Increment(ref waiting);
            await until;
        });
        var looking = new BucketView(slow, cache: null, TimeSpan.Zero, _time).Soon(Tenant, BucketView.Fresh, Cancel);
        foreach (var chunk in (int[])[16, 16, 8])
        {
            while (Volatile.Read(ref waiting) < chunk) await Task.Delay(1, Cancel);
            _time.Advance(BucketView.Patience - TimeSpan.FromMilliseconds(1));
            (waiting, var all) = (0, answer);
            answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            all.SetResult();
        }

        Assert.Equal(blocks.Order(), Names(await looking));
    }

    [Fact]
    public async Task A_bucket_on_a_disk_that_hangs_holds_nobody_who_will_not_wait()
    {
        await Put();
        using var hang = new ManualResetEventSlim();
        var view = new BucketView(new SlowStore(_faulty, () => Task.CompletedTask) { BeforeList = hang.Wait }, cache: null, TimeSpan.Zero, _time);
        try
        {
            var asked = Enumerable.Range(0, 3).Select(_ => Task.Run(() => view.Soon(Tenant, BucketView.Fresh, Cancel))).ToArray();
            foreach (var one in asked)
            {
                while (!one.IsCompleted)
                {
                    await Task.Delay(1, Cancel);
                    _time.Advance(TimeSpan.FromMilliseconds(100));
                    Assert.True(_time.GetUtcNow() < DateTimeOffset.UnixEpoch.AddYears(55).AddHours(1), "it waits for the disk");
                }

                await Assert.ThrowsAsync<ObjectStoreException>(() => one);
            }
        }
        finally
        {
            hang.Set();
        }
    }

    [Fact]
    public async Task A_look_that_hangs_lets_nobody_wait_for_long_and_is_taken_when_it_ends()
    {
        var block = await Put();
        var held = new TaskCompletionSource();
        var view = new BucketView(new HeldStore(_faulty, held.Task), cache: null, TimeSpan.Zero, _time);
        var first = view.Soon(Tenant, BucketView.Fresh, Cancel);
        _time.Advance(BucketView.Patience - TimeSpan.FromMilliseconds(1));
        var second = view.Soon(Tenant, BucketView.Fresh, Cancel);
        Assert.False(first.IsCompleted || second.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        foreach (var asked in new[] { first, second })
        {
            var refused = await Assert.ThrowsAsync<ObjectStoreException>(() => asked);
            Assert.Equal((StoreFault.Unavailable, "failing memory: no answer within 2 s"), (refused.Fault, refused.Message));
        }

        // It has let everybody wait for long enough.
        var third = view.Soon(Tenant, BucketView.Fresh, Cancel);
        Assert.True(third.IsFaulted);
        Assert.Null(view.Last(Tenant));

        var patient = view.Of(Tenant, BucketView.Fresh, Cancel);
        held.SetResult();
        Assert.Equal([block], Names(await patient));
        Assert.Same(await patient, await view.Soon(Tenant, BucketView.Fresh, Cancel));
        Assert.Equal(2, Count(StoreOperation.List));
    }

    [Fact]
    public async Task After_a_look_that_failed_there_is_none_for_a_while()
    {
        await Put();
        _faulty.IsDown = true;
        await Assert.ThrowsAsync<ObjectStoreException>(() => _view.Soon(Tenant, BucketView.Fresh, Cancel));
        var asked = Count(StoreOperation.List);
        _faulty.IsDown = false;
        _time.Advance(BucketView.Pause - TimeSpan.FromMilliseconds(1));
        await Assert.ThrowsAsync<ObjectStoreException>(() => _view.Soon(Tenant, TimeSpan.Zero, Cancel));
        Assert.Equal(asked, Count(StoreOperation.List));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Single((await _view.Soon(Tenant, BucketView.Fresh, Cancel)).Blocks);
    }

    private Task<BucketSnapshot> Look() => _view.Of(Tenant, TimeSpan.Zero, Cancel);

    private int Count(StoreOperation operation) => _faulty.Counts.GetValueOrDefault(operation);

    private static IEnumerable<Ulid> Names(BucketSnapshot snapshot) => snapshot.Blocks.Select(static b => b.Id);

    private async Task<Ulid> Put(Ulid? name = null)
    {
        var block = name ?? Ulid.NewUlid();
        await Write(BlockPaths.File(Tenant, block, "index.tsdb"), [1]);
        await Write(BlockPaths.File(Tenant, block, "meta.json"), new BlockMeta { Id = block, MinTime = 1, MaxTime = 2 }.Write());
        return block;
    }

    private async Task Write(string key, byte[] content) => await _bucket.Put(key, ObjectBody.Of(content), PutMode.Replace, Cancel);

    private async Task Delete(Ulid block, string file) => await _bucket.Delete(BlockPaths.File(Tenant, block, file), Cancel);

    /// <summary>A bucket that lists nothing before it may.</summary>
    private sealed class HeldStore(IObjectStore inner, Task until) : PassingStore(inner)
    {
        public override async IAsyncEnumerable<ObjectEntry> List(
            string prefix, bool recursive, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
        {
            await until.WaitAsync(cancellation);
            await foreach (var entry in base.List(prefix, recursive, cancellation)) yield return entry;
        }
    }

    /// <summary>A bucket whose files can be waited for, and whose listing may hold the thread.</summary>
    private sealed class SlowStore(IObjectStore inner, Func<Task> beforeGet) : PassingStore(inner)
    {
        public Action BeforeList { get; init; } = static () => { };

        public override async ValueTask<Stream> Get(string key, CancellationToken cancellation)
        {
            await beforeGet();
            return await base.Get(key, cancellation);
        }

        public override IAsyncEnumerable<ObjectEntry> List(string prefix, bool recursive, CancellationToken cancellation)
        {
            BeforeList();
            return base.List(prefix, recursive, cancellation);
        }
    }

    private abstract class PassingStore(IObjectStore inner) : IObjectStore
    {
        public string Description => inner.Description;

        public virtual ValueTask<Stream> Get(string key, CancellationToken cancellation) => inner.Get(key, cancellation);

        public ValueTask<int> GetRange(string key, long offset, Memory<byte> into, CancellationToken cancellation) => inner.GetRange(key, offset, into, cancellation);

        public ValueTask Put(string key, ObjectBody body, PutMode mode, CancellationToken cancellation) => inner.Put(key, body, mode, cancellation);

        public virtual IAsyncEnumerable<ObjectEntry> List(string prefix, bool recursive, CancellationToken cancellation) =>
            inner.List(prefix, recursive, cancellation);

        public ValueTask Delete(string key, CancellationToken cancellation) => inner.Delete(key, cancellation);

        public ValueTask<ObjectAttributes> Attributes(string key, CancellationToken cancellation) => inner.Attributes(key, cancellation);
    }
}
