using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Pyro.Disk;
using Pyro.Ingester.Shipping;
using Pyro.Ingester.Wal;

namespace Pyro.Tests.Unit.Shipping;

/// <summary>What runs over blocks ends with its process, also when that never came to stand.</summary>
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
        await blocks.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        blocks.Start();
        await blocks.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Empty(told.All);
    }
}
