using System.Buffers.Binary;
using System.Text;
using Microsoft.Extensions.Logging;
using Pyro.Disk;
using Pyro.Ingester.Wal;
using Pyro.Tests.Simulation;

namespace Pyro.Tests.Unit.Wal;

public sealed class DamageTests
{
    private const int HeaderBytes = 32, FrameBytes = 16 + 16 + 1 + 6;

    [Fact]
    public async Task Any_flipped_bit_costs_at_most_the_record_it_is_in()
    {
        string[] records = ["first", "second record", "", "the third one"];
        byte[] sound = await new TestLog().Written(records);
        for (int bit = 0; bit < sound.Length * 8; bit += 3)
        {
            var fixture = new TestLog();
            await fixture.Written(records);
            fixture.Disk.FlipBit(fixture.Path(0), bit);
            await using WriteAheadLog log = await fixture.Open();
            int hit = RecordAt(records, bit / 8);
            Assert.Equal(records.Where((_, i) => i != hit), fixture.FoundRecords);
            Assert.Equal((1, 0), (fixture.Summary.Damages, fixture.Summary.TornBytes));
        }
    }

    [Fact]
    public async Task Damage_at_the_end_of_a_segment_is_told_from_a_torn_tail_by_the_next_segment()
    {
        var fixture = new TestLog { Options = new LogOptions(TestLog.Directory) { SegmentBytesMax = 1 } };
        byte[] first = await fixture.Written("one", "two");
        Assert.Equal(3, fixture.Files.Count);
        fixture.Disk.FlipBit(fixture.Path(0), (first.Length - 1) * 8);
        await using WriteAheadLog log = await fixture.Open();
        Assert.Equal(["two"], fixture.FoundRecords);
        Assert.Equal((1, first.Length - HeaderBytes, 0), (fixture.Summary.Damages, fixture.Summary.DamagedBytes, fixture.Summary.TornBytes));

        // Evidence is not deleted, sound segments are.
        await log.Void(TestLog.Head);
        Assert.Equal([".damaged", ".log"], fixture.Files.Select(System.IO.Path.GetExtension));
    }

    [Fact]
    public async Task A_torn_tail_of_any_length_is_cut()
    {
        byte[] whole = await new TestLog().Written("first", "second");
        int second = HeaderBytes + FrameBytes + "first".Length;
        for (int length = 0; length < whole.Length; length++)
        {
            var fixture = new TestLog();
            fixture.Disk.CreateDirectory(TestLog.Directory);
            await Put(fixture, $"0000000000000001-{Salt():x8}.log", whole[..length]);
            await using WriteAheadLog log = await fixture.Open();
            Assert.Equal(length >= second ? ["first"] : [], fixture.FoundRecords);
            Assert.Equal(0, fixture.Summary.Damages);
            Assert.Equal(length >= second ? length - second : length >= HeaderBytes ? length - HeaderBytes : length, fixture.Summary.TornBytes);

            // Once: it is gone from the file.
            await using WriteAheadLog again = await fixture.Open();
            Assert.Equal(length >= second ? ["first"] : [], fixture.FoundRecords);
            Assert.Equal((0, 0), (fixture.Summary.Damages, fixture.Summary.TornBytes));
        }
    }

    [Fact]
    public async Task What_was_closed_well_and_overwritten_later_is_told_as_damage_and_kept()
    {
        var fixture = new TestLog();
        byte[] sound = await fixture.Written("one", "two", "three");
        string name = fixture.Files[0];
        await Put(fixture, name, [.. Enumerable.Repeat((byte)0xFF, sound.Length)]);
        await using WriteAheadLog log = await fixture.Open();
        Assert.Empty(fixture.FoundRecords);
        Assert.Equal((1, sound.Length, 0), (fixture.Summary.Damages, fixture.Summary.DamagedBytes, fixture.Summary.TornBytes));
        Assert.Contains("is damaged", Assert.Single(fixture.Lines.Of(LogLevel.Error)).Text, StringComparison.Ordinal);
        Assert.Contains(name + ".damaged", fixture.Files);
        Assert.Equal(LogOutcome.Synced, await TestLog.Append(log, "new"));
    }

    [Fact]
    public async Task A_last_segment_that_was_cut_short_after_a_clean_close_is_damage()
    {
        var fixture = new TestLog();
        byte[] sound = await fixture.Written("one", "two");
        await fixture.Disk.Truncate(fixture.Path(0), sound.Length - FrameBytes - 3, CancellationToken.None);
        await using WriteAheadLog log = await fixture.Open();
        Assert.Equal(["one"], fixture.FoundRecords);
        Assert.Equal((1, FrameBytes + 3), (fixture.Summary.Damages, fixture.Summary.DamagedBytes));
    }

    [Fact]
    public async Task An_end_that_nobody_vouches_for_is_a_warning_and_kept_aside()
    {
        var fixture = new TestLog();
        byte[] sound = await fixture.Written("one", "two");
        fixture.Disk.Delete(fixture.Path(1));
        fixture.Disk.FlipBit(fixture.Path(0), (sound.Length - 1L) * 8);
        await using WriteAheadLog log = await fixture.Open();
        Assert.Equal(["one"], fixture.FoundRecords);
        Assert.Equal((0, FrameBytes + 3), (fixture.Summary.Damages, fixture.Summary.TornBytes));
        Assert.Contains("cannot be told whether", Assert.Single(fixture.Lines.Of(LogLevel.Warning)).Text, StringComparison.Ordinal);
        string aside = Assert.Single(fixture.Files, f => f.EndsWith(".cut", StringComparison.Ordinal));
        byte[] kept = await fixture.Disk.ReadAll(TestLog.Directory + "/" + aside, int.MaxValue, CancellationToken.None);
        Assert.Equal(sound[^(FrameBytes + 3)..^1], kept[..^1]);
    }

    [Fact]
    public async Task An_end_that_a_full_disk_cannot_put_aside_stays_where_it_is()
    {
        var fixture = new TestLog();
        byte[] sound = await fixture.Written("one", "two");
        fixture.Disk.Delete(fixture.Path(1));
        fixture.Disk.FlipBit(fixture.Path(0), (sound.Length - 1L) * 8);
        fixture.Disk.Capacity = fixture.Disk.UsedBytes + FrameBytes;
        await using WriteAheadLog log = await fixture.Open();
        Assert.Equal(["one"], fixture.FoundRecords);
        Assert.Contains("could not be cut", Assert.Single(fixture.Lines.Of(LogLevel.Warning)).Text, StringComparison.Ordinal);
        Assert.Equal([".log"], fixture.Files.Select(System.IO.Path.GetExtension));

        // The next start has room.
        fixture.Disk.Capacity = long.MaxValue;
        await using WriteAheadLog again = await fixture.Open();
        string aside = Assert.Single(fixture.Files, f => f.EndsWith(".cut", StringComparison.Ordinal));
        Assert.Equal(FrameBytes + 3, (await fixture.Disk.ReadAll(TestLog.Directory + "/" + aside, int.MaxValue, CancellationToken.None)).Length);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Two_segments_with_each_others_content_are_both_reported_and_nothing_is_cut(int lives)
    {
        var fixture = new TestLog { Options = new LogOptions(TestLog.Directory) { SegmentBytesMax = 1 } };
        await fixture.Written([.. Enumerable.Range(0, 4 / lives).Select(i => new string('x', 10 + i))]);
        if (lives == 2)
        {
            await using var other = new WriteAheadLog(
                fixture.Disk, fixture.Options, TimeProvider.System, TaskScheduler.Default, new Random(77), fixture.Lines);
            await other.Replay((_, _, _) => true, CancellationToken.None);
            Assert.Equal(LogOutcome.Synced, await TestLog.Append(other, "of another life"));
        }

        string one = fixture.Files[0], two = fixture.Files[^2];
        byte[] first = await fixture.Disk.ReadAll(fixture.Path(0), int.MaxValue, CancellationToken.None);
        byte[] second = await fixture.Disk.ReadAll(TestLog.Directory + "/" + two, int.MaxValue, CancellationToken.None);
        await Put(fixture, one, second);
        await Put(fixture, two, first);
        await using WriteAheadLog log = await fixture.Open();
        string errors = string.Join("\n", fixture.Lines.Of(LogLevel.Error).Select(l => l.Text));
        Assert.Contains(one, errors, StringComparison.Ordinal);
        Assert.Contains(two, errors, StringComparison.Ordinal);
        Assert.Equal(0, fixture.Summary.TornBytes);
        Assert.Equal(first, await fixture.Disk.ReadAll(TestLog.Directory + "/" + two, int.MaxValue, CancellationToken.None));
    }

    [Fact]
    public async Task The_mark_of_a_clean_close_gives_way_to_the_next_segment()
    {
        var fixture = new TestLog();
        byte[] sound = await fixture.Written("one");
        for (int life = 0; life < 3; life++)
        {
            await using (WriteAheadLog idle = await fixture.Open())
            {
                Assert.Equal(2, fixture.Files.Count);
            }
        }

        await using (WriteAheadLog log = await fixture.Open())
        {
            Assert.Equal(LogOutcome.Synced, await TestLog.Append(log, "two"));
            Assert.Equal(2, fixture.Files.Count);
        }

        fixture.Disk.FlipBit(fixture.Path(0), (sound.Length - 1L) * 8);
        fixture.Disk.Crash();
        await using WriteAheadLog again = await fixture.Open();
        Assert.Equal(["two"], fixture.FoundRecords);
        Assert.Equal((1, 0, 0), (fixture.Summary.Damages, fixture.Summary.TornBytes, fixture.Summary.MissingSegments));
    }

    [Fact]
    public async Task Bytes_that_a_client_sent_never_pass_for_a_frame()
    {
        // A record that holds a whole frame of a foreign log, for another tenant, is damaged in front of it.
        var foreign = new TestLog(seed: 99);
        byte[] forged = (await foreign.Written("forged"))[HeaderBytes..];
        var fixture = new TestLog();
        await fixture.Written("before");
        await using (WriteAheadLog writing = await fixture.Open())
        {
            LogFrames frames = writing.Frames("tenant", TestLog.Head);
            frames.Add([.. Encoding.UTF8.GetBytes("evil"), .. forged]);
            Assert.Equal(LogOutcome.Synced, await writing.Append(frames));
            Assert.Equal(LogOutcome.Synced, await TestLog.Append(writing, "after"));
        }

        // Damage in the frame's length forces the search for the next header.
        fixture.Disk.FlipBit(fixture.Path(1), (HeaderBytes + 4) * 8);
        await using WriteAheadLog log = await fixture.Open();
        Assert.Equal(["before", "after"], fixture.FoundRecords);
        Assert.Equal(1, fixture.Summary.Damages);
    }

    [Fact]
    public async Task A_record_that_the_reader_refuses_counts_as_damage_and_the_rest_is_kept()
    {
        var fixture = new TestLog();
        await fixture.Written("good", "bad", "fine");
        var log = new WriteAheadLog(
            fixture.Disk, fixture.Options, TimeProvider.System, TaskScheduler.Default, new Random(1),
            Microsoft.Extensions.Logging.Abstractions.NullLogger<WriteAheadLog>.Instance);
        ReplaySummary summary = await log.Replay((_, _, record) => !record.Span.SequenceEqual("bad"u8), CancellationToken.None);
        Assert.Equal((2, 1), (summary.Records, summary.Damages));
        await log.DisposeAsync();
    }

    [Fact]
    public async Task Large_and_many_records_are_read_across_buffers()
    {
        var fixture = new TestLog();
        var random = new Random(5);
        string[] records = [.. Enumerable.Range(0, 60).Select(i => new string((char)('a' + (i % 26)), i == 30 ? 5 << 20 : random.Next(200_000)))];
        await fixture.Written(records);
        fixture.Disk.FlipBit(fixture.Path(0), (HeaderBytes + FrameBytes + 10L) * 8);
        await using WriteAheadLog log = await fixture.Open();
        Assert.Equal(records[1..], fixture.FoundRecords);
    }

    [Fact]
    public async Task Replaying_any_bytes_ends_well()
    {
        byte[] whole = await new TestLog().Written("first", "second record", "", "third");
        string name = $"0000000000000001-{Salt():x8}.log";
        Fuzz.Run("log segment", [whole, whole[..32], []], bytes =>
        {
            var scheduler = new SeededScheduler(new Random(1));
            var fixture = new TestLog { Scheduler = scheduler };
            fixture.Disk.CreateDirectory(TestLog.Directory);
            Task life = scheduler.Start(async () =>
            {
                await Put(fixture, name, bytes);
                await using WriteAheadLog log = await fixture.Open();
                Assert.True(fixture.Summary.DamagedBytes + fixture.Summary.TornBytes <= bytes.Length);
                Assert.Equal(LogOutcome.Synced, await TestLog.Append(log, "new"));
            });
            scheduler.Run();
            Assert.True(life.IsCompletedSuccessfully, life.Exception?.ToString());
        });
    }

    [Fact]
    public async Task Frames_are_as_the_format_page_says()
    {
        byte[] file = await new TestLog().Written("abc");
        uint salt = Salt();
        Assert.Equal("PYROLOG\n"u8.ToArray(), file[..8]);
        Assert.Equal(1u, BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(8)));
        Assert.Equal(Castagnoli(salt, [1, 0, 0, 0, 0, 0, 0, 0, .. file[..28]]), BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(28)));

        byte[] frame = file[HeaderBytes..], body = frame[16..];
        Assert.Equal([0xA7, 0x50, 0x59, 0x1E], frame[..4]);
        Assert.Equal(body.Length, BinaryPrimitives.ReadInt32LittleEndian(frame.AsSpan(4)));
        Assert.Equal(Castagnoli(salt, body), BinaryPrimitives.ReadUInt32LittleEndian(frame.AsSpan(8)));
        Assert.Equal(Castagnoli(salt, frame[..12]), BinaryPrimitives.ReadUInt32LittleEndian(frame.AsSpan(12)));
        Assert.Equal([.. TestLog.Head.ToByteArray(), 6, .. "tenantabc"u8], body);
        Assert.Equal(0xE3069283u, Castagnoli(0, "123456789"u8.ToArray()));
    }

    /// <summary>CRC-32C bit by bit, from its definition.</summary>
    private static uint Castagnoli(uint start, byte[] bytes)
    {
        uint crc = ~start;
        foreach (byte next in bytes)
        {
            crc ^= next;
            for (int i = 0; i < 8; i++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * 0x82F63B78);
            }
        }

        return ~crc;
    }

    /// <summary>What the seed of the fixture gives.</summary>
    private static uint Salt()
    {
        byte[] salt = new byte[4];
        new Random(1).NextBytes(salt);
        return BinaryPrimitives.ReadUInt32LittleEndian(salt);
    }

    private static int RecordAt(string[] records, int offset)
    {
        int end = HeaderBytes;
        for (int i = 0; i < records.Length; i++)
        {
            end += FrameBytes + records[i].Length;
            if (offset < end)
            {
                return offset < HeaderBytes ? -1 : i;
            }
        }

        return records.Length;
    }

    private static async Task Put(TestLog fixture, string name, byte[] bytes)
    {
        fixture.Disk.Delete(TestLog.Directory + "/" + name);
        using IDiskFile file = fixture.Disk.Create(TestLog.Directory + "/" + name);
        await file.Append(bytes, CancellationToken.None);
        await file.Sync(CancellationToken.None);
    }
}
