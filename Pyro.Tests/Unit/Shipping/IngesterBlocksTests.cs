using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Pyro.Blocks.Meta;
using Pyro.Disk;
using Pyro.Ingester.Shipping;
using Pyro.Ingester.Wal;
using Pyro.Tests.Simulation.Life;

namespace Pyro.Tests.Unit.Shipping;

/// <summary>What runs over blocks ends with its process, also when that never came to stand; what can be brought to the bucket then is.</summary>
public sealed class IngesterBlocksTests
{
    [Fact]
    public async Task What_runs_ends_when_nobody_stopped_it_and_a_late_start_runs_nothing()
    {
        var time = new FakeTimeProvider();
        var disk = new ForgettingDisk(1, time);
        disk.CreateDirectory("/data");
        await using var log = new WriteAheadLog(
            disk, new LogOptions("/data/@log"), time, TaskScheduler.Default, new Random(1), NullLogger<WriteAheadLog>.Instance);
        var told = new LogLines<IngesterBlocks>();
        var blocks = BareBlocks.Of(disk, log, time, "/data", told);

        blocks.Start();
        await blocks.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(5));
        blocks.Start();
        await blocks.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(5));

        Assert.Empty(told.All);
    }

    [Fact]
    public void A_head_that_cannot_be_flushed_at_the_end_keeps_no_block_from_the_bucket()
    {
        using var world = new LifeWorld(1) { Questions = { OnceIn = 0 }, Counts = false };
        Assert.True(world.Open(withLoops: false) && world.Append(1));
        Assert.True(world.Do(() => world.Process.Cutter.FlushAll("api", default)));
        var block = Assert.Single(world.Process.Heads.Held(LifeWorld.Tenant).Blocks).Ulid;
        Assert.True(world.Append(1));
        world.Disk.Fault = static (operation, path) =>
            operation == DiskOperation.Create && path.Contains("/head/", StringComparison.Ordinal) ? ForgettingDisk.Broken(path) : null;
        Assert.True(world.Do(() => world.Process.Blocks.Stop(default)));
        Assert.Single(world.Process.Heads.Heads(LifeWorld.Tenant));
        Assert.Contains(BlockPaths.File(LifeWorld.Tenant, block, BlockPaths.Meta), world.Bucket.Keys);
    }
}
