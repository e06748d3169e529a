using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Pyro.Blocks.Meta;
using Pyro.Blocks.Reading;
using Pyro.Blocks.Symbols;
using Pyro.Disk;
using Pyro.Ingester.Head;
using Pyro.Ingester.Shipping;
using Pyro.Memory;
using Pyro.ObjectStore;
using Pyro.Tests.Simulation;

namespace Pyro.Tests.Unit.Shipping;

/// <summary>Tenants do not wait for each other on the way to the bucket, and what was shipped is written down in the end.</summary>
public sealed class ShipperTests : IDisposable
{
    private static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(1);

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(50));
    private readonly SeededScheduler _scheduler = new(new Random(1));
    private readonly CancellationTokenSource _stopping = new();
    private readonly ForgettingDisk _disk;
    private readonly MemoryStore _bucket;
    private readonly HeldPuts _store;
    private readonly HeadStore _heads;
    private readonly BlockReading _reading;
    private readonly LocalFolders _folders;
    private readonly BlockMetrics _metrics;
    private readonly Shipper _shipper;

    public ShipperTests()
    {
        var ledger = new MemoryLedger(1 << 20);
        _disk = new ForgettingDisk(1, _time);
        _bucket = new MemoryStore(_time);
        _store = new HeldPuts(_bucket);
        _heads = new HeadStore(_time, new Random(1), static _ => 0, "", ledger);
        _reading = new BlockReading(new SymbolCache(1 << 20, ledger));
        _folders = new LocalFolders(_disk, "/data", _reading, NullLogger<LocalFolders>.Instance);
        _metrics = new BlockMetrics(_heads);
        _shipper = new Shipper(
            _heads, new BucketCopies(_store, _disk, "host"), new ShippedBlocks(_disk, _folders), _metrics, _time, new Random(1), NullLogger<Shipper>.Instance);
    }

    public void Dispose()
    {
        _stopping.Dispose();
        _shipper.Dispose();
        _metrics.Dispose();
        _reading.Dispose();
    }

    [Fact]
    public void A_put_that_hangs_holds_up_its_own_tenant_only()
    {
        _store.Holds = static key => key.StartsWith("a/", StringComparison.Ordinal);
        Ulid[] held = [Add("a"), Add("a")];
        var first = Add("b");
        var running = _scheduler.Start(() => _shipper.Run(_stopping.Token));
        _scheduler.Run();
        Assert.Equal([first], Shipped("b"));

        // What comes later goes its way too, and no time passes.
        var second = Add("b");
        _shipper.Wake();
        _scheduler.Run();
        Assert.Equal([first, second], Shipped("b"));
        Assert.Empty(Shipped("a"));
        Assert.Equal(1, _store.Held);

        _store.Release();
        _scheduler.Run();
        Assert.Equal(held, Shipped("a"));
        Assert.Equal(0, _shipper.Backlog.Count);
        Assert.Equal(_store.Begun.Where(static k => k.StartsWith("a/", StringComparison.Ordinal)).Select(static k => k.Split('/')[2]).Distinct(), held.Select(static b => $"{b}"));
        Stop(running);
    }

    [Fact]
    public void A_tenant_that_fails_rests_alone()
    {
        _store.Fault = static key => key.StartsWith("a/", StringComparison.Ordinal) ? new ObjectStoreException(StoreFault.Denied, "not for you") : null;
        Add("a");
        var running = _scheduler.Start(() => _shipper.Run(_stopping.Token));
        _scheduler.Run();
        var tries = _store.Begun.Count;
        Assert.Equal(1, tries);
        for (var i = 0; i < 3; i++)
        {
            Add("b");
            _shipper.Wake();
            _scheduler.Run();
        }

        Assert.Equal(3, Shipped("b").Length);
        Assert.Equal(tries, _store.Begun.Count(static k => k.StartsWith("a/", StringComparison.Ordinal)));

        _store.Fault = null;
        Pass(LongestRest);
        Assert.Single(Shipped("a"));
        Stop(running);
    }

    [Fact]
    public void So_many_tenants_are_served_at_once_and_all_in_the_end()
    {
        var tenants = Enumerable.Range(0, 20).Select(static i => $"t{i:00}").ToList();
        _store.Holds = static _ => true;
        tenants.ForEach(t => Add(t));
        var shipping = _scheduler.Start(async () => Assert.True(await _shipper.ShipAll(_stopping.Token)));
        _scheduler.Run();
        Assert.Equal(8, _store.Held);
        _store.Release();
        _scheduler.Run();
        Assert.True(shipping.IsCompletedSuccessfully);
        Assert.All(tenants, t => Assert.Single(Shipped(t)));
    }

    [Fact]
    public void Who_stops_ships_the_others_and_gives_up_what_hangs_when_the_time_is_up()
    {
        _store.Holds = static key => key.StartsWith("a/", StringComparison.Ordinal);
        Add("a");
        Add("b");
        var shipping = _scheduler.Start(() => _shipper.ShipAll(_stopping.Token));
        _scheduler.Run();
        Assert.Single(Shipped("b"));
        Assert.False(shipping.IsCompleted);
        _stopping.Cancel();
        _scheduler.Run();
        Assert.True(shipping.IsCanceled);
    }

    [Fact]
    public void What_was_shipped_is_written_again_when_the_disk_refused_it()
    {
        var refused = 0;
        _disk.Fault = (_, path) => path.Contains("shipper.json", StringComparison.Ordinal) && refused++ < 3 ? ForgettingDisk.Broken(path) : null;
        var block = Add("a");
        var running = _scheduler.Start(() => _shipper.Run(_stopping.Token));
        _scheduler.Run();
        Assert.Equal([block], Shipped("a"));
        Assert.False(_disk.Exists("/data/a/local/shipper.json"));
        var puts = _store.Begun.Count;

        Pass(4 * LongestRest);
        Assert.InRange(refused, 4, 100);
        var written = new HashSet<Ulid>();
        _ = _scheduler.Start(async () => written = await new ShippedBlocks(_disk, _folders).Read("a", default));
        _scheduler.Run();
        Assert.Equal([block], written);
        Assert.Equal(puts, _store.Begun.Count);
        Stop(running);
    }

    [Fact]
    public void A_block_that_is_removed_while_others_are_shipped_is_forgotten_and_not_put_again()
    {
        var first = Add("a");
        _store.Fault = key => key.Contains($"{first}", StringComparison.Ordinal) ? new ObjectStoreException(StoreFault.Unavailable, "not now") : null;
        var second = Add("a");
        var running = _scheduler.Start(() => _shipper.Run(_stopping.Token));
        _scheduler.Run();
        Assert.Equal([second], Shipped("a"));

        // The next pass begins with the first one, while the second is in the bucket.
        (_store.Fault, _store.Holds) = (null, static _ => true);
        Pass(LongestRest);
        Assert.Equal(1, _store.Held);
        var block = Assert.Single(_heads.Held("a").Blocks, b => b.Ulid == second);
        _heads.Of("a").Remove(block);
        _shipper.Forget(block);
        foreach (var key in _bucket.Keys.Where(k => k.Contains($"{second}", StringComparison.Ordinal)).ToList())
        {
            // A compactor is done with it.
            _ = _scheduler.Start(() => _bucket.Delete(key, default).AsTask());
        }

        var puts = _store.Begun.Count;
        _scheduler.Run();
        _store.Release();
        _scheduler.Run();
        Assert.Equal([first], Shipped("a"));
        Assert.Null(_shipper.ConfirmedFor(second));
        Assert.DoesNotContain(_store.Begun.Skip(puts), k => k.Contains($"{second}", StringComparison.Ordinal));
        _shipper.Confirm(block);
        Assert.Null(_shipper.ConfirmedFor(second));
        Stop(running);
    }

    [Fact]
    public void Looks_are_counted_whether_or_not_there_is_something_to_ship_and_failures_by_pass()
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        var isOwn = false;
        using var listener = new MeterListener();
        var thread = Environment.CurrentManagedThreadId;
        listener.InstrumentPublished = (instrument, self) =>
        {
            // Those of other tests have the same names.
            if (isOwn && Environment.CurrentManagedThreadId == thread && instrument.Name.StartsWith("pyroscope_shipper_dir_sync", StringComparison.Ordinal))
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => counts[instrument.Name] = counts.GetValueOrDefault(instrument.Name) + value);
        listener.Start();
        isOwn = true;
        using var metrics = new BlockMetrics(_heads);
        using var shipper = new Shipper(
            _heads, new BucketCopies(_store, _disk, "host"), new ShippedBlocks(_disk, _folders), metrics, _time, new Random(1), NullLogger<Shipper>.Instance);
        var running = _scheduler.Start(() => shipper.Run(_stopping.Token));
        _scheduler.Run();
        Assert.Equal(1, counts["pyroscope_shipper_dir_syncs_total"]);
        shipper.Wake();
        _scheduler.Run();
        Assert.Equal(2, counts["pyroscope_shipper_dir_syncs_total"]);

        _store.Fault = static _ => new ObjectStoreException(StoreFault.Denied, "not for you");
        Add("a");
        Add("b");
        shipper.Wake();
        _scheduler.Run();
        Assert.Equal(2, counts["pyroscope_shipper_dir_sync_failures_total"]);

        // A pass that ends has it look once more.
        Assert.InRange(counts["pyroscope_shipper_dir_syncs_total"], 4, 5);
        Stop(running);
    }

    private Ulid Add(string tenant)
    {
        _time.Advance(TimeSpan.FromMilliseconds(1));
        var block = Ulid.NewUlid(_time.GetUtcNow());
        _disk.CreateDirectory(_folders.Local(tenant, block));
        _disk.Create(Path.Join(_folders.Local(tenant, block), "index.tsdb")).Dispose();
        _heads.Of(tenant).Add(_folders.Open(tenant, new BlockMeta { Id = block, MinTime = 0, MaxTime = 1, Files = [new BlockFileMeta("index.tsdb", 0)] }));
        return block;
    }

    private Ulid[] Shipped(string tenant) =>
        [.. _bucket.Keys.Where(k => k.StartsWith(tenant + "/", StringComparison.Ordinal) && k.EndsWith("/meta.json", StringComparison.Ordinal)).Select(static k => Ulid.Parse(k.Split('/')[2])).Order()];

    private void Pass(TimeSpan span)
    {
        for (var second = 0; second < span.TotalSeconds; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            _scheduler.Run();
        }
    }

    private void Stop(Task running)
    {
        _stopping.Cancel();
        _scheduler.Run();
        Assert.True(running.IsCanceled);
    }

    /// <summary>A bucket some of whose puts last until they are released, or fail.</summary>
    private sealed class HeldPuts(IObjectStore inner) : IObjectStore
    {
        private TaskCompletionSource _released = new();

        public Func<string, bool> Holds { get; set; } = static _ => false;

        public Func<string, ObjectStoreException?>? Fault { get; set; }

        public int Held { get; private set; }

        public List<string> Begun { get; } = [];

        public string Description => inner.Description;

        public void Release()
        {
            Holds = static _ => false;
            var released = _released;
            _released = new();
            released.SetResult();
        }

        public async ValueTask Put(string key, ObjectBody body, PutMode mode, CancellationToken cancellation)
        {
            Begun.Add(key);
            if (Fault?.Invoke(key) is { } fault)
            {
                throw fault;
            }

            if (Holds(key))
            {
                Held++;
                await _released.Task.WaitAsync(cancellation);
                Held--;
            }

            await inner.Put(key, body, mode, cancellation);
        }

        public ValueTask<Stream> Get(string key, CancellationToken cancellation) => inner.Get(key, cancellation);

        public ValueTask<int> GetRange(string key, long offset, Memory<byte> into, CancellationToken cancellation) => inner.GetRange(key, offset, into, cancellation);

        public IAsyncEnumerable<ObjectEntry> List(string prefix, bool recursive, CancellationToken cancellation) => inner.List(prefix, recursive, cancellation);

        public ValueTask Delete(string key, CancellationToken cancellation) => inner.Delete(key, cancellation);

        public ValueTask<ObjectAttributes> Attributes(string key, CancellationToken cancellation) => inner.Attributes(key, cancellation);
    }
}
