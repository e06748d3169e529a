using Microsoft.Extensions.Logging.Abstractions;
using Pyro.Blocks.Reading;
using Pyro.Blocks.Symbols;
using Pyro.Disk;
using Pyro.Ingester.Appends;
using Pyro.Ingester.Head;
using Pyro.Ingester.Queries;
using Pyro.Ingester.Shipping;
using Pyro.Ingester.Wal;
using Pyro.Memory;

namespace Pyro.Tests.Simulation.Life;

/// <summary>One life of an ingester without its host, put together over the disk, the bucket and the clock of its world.</summary>
internal sealed class LifeProcess : IDisposable
{
    public const string Data = "/data";

    private readonly LifeWorld _world;
    private readonly BlockReading _reading;
    private readonly List<Action> _ends = [];

    public LifeProcess(LifeWorld world)
    {
        _world = world;
        var (disk, clock, random, scheduler, host) = (world.Disk, world.Clock, world.Random, world.Scheduler, $"host-{world.Number}");
        Ledger = new MemoryLedger(1L << 30);
        Heads = new HeadStore(clock, random, static _ => 0, "", Ledger);
        Log = new WriteAheadLog(
            disk, new LogOptions(Data + "/@log") { SegmentBytesMax = random.Next(2000, 40_000), RetryInterval = TimeSpan.Zero }, clock, scheduler, random,
            NullLogger<WriteAheadLog>.Instance);
        Space = new DiskSpace(disk, Data, world.DiskLimits, clock, NullLogger<DiskSpace>.Instance);
        Appender = new RecordAppender(Heads, Log, Ledger) { IsDiskLow = () => Space.IsLow };
        var reading = _reading = new BlockReading(new SymbolCache(16 << 20, Ledger)) { Time = clock, OnQuarantine = (_, _, fault) => Quarantined.Add(fault.Message) };
        var folders = new LocalFolders(disk, Data, reading, NullLogger<LocalFolders>.Instance);
        var metrics = new BlockMetrics(Heads);
        var retention = new RetentionOptions { FreeBytes = world.DiskLimits.Free };
        _ends.AddRange([Log.Abandon, Appender.Dispose, reading.Dispose, metrics.Dispose]);
        Cutter = new BlockCutter(
            Heads, Log, Appender, new HeadFlush(disk, folders, Ledger, world.Scheduler), folders, new CutLimits(), metrics, clock, NullLogger<BlockCutter>.Instance);
        var copies = new BucketCopies(world.Store, disk, host);
        var unreadable = new UnreadableBlocks(Heads, folders, Log, clock, NullLogger<UnreadableBlocks>.Instance);
        var uploads = new UnfinishedUploads(Heads, world.Store, clock, NullLogger<UnfinishedUploads>.Instance);
        Shipper = new Shipper(Heads, copies, new ShippedBlocks(disk, folders), metrics, clock, random, NullLogger<Shipper>.Instance);
        Retention = new LocalRetention(Heads, Shipper, copies, unreadable, folders, Space, retention, metrics, clock, NullLogger<LocalRetention>.Instance);
        Blocks = new IngesterBlocks(Heads, Log, folders, unreadable, Cutter, Shipper, uploads, Retention, Space, clock, scheduler, NullLogger<IngesterBlocks>.Instance);
        var holder = new HolderService(Heads, host, scheduler) { IsComplete = () => Log.IsOpen };
        Querier = new LifeQuerier(holder, (world.Store, disk, Data + "/@sync", world.KnownBytes), retention, Ledger, reading, scheduler, clock);
    }

    public MemoryLedger Ledger { get; }

    public HeadStore Heads { get; }

    public WriteAheadLog Log { get; }

    public RecordAppender Appender { get; }

    public BlockCutter Cutter { get; }

    public Shipper Shipper { get; }

    public LocalRetention Retention { get; }

    public IngesterBlocks Blocks { get; }

    public DiskSpace Space { get; }

    public LifeQuerier Querier { get; }

    /// <summary>What was found to be damaged.</summary>
    public List<string> Quarantined { get; } = [];

    /// <summary>The flush that was asked for while the log was replayed.</summary>
    public Task? FlushInReplay { get; private set; }

    /// <summary>What is held now.</summary>
    public LifeFootprint Footprint
    {
        get
        {
            var held = Heads.Held(LifeWorld.Tenant);
            return new(held.Heads.Length, Log.Size.Count, held.Blocks.Length, _reading.Open, held.Heads.Sum(static h => h.Bytes), Ledger.Used, _world.Disk.UsedBytes);
        }
    }

    /// <summary>Finds what the last life left.</summary>
    public async Task Start(bool withLoops)
    {
        _world.Disk.CreateDirectory(Data);
        await Blocks.Recover(default);
        await Log.Replay(TakeReplayed, default, Blocks.Unreadable.NameOf);
        if (withLoops)
        {
            Blocks.Start();
        }
        else
        {
            foreach (var block in Heads.Held(LifeWorld.Tenant).Blocks)
            {
                await Log.Void(block.Ulid);
            }
        }
    }

    /// <summary>Ends what it tells of itself: thousands of lives in one process would be counted by whoever listens there.</summary>
    public void Dispose()
    {
        _ends.ForEach(static end => end());
        _ends.Clear();
    }

    private bool TakeReplayed(string tenant, Ulid head, ReadOnlyMemory<byte> record)
    {
        if (_world.FlushesInReplay)
        {
            FlushInReplay ??= Cutter.FlushAll("api", default);
        }

        return Appender.TakeReplayed(tenant, head, record);
    }
}

/// <summary>What a life holds at a moment.</summary>
internal sealed record LifeFootprint(int Heads, int Segments, int LocalBlocks, int OpenBlocks, long HeadBytes, long LedgerBytes, long DiskBytes)
{
    /// <summary>The larger of each.</summary>
    public LifeFootprint Max(LifeFootprint other) => new(
        Math.Max(Heads, other.Heads), Math.Max(Segments, other.Segments), Math.Max(LocalBlocks, other.LocalBlocks), Math.Max(OpenBlocks, other.OpenBlocks),
        Math.Max(HeadBytes, other.HeadBytes), Math.Max(LedgerBytes, other.LedgerBytes), Math.Max(DiskBytes, other.DiskBytes));
}
