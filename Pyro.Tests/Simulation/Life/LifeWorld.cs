using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Pyro.Api.Peers;
using Pyro.Blocks.Buckets;
using Pyro.Blocks.Files;
using Pyro.Blocks.Meta;
using Pyro.Blocks.Reading;
using Pyro.Blocks.Symbols;
using Pyro.Blocks.Writing;
using Pyro.Disk;
using Pyro.Ingester.Appends;
using Pyro.Ingester.Head;
using Pyro.Ingester.Queries;
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
    private readonly int _process;
    private readonly List<Action> _ends = [];
    private readonly List<Task> _questions = [];

    /// <summary>A process and its bucket.</summary>
    public LifeWorld(int seed)
        : this(seed, new FakeTimeProvider(Start))
    {
    }

    /// <summary>One more process on the bucket of another, with a disk of its own.</summary>
    public LifeWorld(LifeWorld other)
        : this(other._random.Next(), other.Time, other._bucket)
    {
        _process = other._process + 1;
        Profiles = other.Profiles;
    }

    private LifeWorld(int seed, FakeTimeProvider time, MemoryStore? bucket = null)
    {
        _random = new Random(seed);
        Time = time;
        Clock = new JumpingTime(time);
        Disk = new ForgettingDisk(_random.Next(), Time);
        _bucket = bucket ?? new MemoryStore(Time);
        Store = new FaultyStore(_bucket, _random.Next(), Time);
        Scheduler = new SeededScheduler(_random);
        Profiles = new LifeProfiles(_random);
    }

    /// <summary>What passes.</summary>
    public FakeTimeProvider Time { get; }

    /// <summary>What the process takes for the time.</summary>
    public JumpingTime Clock { get; }

    public ForgettingDisk Disk { get; }

    public FaultyStore Store { get; }

    public SeededScheduler Scheduler { get; private set; }

    public Random Random => _random;

    public LifeProfiles Profiles { get; }

    public MemoryLedger Ledger { get; private set; } = null!;

    public LifeQuerier Querier { get; private set; } = null!;

    /// <summary>How many questions had which answer.</summary>
    public LifeAnswers Answers { get; private set; } = new(0, 0, 0, "");

    /// <summary>One in so many steps of time is a question asked; 0: none.</summary>
    public int AsksOnceIn { get; set; } = 20;

    /// <summary>No questions are asked: those that wait for each other's reads go on outside of the scheduler.</summary>
    public bool IsUnasked { get; set; }

    /// <summary>Whether what is asked for may fail, since the disk is full or breaks.</summary>
    public bool MayFail { get; private set; }

    /// <summary>Asks for a flush while the log is replayed.</summary>
    public bool FlushesInReplay { get; init; }

    /// <summary>The flush that was asked for while the log was replayed.</summary>
    public Task? FlushInReplay { get; private set; }

    /// <summary>Whether a counter is appended, too; it begins anew when nothing of it is taken in for twelve hours.</summary>
    public bool Counts { get; init; } = true;

    /// <summary>What is held now.</summary>
    public LifeFootprint Footprint
    {
        get
        {
            var held = Heads.Held(Tenant);
            return new(held.Heads.Length, Log.Size.Count, held.Blocks.Length, held.Heads.Sum(static h => h.Bytes), Ledger.Used, Disk.UsedBytes);
        }
    }

    public HeadStore Heads { get; private set; } = null!;

    public WriteAheadLog Log { get; private set; } = null!;

    public RecordAppender Appender { get; private set; } = null!;

    public BlockCutter Cutter { get; private set; } = null!;

    public Shipper Shipper { get; private set; } = null!;

    public LocalRetention Retention { get; private set; } = null!;

    public IngesterBlocks Blocks { get; private set; } = null!;

    public DiskSpace Space { get; private set; } = null!;

    /// <summary>What was found to be damaged in this life.</summary>
    public List<string> Quarantined { get; } = [];

    /// <summary>What of the disk may be used; all as a rule.</summary>
    public DiskLimits DiskLimits { get; init; } = new(0, 0, 0);

    public IReadOnlyList<string> BucketKeys => _bucket.Keys;

    /// <summary>Whether the disk or the bucket has crashed under this life.</summary>
    public bool IsDead { get; private set; }

    /// <summary>Begins a life: false when it crashed while it began.</summary>
    public bool Open(bool withLoops)
    {
        IsDead = false;
        Dispose();
        Scheduler = new SeededScheduler(_random);
        _questions.Clear();
        Ledger = new MemoryLedger(1L << 30);
        Heads = new HeadStore(Clock, _random, static _ => 0, "", Ledger);
        Log = new WriteAheadLog(
            Disk, new LogOptions(Data + "/@log") { SegmentBytesMax = _random.Next(2000, 40_000), RetryInterval = TimeSpan.Zero }, Clock, Scheduler, _random,
            NullLogger<WriteAheadLog>.Instance);
        Space = new DiskSpace(Disk, Data, DiskLimits, Clock, NullLogger<DiskSpace>.Instance);
        Appender = new RecordAppender(Heads, Log, Ledger) { IsDiskLow = () => Space.IsLow };
        Quarantined.Clear();
        var reading = new BlockReading(new SymbolCache(16 << 20, Ledger)) { OnQuarantine = (_, _, fault) => Quarantined.Add(fault.Message) };
        var folders = new LocalFolders(Disk, Data, reading, NullLogger<LocalFolders>.Instance);
        var metrics = new BlockMetrics(Heads);
        var retention = new RetentionOptions { FreeBytes = DiskLimits.Free };
        _ends.AddRange([Log.Abandon, Appender.Dispose, reading.Dispose, metrics.Dispose]);
        Cutter = new BlockCutter(
            Heads, Log, Appender, new HeadFlush(Disk, folders, Ledger), folders, new CutLimits(), metrics, Clock, NullLogger<BlockCutter>.Instance);
        Shipper = new Shipper(
            Heads, Store, Disk, new ShippedBlocks(Disk, folders), $"host-{_process}", metrics, Clock, _random, NullLogger<Shipper>.Instance);
        Retention = new LocalRetention(Heads, Shipper, Log, folders, Space, retention, metrics, Clock, NullLogger<LocalRetention>.Instance);
        Blocks = new IngesterBlocks(Heads, Log, folders, Cutter, Shipper, Retention, Space, Clock, Scheduler, NullLogger<IngesterBlocks>.Instance);
        var holder = new HolderService(Heads, $"host-{_process}", Scheduler) { IsComplete = () => Log.IsOpen };
        Querier = new LifeQuerier(holder, (Store, Disk, Data + "/@sync"), retention, Ledger, reading, Scheduler, Clock);
        return Do(async () =>
        {
            Disk.CreateDirectory(Data);
            await Blocks.Recover(default);
            await Log.Replay(TakeReplayed, default, Blocks.NameOf);
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
        Heal();
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
        if (task.IsFaulted && !IsDead && !(MayFail && task.Exception!.InnerException is IOException))
        {
            throw new InvalidOperationException(task.Exception!.InnerException!.Message, task.Exception.InnerException);
        }

        return !IsDead && task.IsCompletedSuccessfully;
    }

    /// <summary>Lets so many changes of the disk go well, and so many after them fail.</summary>
    /// <returns>Tells how many have failed.</returns>
    public Func<int> FailDisk(int after, int times, bool full)
    {
        var failed = 0;
        MayFail = true;
        Disk.Fault = (operation, path) =>
        {
            if (operation == DiskOperation.Read || after-- > 0 || failed == times)
            {
                return null;
            }

            failed++;
            return full ? DiskErrors.Full(path) : ForgettingDisk.Broken(path);
        };
        return () => failed;
    }

    /// <summary>Leaves so many bytes of the disk.</summary>
    public void FillDisk(long left)
    {
        MayFail = true;
        Disk.Capacity = Disk.UsedBytes + left;
    }

    /// <summary>Disk, bucket and clock are as they should be.</summary>
    public void Heal()
    {
        (MayFail, IsUnasked) = (false, false);
        (Disk.Fault, Disk.Capacity) = (null, long.MaxValue);
        (Store.Faults, Store.IsDown) = (new(), false);
        Clock.Error = TimeSpan.Zero;
    }

    /// <summary>Lets time pass, and what runs in the background run, in this process and another, while questions are asked.</summary>
    public void Pass(TimeSpan span, LifeWorld? other = null, TimeSpan? steps = null)
    {
        var step = steps ?? TimeSpan.FromMinutes(1);
        for (var end = Time.GetUtcNow() + span; Time.GetUtcNow() < end && !IsDead;)
        {
            var left = end - Time.GetUtcNow();
            Time.Advance(left < step ? left : step);
            RunReady();
            other?.RunReady();
        }
    }

    /// <summary>Runs what is ready, and perhaps a question along with it.</summary>
    public void RunReady()
    {
        if (AsksOnceIn > 0 && !IsUnasked && _random.Next(AsksOnceIn) == 0)
        {
            _questions.Add(Scheduler.Start(Ask));
        }

        Scheduler.Run();
        Look();
        foreach (var question in _questions)
        {
            if (question.IsFaulted && !IsDead)
            {
                throw new InvalidOperationException(question.Exception!.InnerException!.Message, question.Exception.InnerException);
            }
        }

        _questions.RemoveAll(static q => q.IsCompleted);
    }

    /// <summary>Asks for all there is: what was answered for before is in the answer once, or the answer tells that it lacks something, or there is none.</summary>
    public async Task Ask()
    {
        var known = Profiles.Known(_process);
        try
        {
            var (totals, lacks) = await Querier.Totals(Tenant);
            Profiles.Check(totals, lacks is null ? known : []);
            Answers = lacks is null ? Answers with { Whole = Answers.Whole + 1 } : Answers with { Partial = Answers.Partial + 1, Reason = lacks };
        }
        catch (RpcException e) when (e.StatusCode is StatusCode.Unavailable or StatusCode.ResourceExhausted || IsDead || Disk.HasCrashed)
        {
            Answers = Answers with { Refused = Answers.Refused + 1, Reason = e.Status.Detail };
        }
    }

    /// <summary>Appends some profiles, some of them late or sent before, and one of a counter.</summary>
    public bool Append(int profiles, bool again = false)
    {
        var now = (Clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;
        var records = new List<ProfileRecord>();
        for (var i = 0; i < profiles; i++)
        {
            records.Add(Profiles.Next(now - (_random.Next(5) == 0 ? _random.NextInt64(3 * 3600) * 1_000_000_000 : 0)));
        }

        if (again && _random.Next(3) == 0 && Profiles.Again() is { } sentBefore)
        {
            records.Add(sentBefore);
        }

        if (_process == 0 && Counts)
        {
            records.Add(Profiles.NextCount(now - (_random.Next(6) == 0 ? 3600L * 1_000_000_000 : 0)));
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
                    Profiles.Acknowledge(records[i], _process);
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
            using var reading = new BlockReading(new SymbolCache(16 << 20, new MemoryLedger(1L << 30)));
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
                    var block = new Block(Tenant, meta, new StoreBlockFiles(_bucket, BlockPaths.Folder(Tenant, ulid)), reading);
                    increases += await Collect(block, found);
                }
            }
        }));
        Profiles.Check(found, _process);
        if (_process == 0 && Counts)
        {
            Profiles.CheckCount(increases);
        }

        var whole = Answers.Whole;
        Assert.True(Do(Ask));
        Assert.True(Store.IsDown || Store.Faults != new StoreFaults() || Answers.Whole > whole, $"there is no answer, though nothing is wrong: {Answers.Reason}");
    }

    /// <summary>Everything that any process answered for is in an answer of this one.</summary>
    public void CheckSeesAll()
    {
        // What another shipped is seen at the next look.
        Time.Advance(BucketView.Fresh);
        Assert.True(Do(async () => Profiles.Check((await Querier.Totals(Tenant)).Totals, Profiles.KnownToAny())));
    }

    /// <summary>Nothing lies on the disk or in the bucket without an owner. After all was shipped.</summary>
    public void CheckOwners()
    {
        Assert.Empty(Disk.List($"{Data}/{Tenant}/head"));
        var local = Heads.Held(Tenant).Blocks.Select(b => b.Ulid.ToString()).ToHashSet();
        Assert.Equal(local, Disk.List($"{Data}/{Tenant}/local").Where(e => e.IsDirectory).Select(e => e.Name).ToHashSet());
        Assert.All(Disk.List($"{Data}/{Tenant}/local").Where(e => !e.IsDirectory), e => Assert.Equal("shipper.json", e.Name));
        // What keeps the log is held: as a rule the baseline of the counter.
        Assert.True(Log.Size.Count == 0 || Log.Pinning(0).Intersect(Heads.Heads(Tenant).Select(static h => h.Ulid)).Any(), "the log keeps what nobody has");
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

    private bool TakeReplayed(string tenant, Ulid head, ReadOnlyMemory<byte> record)
    {
        if (FlushesInReplay)
        {
            FlushInReplay ??= Cutter.FlushAll("api", default);
        }

        return Appender.TakeReplayed(tenant, head, record);
    }

    private void Look() => IsDead |= Disk.HasCrashed || Store.HasCrashed;
}

/// <summary>Answers to questions.</summary>
/// <param name="Whole">Answers with all that there is.</param>
/// <param name="Partial">Answers that tell what they lack.</param>
/// <param name="Refused">No answers.</param>
/// <param name="Reason">What the last lacked, or why there was none.</param>
internal sealed record LifeAnswers(int Whole, int Partial, int Refused, string Reason);

/// <summary>What a life holds at a moment.</summary>
internal sealed record LifeFootprint(int Heads, int Segments, int LocalBlocks, long HeadBytes, long LedgerBytes, long DiskBytes)
{
    /// <summary>The larger of each.</summary>
    public LifeFootprint Max(LifeFootprint other) => new(
        Math.Max(Heads, other.Heads), Math.Max(Segments, other.Segments), Math.Max(LocalBlocks, other.LocalBlocks), Math.Max(HeadBytes, other.HeadBytes),
        Math.Max(LedgerBytes, other.LedgerBytes), Math.Max(DiskBytes, other.DiskBytes));
}
