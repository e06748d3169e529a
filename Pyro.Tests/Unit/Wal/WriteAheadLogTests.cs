using Microsoft.Extensions.Logging.Abstractions;
using Pyro.Disk;
using Pyro.Ingester.Wal;
using Pyro.ServiceDefaults;

namespace Pyro.Tests.Unit.Wal;

public sealed class WriteAheadLogTests
{
    [Fact]
    public async Task A_folder_that_stands_there_but_would_not_survive_a_crash_is_kept_by_the_next_start()
    {
        var test = new TestLog();
        test.Disk.Fault = static (operation, path) => operation == DiskOperation.SyncDirectory && path == "/data" ? ForgettingDisk.Broken(path) : null;
        await Assert.ThrowsAsync<IOException>(test.Open);
        test.Disk.Fault = null;
        await using (WriteAheadLog log = await test.Open())
        {
            Assert.Equal(LogOutcome.Synced, await TestLog.Append(log, "kept"));
        }

        test.Disk.Crash();
        await using WriteAheadLog again = await test.Open();
        Assert.Equal(["kept"], test.FoundRecords);
    }

    [Fact]
    public async Task Records_come_back_in_order_with_tenant_and_head()
    {
        var fixture = new TestLog();
        await using (WriteAheadLog log = await fixture.Open())
        {
            Assert.Equal(LogOutcome.Synced, await TestLog.Append(log, "a", "", "b"));
            Assert.Equal(LogOutcome.Synced, await TestLog.Append(log, "c"));
        }

        fixture.Disk.Crash();
        await using WriteAheadLog again = await fixture.Open();
        Assert.Equal(["a", "", "b", "c"], fixture.FoundRecords);
        Assert.All(fixture.Found, f => Assert.Equal(("tenant", TestLog.Head), (f.Tenant, f.Head)));
        Assert.Equal((4, 0, 0), (fixture.Summary.Records, fixture.Summary.Damages, fixture.Summary.TornBytes));
    }

    [Fact]
    public async Task Appends_that_wait_together_share_syncs()
    {
        const int Appends = 500;
        var fixture = new TestLog { Disk = new ForgettingDisk(1, TimeProvider.System) { Delay = _ => TimeSpan.FromMilliseconds(1) } };
        await using WriteAheadLog log = await fixture.Open();
        int before = fixture.Disk.Counts.GetValueOrDefault(DiskOperation.Sync);
        LogOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, Appends).Select(i => Task.Run(() => TestLog.Append(log, $"{i}"))));
        Assert.All(outcomes, o => Assert.Equal(LogOutcome.Synced, o));
        Assert.InRange(fixture.Disk.Counts[DiskOperation.Sync] - before, 1, Appends / 5);
    }

    [Fact]
    public async Task The_log_takes_nothing_before_replay_and_after_its_end()
    {
        var fixture = new TestLog();
        var early = new WriteAheadLog(
            fixture.Disk, fixture.Options, TimeProvider.System, TaskScheduler.Default, new Random(1), NullLogger<WriteAheadLog>.Instance);
        Assert.False(early.IsOpen);
        Assert.Equal(LogOutcome.Closed, await TestLog.Append(early, "a"));
        await early.DisposeAsync();

        WriteAheadLog log = await fixture.Open();
        Assert.Throws<InvalidOperationException>(() => { _ = log.Replay((_, _, _) => true, CancellationToken.None); });
        Task<LogOutcome> waiting = TestLog.Append(log, "b");
        await log.DisposeAsync();
        Assert.Equal(LogOutcome.Synced, await waiting);
        Assert.Equal(LogOutcome.Closed, await TestLog.Append(log, "c"));
        await log.DisposeAsync();
    }

    [Fact]
    public async Task A_full_queue_refuses_but_one_append_is_taken_whatever_its_size()
    {
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var fixture = new TestLog { Disk = new ForgettingDisk(1, clock), Options = new LogOptions(TestLog.Directory) { QueueBytesMax = 1000 } };
        await using WriteAheadLog log = await fixture.Open();
        fixture.Disk.Delay = _ => TimeSpan.FromSeconds(1);
        Task<LogOutcome> large = TestLog.Append(log, new string('x', 5000));
        Assert.Equal(LogOutcome.QueueFull, await TestLog.Append(log, "y"));
        fixture.Disk.Delay = null;
        while (!large.IsCompleted)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Equal(LogOutcome.Synced, await large);
        Assert.Equal(LogOutcome.Synced, await TestLog.Append(log, "z"));
    }

    [Theory]
    [InlineData(DiskOperation.Sync)]
    [InlineData(DiskOperation.Append)]
    public async Task After_a_failure_the_waiters_fail_and_another_segment_takes_over(DiskOperation failing)
    {
        var fixture = new TestLog();
        await using (WriteAheadLog log = await fixture.Open())
        {
            Assert.Equal(LogOutcome.Synced, await TestLog.Append(log, "a"));
            fixture.Disk.Fault = (operation, path) => operation == failing ? ForgettingDisk.Broken(path) : null;
            Assert.Equal(LogOutcome.Failed, await TestLog.Append(log, "b"));
            fixture.Disk.Fault = null;
            Assert.Equal(LogOutcome.Synced, await TestLog.Append(log, "c"));
            Assert.Equal(2, fixture.Files.Count);
        }

        fixture.Disk.Crash();
        await using WriteAheadLog again = await fixture.Open();
        Assert.Superset(new HashSet<string> { "a", "c" }, fixture.FoundRecords.ToHashSet());
        Assert.Equal(0, fixture.Summary.Damages);
    }

    [Fact]
    public async Task A_full_disk_says_so_leaves_no_litter_and_recovers()
    {
        var fixture = new TestLog { Options = new LogOptions(TestLog.Directory) { RetryInterval = TimeSpan.Zero } };
        await using WriteAheadLog log = await fixture.Open();

        // Room for nothing, and room for the head of a segment and some of its frames.
        foreach (int capacity in (int[])[10, 60])
        {
            fixture.Disk.Capacity = capacity;
            for (int i = 0; i < 5; i++)
            {
                Assert.Equal(LogOutcome.DiskFull, await TestLog.Append(log, "a"));
            }

            Assert.Empty(fixture.Files);
        }

        fixture.Disk.Capacity = long.MaxValue;
        Assert.Equal(LogOutcome.Synced, await TestLog.Append(log, "b"));
    }

    [Fact]
    public async Task Segments_are_as_long_as_configured_and_go_when_all_their_heads_are_void()
    {
        Ulid first = Ulid.NewUlid(), second = Ulid.NewUlid();
        var fixture = new TestLog { Options = new LogOptions(TestLog.Directory) { SegmentBytesMax = 500 } };
        await using (WriteAheadLog log = await fixture.Open())
        {
            foreach (Ulid head in (Ulid[])[first, first, second, second])
            {
                Assert.Equal(LogOutcome.Synced, await TestLog.Append(log, head, new string('x', 300)));
            }

            Assert.Equal(2, fixture.Files.Count);
            Assert.Equal(LogOutcome.Synced, await TestLog.Append(log, second, "open"));
            await log.Void(first);
            Assert.Equal(2, fixture.Files.Count);
        }

        fixture.Disk.Crash();
        await using WriteAheadLog again = await fixture.Open();
        Assert.Equal(3, fixture.Found.Count);
        await again.Void(second);
        Assert.Single(fixture.Files);
        Assert.Equal(LogOutcome.Synced, await TestLog.Append(again, first, "new"));
    }

    [Fact]
    public async Task Nobody_waits_while_a_segment_is_deleted()
    {
        Ulid first = Ulid.NewUlid(), second = Ulid.NewUlid();
        using var background = new BackgroundScheduler();
        var fixture = new TestLog { Options = new LogOptions(TestLog.Directory) { SegmentBytesMax = 1 }, Background = background };
        await using WriteAheadLog log = await fixture.Open();
        Assert.Equal(LogOutcome.Synced, await TestLog.Append(log, first, "goes"));
        Assert.Equal(LogOutcome.Synced, await TestLog.Append(log, second, "stays"));
        bool wasAnswered = false, wasNamed = false;
        string? deleter = null;
        fixture.Disk.Fault = (operation, _) =>
        {
            if (operation == DiskOperation.Delete)
            {
                deleter = Thread.CurrentThread.Name;
                var asking = new Thread(() => wasNamed = log.Names(first));
                asking.Start();
                wasAnswered = asking.Join(TimeSpan.FromMinutes(5));
            }

            return null;
        };
        await log.Void(first);
        Assert.Single(fixture.Files);
        Assert.Equal("background", deleter);
        Assert.True(wasAnswered);
        Assert.True(wasNamed);
        Assert.False(log.Names(first));
    }

    [Fact]
    public async Task A_log_ends_when_its_deletions_are_over_and_one_that_failed_is_done_with_the_next()
    {
        Ulid[] heads = [Ulid.NewUlid(), Ulid.NewUlid(), Ulid.NewUlid()];
        using var background = new BackgroundScheduler();
        var fixture = new TestLog { Options = new LogOptions(TestLog.Directory) { SegmentBytesMax = 1 }, Background = background };
        WriteAheadLog log = await fixture.Open();
        foreach (Ulid head in heads)
        {
            Assert.Equal(LogOutcome.Synced, await TestLog.Append(log, head, "x"));
        }

        var files = fixture.Files;
        fixture.Disk.Fault = static (operation, _) => operation == DiskOperation.Delete ? throw new InvalidOperationException("not as disks fail") : null;
        await log.Void(heads[0]);
        Assert.Contains("A log segment that is not needed any more could not be deleted", fixture.Lines.All);
        Assert.Equal(files, fixture.Files);

        fixture.Disk.Fault = null;
        using var isFree = new ManualResetEventSlim();
        Task busy = Task.Factory.StartNew(isFree.Wait, CancellationToken.None, TaskCreationOptions.None, background);
        Task deleted = log.Void(heads[1]);
        Task ended = log.DisposeAsync().AsTask();
        await Task.WhenAny(ended, Task.Delay(200));
        Assert.False(deleted.IsCompleted || ended.IsCompleted);
        isFree.Set();
        await Task.WhenAll(busy, ended);
        Assert.True(deleted.IsCompletedSuccessfully);
        Assert.Equal([files[2]], fixture.Files.Intersect(files));
    }

    [Fact]
    public async Task A_cancelled_replay_ends()
    {
        var fixture = new TestLog();
        await fixture.Written("a", "b");
        var log = new WriteAheadLog(
            fixture.Disk, fixture.Options, TimeProvider.System, TaskScheduler.Default, new Random(1), NullLogger<WriteAheadLog>.Instance);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => log.Replay((_, _, _) => true, new CancellationToken(canceled: true)));
        Assert.False(log.IsOpen);
        await log.DisposeAsync();
    }

    [Fact]
    public async Task The_log_works_on_the_disk_of_the_machine()
    {
        string directory = Directory.CreateTempSubdirectory("pyro-log-").FullName;
        try
        {
            var options = new LogOptions(Path.Join(directory, "@log")) { SegmentBytesMax = 100_000 };
            var found = new List<int>();
            for (int life = 0; life < 2; life++)
            {
                found.Clear();
                await using var log = new WriteAheadLog(
                    new PhysicalDisk(), options, TimeProvider.System, TaskScheduler.Default, new Random(life), NullLogger<WriteAheadLog>.Instance);
                await log.Replay((_, _, record) =>
                {
                    found.Add(record.Length);
                    return true;
                }, CancellationToken.None);
                LogOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => TestLog.Append(log, new string('x', 10 * i))));
                Assert.All(outcomes, o => Assert.Equal(LogOutcome.Synced, o));
            }

            Assert.Equal(Enumerable.Range(0, 200).Select(i => 10 * i), found.Order());
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
