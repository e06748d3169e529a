using Grpc.Core;
using Pyro.Api.Peers;
using Pyro.Disk;
using static Pyro.Tests.Unit.Appends.BareIngester;

namespace Pyro.Tests.Unit.Appends;

public sealed class RecordAppenderTests
{
    [Fact]
    public async Task What_is_answered_as_stored_is_seen_by_queries_and_survives_a_crash()
    {
        var disk = new ForgettingDisk(1);
        await using (BareIngester ingester = await Open(disk))
        {
            Assert.Equal([StatusCode.OK, StatusCode.OK], await ingester.Append("a", Profile("one", 1), Profile("two", 1)));
            Assert.Equal([StatusCode.OK], await ingester.Append("b", Profile("one", 1)));
            Assert.Equal((2, 1, 0), (await ingester.Rows("a"), await ingester.Rows("b"), await ingester.Rows("c")));
            disk.Crash();
        }

        await using BareIngester again = await Open(disk);
        Assert.Equal((2, 1, 0), (await again.Rows("a"), await again.Rows("b"), await again.Rows("c")));
        Assert.InRange(again.Ledger.Used, 1, 1 << 30);
    }

    [Fact]
    public async Task Late_profiles_go_to_the_head_of_their_time_and_the_heads_of_several_hours_are_open_at_once()
    {
        const long Hour = 3600L * 1_000_000_000;
        var disk = new ForgettingDisk(1);
        await using (BareIngester ingester = await Open(disk))
        {
            Assert.All(
                await ingester.Append("a", Profile("one", 11 * Hour, 1), Profile("one", (12 * Hour) - 1, 2), Profile("one", 12 * Hour, 3), Profile("one", 10 * Hour, 4)),
                static code => Assert.Equal(StatusCode.OK, code));
            Assert.Equal([StatusCode.OK], await ingester.Append("a", Profile("two", (11 * Hour) - 1, 5)));
            Check(ingester);
        }

        disk.Crash();
        await using BareIngester again = await Open(disk);
        Check(again);

        static void Check(BareIngester ingester)
        {
            var heads = ingester.Heads.Heads("a");
            Assert.All(heads, static head => Assert.False(head.IsSealed));
            Assert.Equal([(10, 2), (11, 2), (12, 1)], heads.Select(static head => (head.Slot, head.View().Rows.Count)).Order());
        }
    }

    [Fact]
    public async Task A_profile_sent_again_counts_once_before_and_after_a_restart()
    {
        var disk = new ForgettingDisk(1);
        for (int life = 0; life < 3; life++)
        {
            await using BareIngester ingester = await Open(disk);
            Assert.Equal([StatusCode.OK, StatusCode.OK], await ingester.Append("a", Profile("one", 1), Profile("one", 1)));
            Assert.Equal([StatusCode.OK], await ingester.Append("a", Profile("one", 1)));
            Assert.Equal(life == 0 ? 1 : 2, await ingester.Rows("a"));
            Assert.Equal([StatusCode.OK], await ingester.Append("a", Profile("one", 1, id: 2)));
            Assert.Equal(2, await ingester.Rows("a"));
        }
    }

    [Fact]
    public async Task A_bad_record_is_refused_and_harms_none_of_the_others()
    {
        await using BareIngester ingester = await Open(new ForgettingDisk(1));
        Assert.Equal([StatusCode.OK, StatusCode.InvalidArgument, StatusCode.OK], await ingester.Append("a", Profile("one", 1), null, Profile("two", 1)));
        Assert.Equal([StatusCode.InvalidArgument], await ingester.Append("a", [null]));
        Assert.Equal(2, await ingester.Rows("a"));
    }

    [Fact]
    public async Task New_series_over_the_limit_are_refused_but_come_back_from_the_log()
    {
        var disk = new ForgettingDisk(1);
        await using (BareIngester ingester = await Open(disk, seriesLimit: 1))
        {
            Assert.Equal([StatusCode.OK, StatusCode.ResourceExhausted], await ingester.Append("a", Profile("one", 1), Profile("two", 1)));
            Assert.Equal([StatusCode.OK], await ingester.Append("b", Profile("two", 1)));
        }

        await using (BareIngester ingester = await Open(disk, seriesLimit: 2))
        {
            Assert.Equal([StatusCode.OK, StatusCode.OK], await ingester.Append("a", Profile("two", 1), Profile("one", 1)));
        }

        await using BareIngester again = await Open(disk, seriesLimit: 1);
        Assert.Equal(2, await again.Rows("a"));
    }

    [Fact]
    public async Task Nothing_is_taken_when_memory_is_used_up()
    {
        var disk = new ForgettingDisk(1);
        await using (BareIngester ingester = await Open(disk))
        {
            Assert.Equal([StatusCode.OK], await ingester.Append("a", Profile("one", 1)));
        }

        // The log is taken in whatever it costs.
        await using BareIngester small = await Open(disk, budget: 10);
        Assert.Equal(1, await small.Rows("a"));
        Assert.Equal([StatusCode.ResourceExhausted], await small.Append("a", Profile("one", 2)));
    }

    [Fact]
    public async Task A_failing_disk_is_unavailable_a_full_one_exhausted_and_nothing_is_seen_of_what_was_refused()
    {
        var disk = new ForgettingDisk(1);
        await using BareIngester ingester = await Open(disk);
        disk.Fault = (operation, path) => operation == DiskOperation.Sync ? ForgettingDisk.Broken(path) : null;
        Assert.Equal([StatusCode.Unavailable], await ingester.Append("a", Profile("one", 1)));
        disk.Fault = null;
        disk.Capacity = 0;
        Assert.Equal([StatusCode.ResourceExhausted], await ingester.Append("a", Profile("one", 1)));
        Assert.Equal(0, await ingester.Rows("a"));
        disk.Capacity = long.MaxValue;
        Assert.Equal([StatusCode.OK], await ingester.Append("a", Profile("one", 1)));
        Assert.Equal(1, await ingester.Rows("a"));
    }

    [Fact]
    public async Task A_full_disk_is_not_tried_by_every_append_says_when_to_come_back_and_is_read_from()
    {
        var disk = new ForgettingDisk(1);
        await using var ingester = new BareIngester(disk, retry: TimeSpan.FromHours(1));
        await ingester.Log.Replay(ingester.Appender.TakeReplayed, CancellationToken.None);
        Assert.Equal([StatusCode.OK], await ingester.Append("a", Profile("one", 1)));
        disk.Capacity = 0;
        int tries = disk.Counts[DiskOperation.Append];
        for (int i = 2; i < 10; i++)
        {
            foreach (AppendResult result in await ingester.Answer("a", Profile("one", i), Profile("two", i)))
            {
                Assert.Equal(((int)StatusCode.ResourceExhausted, 1), (result.Code, result.RetryAfter));
                Assert.Equal("the ingester's disk is full; try again later", result.Message);
            }
        }

        Assert.Equal(1, disk.Counts[DiskOperation.Append] - tries);
        Assert.Equal(1, await ingester.Rows("a"));
    }

    [Fact]
    public async Task Before_the_replay_and_after_the_end_everything_is_unavailable()
    {
        var ingester = new BareIngester(new ForgettingDisk(1));
        await AssertUnavailable();
        await ingester.Log.Replay(ingester.Appender.TakeReplayed, CancellationToken.None);
        Assert.Equal([StatusCode.OK], await ingester.Append("a", Profile("one", 1)));
        await ingester.DisposeAsync();
        await AssertUnavailable();

        async Task AssertUnavailable()
        {
            Assert.Equal(StatusCode.Unavailable, (await Assert.ThrowsAsync<RpcException>(() => ingester.Append("a", Profile("one", 1)))).StatusCode);
            Assert.Equal(StatusCode.Unavailable, (await Assert.ThrowsAsync<RpcException>(() => ingester.Rows("a"))).StatusCode);
        }
    }

    [Fact]
    public async Task Many_callers_at_once_each_get_their_own_answer()
    {
        var disk = new ForgettingDisk(1);
        await using (BareIngester ingester = await Open(disk))
        {
            StatusCode[][] codes = await Task.WhenAll(Enumerable.Range(0, 300).Select(i => Task.Run(() =>
                ingester.Append("t" + (i % 3), Profile("s" + (i % 7), i), i % 5 == 0 ? null : Profile("s" + (i % 7), i, id: 2)))));
            for (int i = 0; i < codes.Length; i++)
            {
                Assert.Equal([StatusCode.OK, i % 5 == 0 ? StatusCode.InvalidArgument : StatusCode.OK], codes[i]);
            }

            Assert.Equal(180, await ingester.Rows("t0"));
            Assert.InRange(disk.Counts[DiskOperation.Sync], 1, 302);
        }

        disk.Crash();
        await using BareIngester again = await Open(disk);
        Assert.Equal(540, await again.Rows("t0") + await again.Rows("t1") + await again.Rows("t2"));
    }
}
