using System.Buffers.Binary;
using Pyro.Blocks;
using Pyro.Blocks.Index;
using Pyro.Profiles.Labels;

namespace Pyro.Tests.Unit.Blocks.Index;

/// <summary>Indexes that are not what was written: refused by name of file, or answered as if they were whole.</summary>
public class DamagedIndexTests
{
    // What the reads of a small file may take, whatever numbers stand in it.
    private const long MostBytes = 64 << 20;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_flipped_byte_is_noticed_or_does_not_matter()
    {
        var bytes = await IndexFiles.Write(IndexFiles.Small());
        var right = await Answers(bytes);
        var noticed = 0;
        for (var i = 0; i < bytes.Length; i++)
        {
            foreach (var flip in (byte[])[0x01, 0x80, 0xFF])
            {
                var damaged = (byte[])bytes.Clone();
                damaged[i] ^= flip;
                var answer = await AnswersOrFault(damaged);
                Assert.True(answer is null || answer == right, $"byte {i} xor {flip:x2}: {answer}");
                noticed += answer is null ? 1 : 0;
            }
        }

        // All but padding, label indices and fingerprint offsets, which answers do not need.
        Assert.InRange(noticed, 2 * bytes.Length, 3 * bytes.Length);
    }

    [Fact]
    public async Task Verifying_notices_every_flipped_byte_but_padding()
    {
        var bytes = await IndexFiles.Write(IndexFiles.Small());
        for (var i = 0; i < bytes.Length; i++)
        {
            var damaged = (byte[])bytes.Clone();
            damaged[i] ^= 0x10;
            try
            {
                using var index = await IndexFiles.Open(damaged);
                await index.Verify(Cancellation);
                Assert.Equal(0, bytes[i]);
            }
            catch (DamagedBlockException e)
            {
                Assert.Equal("index.tsdb", e.File);
            }
        }
    }

    [Fact]
    public async Task Every_shorter_file_is_refused()
    {
        var bytes = await IndexFiles.Write(IndexFiles.Small());
        for (var length = 0; length < bytes.Length; length++)
        {
            await Assert.ThrowsAsync<DamagedBlockException>(async () => await IndexFiles.Open(bytes[..length]));
        }

        await Assert.ThrowsAsync<DamagedBlockException>(async () => await IndexFiles.Open([.. bytes, 0]));
    }

    [Theory]
    [InlineData(4, 1, "index version 1 instead of 2")]
    [InlineData(0, 0, "does not begin as an index does")]
    public async Task Another_format_is_named(int at, byte value, string fault)
    {
        var bytes = await IndexFiles.Write(IndexFiles.Small());
        bytes[at] = value;
        var damaged = await Assert.ThrowsAsync<DamagedBlockException>(async () => await IndexFiles.Open(bytes));
        Assert.Equal((fault, at), (damaged.Fault, (int)damaged.Offset));
    }

    [Fact]
    public async Task Huge_counts_with_right_checksums_take_no_memory()
    {
        var bytes = await IndexFiles.Write(IndexFiles.Small());
        var sections = new[] { 5, (int)BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(bytes.Length - 76 + 40)) };
        foreach (var at in sections)
        {
            foreach (var count in (uint[])[0, 1, 0x7FFFFFFF, 0x80000000, uint.MaxValue])
            {
                var damaged = (byte[])bytes.Clone();
                var length = (int)BinaryPrimitives.ReadUInt32BigEndian(damaged.AsSpan(at));
                BinaryPrimitives.WriteUInt32BigEndian(damaged.AsSpan(at + 4), count);
                BinaryPrimitives.WriteUInt32BigEndian(damaged.AsSpan(at + 4 + length), Crc32C.Of(damaged.AsSpan(at + 4, length)));
                Assert.Null(await AnswersOrFault(damaged));
            }
        }
    }

    [Fact]
    public async Task Any_table_of_contents_is_read_or_refused()
    {
        var bytes = await IndexFiles.Write(IndexFiles.Small());
        var toc = bytes.Length - 76;
        for (var field = 0; field < 7; field++)
        {
            foreach (var value in (long[])[0, -1, 4, 5, 6, 700, bytes.Length - 76, bytes.Length, int.MaxValue, long.MaxValue, long.MinValue])
            {
                var damaged = (byte[])bytes.Clone();
                BinaryPrimitives.WriteInt64BigEndian(damaged.AsSpan(toc + (8 * field)), value);
                Seal(damaged);
                await AnswersOrFault(damaged);
            }
        }
    }

    [Fact]
    public async Task Any_bytes_are_an_index_or_refused()
    {
        byte[][] seeds = [await IndexFiles.Write(IndexFiles.Small(1)), await IndexFiles.Write(IndexFiles.Small(40))];
        await Fuzz.RunAsync("index.tsdb", seeds, async bytes =>
        {
            // The checksum of the table of contents is made right, so that what lies behind it is reached.
            if (bytes.Length >= 76)
            {
                Seal(bytes);
            }

            await AnswersOrFault(bytes);
        });
    }

    private static void Seal(byte[] bytes) =>
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(bytes.Length - 4), Crc32C.Of(bytes.AsSpan(bytes.Length - 76, 72)));

    private static async Task<string?> AnswersOrFault(byte[] bytes)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            return await Answers(bytes);
        }
        catch (DamagedBlockException e)
        {
            Assert.Equal("index.tsdb", e.File);
            return null;
        }
        finally
        {
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostBytes);
        }
    }

    // All that can be asked, as text.
    private static async Task<string> Answers(byte[] bytes)
    {
        using var index = await IndexFiles.Open(bytes);
        var answer = new List<string> { $"{index.MinTime} {index.MaxTime}" };
        foreach (var name in await index.LabelNames(Cancellation))
        {
            answer.Add($"{name}: {string.Join(',', await IndexFiles.Values(index, name))}");
        }

        LabelMatcher[][] questions =
        [
            [], [new(MatchOp.Equal, "service_name", "cart")], [new(MatchOp.Regex, "pod", ".*1"), new(MatchOp.NotEqual, "zone", "eu")],
            [new(MatchOp.NotRegex, "pod", "p00.+"), new(MatchOp.Equal, "zone", "")],
        ];
        foreach (var question in questions)
        {
            await Describe(index, await index.Read(await index.Select(question, Cancellation), Cancellation), answer);
        }

        await Describe(index, await index.ReadAll(Cancellation), answer);
        return string.Join('\n', answer);
    }

    private static async Task Describe(TsdbIndex index, SeriesEntries series, List<string> answer)
    {
        var labels = await index.Labels(series, Cancellation);
        for (var i = 0; i < series.Count; i++)
        {
            answer.Add($"{labels[i]} {series.Series[i]}");
        }

        var groups = await index.GroupBy(series, ["service_name"], Cancellation);
        answer.Add(string.Join(';', groups.Labels.AsEnumerable()));
        answer.Add(string.Join(',', await IndexFiles.Values(index, "pod", series)));
    }
}
