using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Pyro.Disk;
using Pyro.Ingester.Wal;

namespace Pyro.Tests.Unit.Wal;

public sealed class DiskTroubleTests
{
    [Fact]
    public async Task A_full_disk_is_told_of_when_it_begins_now_and_then_and_when_it_ends_and_tried_once_a_second()
    {
        var clock = new FakeTimeProvider();
        var fixture = new TestLog { Time = clock };
        await using WriteAheadLog log = await fixture.Open();
        Assert.Equal(LogOutcome.Synced, await TestLog.Append(log, "before"));
        fixture.Disk.Capacity = 0;
        int tries = Tries();
        for (int tenth = 0; tenth < 250; tenth++)
        {
            Assert.Equal(LogOutcome.DiskFull, await TestLog.Append(log, "refused"));
            Assert.Equal(LogOutcome.DiskFull, log.Refusal);
            clock.Advance(TimeSpan.FromMilliseconds(100));
        }

        Assert.InRange(Tries() - tries, 2, 26);
        IReadOnlyList<(string Text, Exception? Error)> errors = fixture.Lines.Of(LogLevel.Error);
        Assert.Equal(3, errors.Count);
        Assert.NotNull(errors[0].Error);
        Assert.All(errors.Skip(1), e => Assert.Null(e.Error));
        Assert.Contains("appends refused", errors[1].Text, StringComparison.Ordinal);

        fixture.Disk.Capacity = long.MaxValue;
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(log.Refusal);
        Assert.Equal(LogOutcome.Synced, await TestLog.Append(log, "after"));
        Assert.Equal(LogOutcome.Synced, await TestLog.Append(log, "and on"));
        Assert.Equal(3, fixture.Lines.Of(LogLevel.Error).Count);
        Assert.Contains("250 refused appends", Assert.Single(fixture.Lines.Of(LogLevel.Information), l => l.Text.Contains("again", StringComparison.Ordinal)).Text, StringComparison.Ordinal);

        int Tries() => fixture.Disk.Counts.GetValueOrDefault(DiskOperation.Append);
    }

    [Fact]
    public async Task A_segment_that_is_removed_while_it_is_written_fails_the_append_and_another_takes_over()
    {
        var fixture = new TestLog();
        await using (WriteAheadLog log = await fixture.Open())
        {
            Assert.Equal(LogOutcome.Synced, await TestLog.Append(log, "lost with its file"));
            fixture.Disk.Delete(fixture.Path(0));
            Assert.Equal(LogOutcome.Failed, await TestLog.Append(log, "again"));
            Assert.Contains("was removed", Assert.Single(fixture.Lines.Of(LogLevel.Error)).Error!.Message, StringComparison.Ordinal);
            Assert.Equal(LogOutcome.Synced, await TestLog.Append(log, "again"));

            // The whole directory is made again, too.
            fixture.Disk.Delete(TestLog.Directory);
            Assert.Equal(LogOutcome.Failed, await TestLog.Append(log, "more"));
            Assert.Equal(LogOutcome.Synced, await TestLog.Append(log, "more"));
        }

        fixture.Disk.Crash();
        await using WriteAheadLog again = await fixture.Open();
        Assert.Equal(["more"], fixture.FoundRecords);
    }

    [Fact]
    public async Task What_a_failed_write_left_that_could_not_be_removed_counts_as_long_as_a_replay_may_find_it()
    {
        var fixture = new TestLog();
        await using WriteAheadLog log = await fixture.Open();
        var other = Ulid.Parse("01BX5ZZKBKACTAV9WEVGEMMVRZ");
        int syncs = 0;
        fixture.Disk.Fault = (operation, path) =>
            operation == DiskOperation.Delete || (operation == DiskOperation.Sync && ++syncs > 1) ? ForgettingDisk.Broken(path) : null;
        Assert.Equal(LogOutcome.Failed, await TestLog.Append(log, "refused"));

        fixture.Disk.Fault = null;
        Assert.Equal(LogOutcome.Synced, await TestLog.Append(log, other, "taken"));
        string left = fixture.Files[0];
        Assert.True(log.Names(TestLog.Head), "a replay would find the record of the head that was refused");

        // It goes as others go.
        await log.Void(TestLog.Head);
        Assert.DoesNotContain(left, fixture.Files);
        Assert.False(log.Names(TestLog.Head));
        Assert.True(log.Names(other));
    }
}
