using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Pyro.Blocks.Meta;
using Pyro.Blocks.Reading;
using Pyro.Blocks.Symbols;
using Pyro.Disk;
using Pyro.Ingester.Head;
using Pyro.Ingester.Shipping;
using Pyro.Ingester.Wal;
using Pyro.Memory;
using Pyro.ObjectStore;

namespace Pyro.Tests.Unit.Shipping;

/// <summary>How local blocks make room.</summary>
public sealed class LocalRetentionTests
{
    private const int Bytes = 1000, Count = 6;

    [Fact]
    public async Task What_lies_in_the_data_path_is_summed_up_once_a_round_and_after_each_removal()
    {
        var cancel = TestContext.Current.CancellationToken;
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(50));
        var (disk, ledger) = (new ForgettingDisk(1, time), new MemoryLedger(1 << 20));
        await using var log = new WriteAheadLog(
            disk, new LogOptions("/data/@log"), time, TaskScheduler.Default, new Random(1), NullLogger<WriteAheadLog>.Instance);
        using var reading = new BlockReading(new SymbolCache(1 << 20, ledger));
        var heads = new HeadStore(time, new Random(1), static _ => 0, "", ledger);
        var folders = new LocalFolders(disk, "/data", reading, NullLogger<LocalFolders>.Instance);
        using var metrics = new BlockMetrics(heads);
        var copies = new BucketCopies(new MemoryStore(time), disk, "host");
        using var shipper = new Shipper(heads, copies, new ShippedBlocks(disk, folders), metrics, time, new Random(1), NullLogger<Shipper>.Instance);
        var unreadable = new UnreadableBlocks(heads, folders, log, time, NullLogger<UnreadableBlocks>.Instance);
        for (var i = 0; i < Count; i++)
        {
            var block = Ulid.NewUlid(time.GetUtcNow().AddSeconds(i));
            disk.CreateDirectory(folders.Local("t", block));
            using var file = disk.Create(Path.Join(folders.Local("t", block), "index.tsdb"));
            await file.Append(new byte[Bytes], cancel);
            heads.Of("t").Add(folders.Open("t", new BlockMeta { Id = block, MinTime = 0, MaxTime = 1, Files = [new BlockFileMeta("index.tsdb", Bytes)] }));
        }

        // Room for four, and for what is told of them.
        var space = new DiskSpace(disk, "/data", new DiskLimits(0, 0, ((4 * Bytes) + 900) / 3 * 4), time, NullLogger<DiskSpace>.Instance);
        var retention = new LocalRetention(
            heads, shipper, copies, unreadable, folders, space, new RetentionOptions(), metrics, time, NullLogger<LocalRetention>.Instance);
        var summed = 0;
        disk.IsClosed = path =>
        {
            summed += path == "/data" ? 1 : 0;
            return false;
        };

        // None may go yet.
        await retention.RemoveDue(cancel);
        Assert.Equal((1, Count), (summed, heads.Held("t").Blocks.Length));

        // Neither is one that not every reader has seen, be it ever so old.
        Assert.True(await shipper.ShipAll(cancel));
        time.Advance(new RetentionOptions().SeenAfter - TimeSpan.FromSeconds(1));
        await retention.RemoveDue(cancel);
        var hasty = new LocalRetention(
            heads, shipper, copies, unreadable, folders, space, new RetentionOptions { Keep = TimeSpan.Zero }, metrics, time, NullLogger<LocalRetention>.Instance);
        await hasty.RemoveDue(cancel);
        Assert.Equal(Count, heads.Held("t").Blocks.Length);

        time.Advance(TimeSpan.FromSeconds(1));
        summed = 0;
        await retention.RemoveDue(cancel);
        Assert.Equal((3, 4), (summed, heads.Held("t").Blocks.Length));

        // The old go whatever room there is, but none goes when it is turned off.
        time.Advance(new RetentionOptions().Keep);
        var off = new LocalRetention(
            heads, shipper, copies, unreadable, folders, space, new RetentionOptions { IsOff = true }, metrics, time, NullLogger<LocalRetention>.Instance);
        await off.RemoveDue(cancel);
        Assert.Equal(4, heads.Held("t").Blocks.Length);
        summed = 0;
        await retention.RemoveDue(cancel);
        Assert.Equal((0, 0), (summed, heads.Held("t").Blocks.Length));
    }
}
