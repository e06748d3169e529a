using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Pyro.Api.Peers;
using Pyro.Blocks.Files;
using Pyro.Blocks.Meta;
using Pyro.Blocks.Reading;
using Pyro.Blocks.Symbols;
using Pyro.Blocks.Writing;
using Pyro.Disk;
using Pyro.Ingester.Appends;
using Pyro.Ingester.Head;
using Pyro.Ingester.Shipping;
using Pyro.Ingester.Wal;
using Pyro.Memory;
using Pyro.ObjectStore;
using Pyro.Profiles.Records;
using Pyro.Tests.Unit.Head;
using Pyro.Tests.Unit.Queries;

namespace Pyro.Tests.Simulation.Life;

/// <summary>
/// An ingester without its host on a disk that forgets and a bucket that fails, in virtual time on one thread: it lives, crashes and lives
/// again. What it acknowledged is known, and can be looked for in heads, local blocks and bucket.
/// </summary>
internal sealed class LifeWorld : IDisposable
{
    public const string Tenant = "t";
    private const string Data = "/data";
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Random _random;
    private readonly MemoryStore _bucket;
    private readonly HashSet<ProfileId> _acknowledged = [], _attempted = [];
    private readonly Counter _counter = new();
    private readonly List<Action> _ends = [];
    private ulong _profiles;

    public LifeWorld(int seed)
    {
        _random = new Random(seed);
        Time = new FakeTimeProvider(Start);
        Disk = new ForgettingDisk(_random.Next(), Time);
        _bucket = new MemoryStore(Time);
        Store = new FaultyStore(_bucket, _random.Next(), Time);
        Scheduler = new SeededScheduler(_random);
    }

    public FakeTimeProvider Time { get; }

    public ForgettingDisk Disk { get; }

    public FaultyStore Store { get; }

    public SeededScheduler Scheduler { get; private set; }

    public Random Random => _random;

    public HeadStore Heads { get; private set; } = null!;

    public WriteAheadLog Log { get; private set; } = null!;

    public RecordAppender Appender { get; private set; } = null!;

    public BlockCutter Cutter { get; private set; } = null!;

    public Shipper Shipper { get; private set; } = null!;

    public LocalRetention Retention { get; private set; } = null!;

    public IngesterBlocks Blocks { get; private set; } = null!;

    public int Acknowledged => _acknowledged.Count;

    public IReadOnlyList<string> BucketKeys => _bucket.Keys;

    /// <summary>Whether the disk or the bucket has crashed under this life.</summary>
    public bool IsDead { get; private set; }

    /// <summary>Begins a life: false when it crashed while it began.</summary>
    public bool Open(bool withLoops)
    {
        IsDead = false;
        Dispose();
        Scheduler = new SeededScheduler(_random);
        var ledger = new MemoryLedger(1L << 30);
        Heads = new HeadStore(Time, _random, static _ => 0, "", ledger);
        Log = new WriteAheadLog(
            Disk, new LogOptions(Data + "/@log") { SegmentBytesMax = _random.Next(2000, 40_000), RetryInterval = TimeSpan.Zero }, Time, Scheduler, _random,
            NullLogger<WriteAheadLog>.Instance);
        Appender = new RecordAppender(Heads, Log, ledger);
        var reading = new BlockReading(new SymbolCache(16 << 20, ledger));
        var folders = new LocalFolders(Disk, Data, reading);
        var metrics = new BlockMetrics(Heads);
        _ends.AddRange([Log.Abandon, Appender.Dispose, reading.Dispose, metrics.Dispose]);
        Cutter = new BlockCutter(
            Heads, Log, Appender, new HeadFlush(Disk, folders, ledger), folders, new CutLimits(), metrics, Time, NullLogger<BlockCutter>.Instance);
        Shipper = new Shipper(
            Heads, Store, Disk, new ShippedBlocks(Disk, folders), "host-0", metrics, Time, _random, NullLogger<Shipper>.Instance);
        Retention = new LocalRetention(
            Heads, Shipper, Log, folders, Disk, new RetentionOptions { FreeBytes = 0 }, metrics, Time, NullLogger<LocalRetention>.Instance);
        Blocks = new IngesterBlocks(
            Heads, Log, folders, Cutter, Shipper, Retention, new DiskSpace(Disk, Data, 0, Time, NullLogger<DiskSpace>.Instance), Scheduler,
            NullLogger<IngesterBlocks>.Instance);
        return Do(async () =>
        {
            Disk.CreateDirectory(Data);
            await Blocks.Recover(default);
            await Log.Replay(Appender.TakeReplayed, default);
            if (withLoops)
            {
                Blocks.Start();
            }
            else
            {
                foreach (var block in Heads.Held(Tenant).Blocks)
                {
                    Log.Void(block.Ulid);
                }
            }
        });
    }

    /// <summary>Ends what the last life tells of itself: thousands of lives in one process would be counted by whoever listens there.</summary>
    public void Dispose()
    {
        _ends.ForEach(static end => end());
        _ends.Clear();
    }

    /// <summary>Ends a life as a power cut does.</summary>
    public void Crash()
    {
        Disk.Fault = null;
        Disk.Crash(keepSome: _random.Next(2) == 0);
        Store.Restart();
        IsDead = false;
    }

    /// <summary>Runs work to its end; false when disk or bucket crashed, which ends the life.</summary>
    public bool Do(Func<Task> work)
    {
        var task = Scheduler.Start(work);
        for (var i = 0; !task.IsCompleted && i < 1000; i++)
        {
            Scheduler.Run();
            if (!task.IsCompleted)
            {
                Time.Advance(TimeSpan.FromSeconds(10));
            }
        }

        Assert.True(task.IsCompleted, "the work does not end");
        Look();
        if (task.IsFaulted && !IsDead)
        {
            throw new InvalidOperationException(task.Exception!.InnerException!.Message, task.Exception.InnerException);
        }

        return !IsDead && task.IsCompletedSuccessfully;
    }

    /// <summary>Lets time pass, and what runs in the background run.</summary>
    public void Pass(TimeSpan span)
    {
        for (var end = Time.GetUtcNow() + span; Time.GetUtcNow() < end && !IsDead;)
        {
            var left = end - Time.GetUtcNow();
            Time.Advance(left < TimeSpan.FromSeconds(30) ? left : TimeSpan.FromSeconds(30));
            Scheduler.Run();
            Look();
        }
    }

    /// <summary>Appends some profiles, some of them late, and one of a counter.</summary>
    public bool Append(int profiles)
    {
        var now = (Time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;
        var records = new List<ProfileRecord>();
        for (var i = 0; i < profiles; i++)
        {
            var late = _random.Next(5) == 0 ? _random.NextInt64(3 * 3600) * 1_000_000_000 : 0;
            records.Add(RecordByHand.Cpu("s" + _random.Next(3)).At(now - late, ++_profiles)
                .Sample("main;f" + _random.Next(20), _random.Next(1, 100)).Sample("main;g", 1).Build());
        }

        var counter = _counter.Next(now - (_random.Next(6) == 0 ? 3600L * 1_000_000_000 : 0), ++_profiles);
        records.Add(counter);
        foreach (var record in records.SkipLast(1))
        {
            _attempted.Add(record.Id);
        }

        return Do(async () =>
        {
            using var builder = new AppendBatchBuilder();
            foreach (var record in records)
            {
                builder.Begin();
                RecordCodec.Encode(record, builder.Output);
                builder.End();
            }

            var batch = builder.Build();
            var response = await Appender.Append(batch, new Call(Tenant));
            batch.Lease.Release();
            for (var i = 0; i < records.Count; i++)
            {
                if (response.Results[i].Code == 0)
                {
                    if (i < records.Count - 1)
                    {
                        _acknowledged.Add(records[i].Id);
                    }
                    else
                    {
                        _counter.Acknowledge();
                    }
                }
            }
        });
    }

    /// <summary>What was acknowledged is readable and counted once; nothing else is.</summary>
    public void Check()
    {
        var found = new List<ProfileId>();
        long increases = 0;
        Assert.True(Do(async () =>
        {
            var seen = new HashSet<Ulid>();
            foreach (var head in Heads.Heads(Tenant))
            {
                seen.Add(head.Ulid);
                increases += await Collect(new HeadRows(head.View()), found);
            }

            foreach (var block in Heads.Held(Tenant).Blocks)
            {
                Assert.True(seen.Add(block.Ulid), "a head and its block are held both");
                increases += await Collect(block.Block, found);
            }

            await foreach (var ulid in new StoredBlocks(_bucket).Blocks(Tenant, default))
            {
                if (await new StoredBlocks(_bucket).Meta(Tenant, ulid, default) is { } meta && seen.Add(ulid))
                {
                    var block = new Block(
                        Tenant, meta, new StoreBlockFiles(_bucket, BlockPaths.Folder(Tenant, ulid)),
                        new BlockReading(new SymbolCache(16 << 20, new MemoryLedger(1L << 30))));
                    increases += await Collect(block, found);
                }
            }
        }));
        Assert.Equal(found.Count, found.Distinct().Count());
        Assert.Empty(_acknowledged.Except(found));
        Assert.Empty(found.Except(_attempted));
        _counter.Check(increases);

        // It was replayed, or is in a block: from now on it must stay.
        _acknowledged.UnionWith(found);
    }

    /// <summary>Nothing lies on the disk or in the bucket without an owner. After all was shipped.</summary>
    public void CheckOwners()
    {
        Assert.Empty(Disk.List($"{Data}/{Tenant}/head"));
        var local = Heads.Held(Tenant).Blocks.Select(b => b.Ulid.ToString()).ToHashSet();
        Assert.Equal(local, Disk.List($"{Data}/{Tenant}/local").Where(e => e.IsDirectory).Select(e => e.Name).ToHashSet());
        Assert.All(Disk.List($"{Data}/{Tenant}/local").Where(e => !e.IsDirectory), e => Assert.Equal("shipper.json", e.Name));
        var folders = BucketKeys.Where(k => k.StartsWith(BlockPaths.Folder(Tenant), StringComparison.Ordinal)).Select(k => k.Split('/')[2]).ToHashSet();
        Assert.All(folders, f => Assert.Contains($"{BlockPaths.Folder(Tenant)}{f}/meta.json", BucketKeys));
    }

    private static async Task<long> Collect(Block block, List<ProfileId> found)
    {
        using var lease = block.TryLease()!;
        await using var rows = await BlockRowSource.Open(lease, default);
        return await Collect(rows, found);
    }

    // Ids of the rows that are no counter's; the counter's are added up.
    private static async Task<long> Collect(IRowSource rows, List<ProfileId> found)
    {
        long increases = 0;
        while (await rows.NextSeries(default))
        {
            while (await rows.NextRow(default))
            {
                var row = rows.Row;
                if (rows.Labels.Get("__name__") == "memory")
                {
                    increases += row.Values[0];
                }
                else
                {
                    found.Add(row.Id);
                }
            }
        }

        return increases;
    }

    private void Look() => IsDead |= Disk.HasCrashed || Store.HasCrashed;

    /// <summary>A counter that goes up by one with each profile: what is stored comes to the last minus the first.</summary>
    private sealed class Counter
    {
        private long _attempted, _last, _first;

        public ProfileRecord Next(long timeNanos, ulong id) => new RecordByHand().Label("__name__", "memory").Label("service_name", "a")
            .Type("alloc_space", "bytes").Period("space", "bytes").At(timeNanos, id).Sample("main;alloc", ++_attempted).Build();

        public void Acknowledge()
        {
            _last = _attempted;
            _first = _first == 0 ? _attempted : _first;
        }

        public void Check(long increases)
        {
            if (_first > 0)
            {
                Assert.InRange(increases, _last - _first, _attempted - 1);
            }
        }
    }
}
