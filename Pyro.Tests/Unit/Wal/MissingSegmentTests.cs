using Microsoft.Extensions.Logging;
using Pyro.Disk;
using Pyro.Ingester.Wal;

namespace Pyro.Tests.Unit.Wal;

public sealed class MissingSegmentTests
{
    private static readonly LogOptions OneRecordEach = new(TestLog.Directory) { SegmentBytesMax = 1 };

    [Fact]
    public async Task Segments_missing_in_the_middle_are_named_and_counted_and_the_rest_is_kept()
    {
        var fixture = new TestLog { Options = OneRecordEach };
        await fixture.Written("1", "2", "3", "4", "5", "6");
        fixture.Disk.Delete(fixture.Path(4));
        fixture.Disk.Delete(fixture.Path(2));
        fixture.Disk.Delete(fixture.Path(1));
        await using WriteAheadLog log = await fixture.Open();
        Assert.Equal(["1", "4", "6"], fixture.FoundRecords);
        Assert.Equal((3, 0), (fixture.Summary.MissingSegments, fixture.Summary.Damages));
        Assert.Equal(
            ["from 0000000000000002 to 0000000000000003", "from 0000000000000005 to 0000000000000005"],
            fixture.Lines.Of(LogLevel.Error).Select(l => l.Text[l.Text.IndexOf("from", StringComparison.Ordinal)..l.Text.IndexOf(';', StringComparison.Ordinal)]));
        Assert.Equal(LogOutcome.Synced, await TestLog.Append(log, "7"));
    }

    [Fact]
    public async Task What_was_deleted_at_the_front_and_numbers_that_failed_writes_spent_are_no_loss()
    {
        Ulid other = Ulid.NewUlid();
        var fixture = new TestLog { Options = OneRecordEach };
        await using (WriteAheadLog log = await fixture.Open())
        {
            Ulid[] heads = [TestLog.Head, other, TestLog.Head, other];
            foreach (Ulid head in heads)
            {
                fixture.Disk.Fault = (operation, path) => operation == DiskOperation.Append ? ForgettingDisk.Broken(path) : null;
                Assert.Equal(LogOutcome.Failed, await TestLog.Append(log, head, "x"));
                fixture.Disk.Fault = null;
                Assert.Equal(LogOutcome.Synced, await TestLog.Append(log, head, "x"));
            }

            // Not in the middle: a gap must always be a loss.
            await log.Void(other);
            Assert.Equal(4, fixture.Files.Count);
            await log.Void(TestLog.Head);
            Assert.Empty(fixture.Files);
            Assert.Equal(LogOutcome.Synced, await TestLog.Append(log, other, "y"));
            Assert.Equal(LogOutcome.Synced, await TestLog.Append(log, other, "z"));
        }

        await using WriteAheadLog again = await fixture.Open();
        Assert.Equal(["y", "z"], fixture.FoundRecords);
        Assert.Equal(0, fixture.Summary.MissingSegments);
    }

    [Fact]
    public async Task What_was_refused_does_not_come_back_before_what_was_taken_later()
    {
        var fixture = new TestLog();
        await using (WriteAheadLog log = await fixture.Open())
        {
            Assert.Equal(LogOutcome.Synced, await TestLog.Append(log, "a"));
            fixture.Disk.Fault = (operation, path) => operation == DiskOperation.Sync ? ForgettingDisk.Broken(path) : null;
            Assert.Equal(LogOutcome.Failed, await TestLog.Append(log, "refused"));
            fixture.Disk.Fault = null;
            Assert.Equal(LogOutcome.Synced, await TestLog.Append(log, "b"));
        }

        // Without a crash the refused bytes are in the file.
        for (int life = 0; life < 2; life++)
        {
            await using WriteAheadLog again = await fixture.Open();
            Assert.Equal(["a", "b"], fixture.FoundRecords);
            Assert.Equal(life == 0, fixture.Summary.TornBytes > 0);
        }
    }
}
