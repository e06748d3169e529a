using Pyro.Api.Peers;
using Pyro.Blocks.Answers;
using Pyro.Blocks.Files;
using Pyro.Blocks.Meta;
using Pyro.Blocks.Reading;
using Pyro.Disk;
using Pyro.Memory;
using Pyro.Profiles.Labels;
using Pyro.Profiles.Records;

namespace Pyro.Tests.Unit.Blocks.Reading;

/// <summary>Sums that were made when a block was merged give the same answers as its rows, and cost less.</summary>
public sealed class DownsampledTests
{
    private const long Minute = 60_000, Hour = 60 * Minute;

    // An hour that is none of a day's first, so that nothing is aligned by chance.
    private const long Begin = 1_795_132_800_000;

    private readonly MemoryLedger _ledger = new(256 << 20);

    [Fact]
    public async Task Answers_are_the_same_with_and_without()
    {
        var random = new Random(5);
        var (meta, files) = await Made(random);
        var used = 0;
        for (var i = 0; i < 300; i++)
        {
            var request = new SumRequest { Selection = Random(meta, random) };
            if (random.Next(2) == 0) request.Tree = new TreeForm();
            else request.Stacks = new StacksForm();
            if (random.Next(3) == 0) request.Plan.Add(Plan(meta, random));
            used += await Compare(meta, files, request) ? 1 : 0;
        }

        Assert.InRange(used, 30, 299);
    }

    [Fact]
    public async Task Blocks_of_the_corpus_answer_the_same_with_and_without()
    {
        if (Repository.Corpus is null) return;
        var (random, used) = (new Random(6), 0);
        foreach (var path in Directory.GetFiles(Path.Combine(Repository.Corpus, "blocks"), "profiles_5m_sum.parquet", SearchOption.AllDirectories))
        {
            var folder = Path.GetDirectoryName(path)!;
            var meta = BlockMeta.Read(await File.ReadAllBytesAsync(Path.Combine(folder, "meta.json")), path);
            var files = new DiskBlockFiles(new PhysicalDisk(), folder, meta.Id.ToString());
            for (var i = 0; i < 100; i++)
            {
                used += await Compare(meta, files, new SumRequest { Selection = Random(meta, random), Tree = new TreeForm() }) ? 1 : 0;
            }
        }

        Assert.NotEqual(0, used);
    }

    [Fact]
    public async Task Whole_slots_cost_a_fraction_and_the_rows_are_not_read()
    {
        var (meta, files) = await Made(new Random(8));
        var whole = new SumRequest { Tree = new TreeForm() };
        var hour = new SumRequest { Tree = new TreeForm(), Selection = new Selection { Range = new() { Start = Begin + Hour, End = Begin + (2 * Hour) - 1 } } };
        foreach (var request in (SumRequest[])[whole, hour])
        {
            var (with, without) = (new ChangedFiles(files), new ChangedFiles(files));
            Assert.Equal(await Sum(Bare(meta), without, request), await Sum(meta, with, request));
            Assert.InRange(with.BytesRead, 1, without.BytesRead / 2);

            // Damage to rows that are not read is not noticed.
            await Sum(meta, new ChangedFiles(files) { Change = (BlockPaths.Profiles, 4), CutOff = true }, whole);
        }
    }

    [Fact]
    public async Task What_tables_do_not_know_is_read_from_the_rows()
    {
        var (meta, files) = await Made(new Random(9));
        var rows = new ChangedFiles(files) { Change = (meta.Files.Single(f => f.RelPath.Contains("1h")).RelPath, 0), CutOff = true };
        foreach (var request in (SumRequest[])
        [
            new() { Tree = new TreeForm { OnlySpans = true, Spans = { 5 } } },
            new() { Points = new PointsForm { Start = Begin, Step = Hour, End = Begin + (3 * Hour) } },
            new() { Tree = new TreeForm(), Selection = new Selection { Range = new() { Start = Begin + 1, End = Begin + (5 * Minute) - 2 } } },
        ])
        {
            Assert.Equal(await Sum(Bare(meta), files, request), await Sum(meta, rows, request));
        }
    }

    [Fact]
    public async Task A_damaged_table_is_done_without()
    {
        var (meta, files) = await Made(new Random(10));
        var request = new SumRequest { Tree = new TreeForm() };
        var wanted = await Sum(Bare(meta), files, request);
        foreach (var table in meta.Files.Where(f => f.RelPath.StartsWith("profiles_", StringComparison.Ordinal)))
        {
            for (var at = 0L; at < table.Bytes; at += 7)
            {
                var block = MadeBlock.Opened((meta, new ChangedFiles(files) { Change = (table.RelPath, at), CutOff = at % 2 == 0 }), _ledger);
                using var lease = block.TryLease()!;
                Assert.Equal(wanted, await new BlockAnswers([lease], "me", _ledger).Sum(request, default).ToListAsync());
                Assert.Null(block.Fault);
                lease.Dispose();
                block.Retire();
            }
        }

        Assert.Equal(0, _ledger.Used);
    }

    // Whether the tables were used.
    private async Task<bool> Compare(BlockMeta meta, IBlockFiles files, SumRequest request)
    {
        var (with, without) = (new ChangedFiles(files), new ChangedFiles(files));
        Assert.Equal(await Sum(Bare(meta), without, request), await Sum(meta, with, request));
        return with.BytesRead != without.BytesRead;
    }

    private async Task<List<SumResponse>> Sum(BlockMeta meta, IBlockFiles files, SumRequest request)
    {
        var block = MadeBlock.Opened((meta, files), _ledger);
        using var lease = block.TryLease()!;
        var parts = await new BlockAnswers([lease], "me", _ledger).Sum(request, default).ToListAsync();
        lease.Dispose();
        block.Retire();
        return parts;
    }

    private static BlockMeta Bare(BlockMeta meta) =>
        meta with { Files = [.. meta.Files.Where(static f => !f.RelPath.StartsWith("profiles_", StringComparison.Ordinal))] };

    private static Selection Random(BlockMeta meta, Random random)
    {
        long Time()
        {
            var unit = random.Next(4) switch { 0 => 1, 1 => Minute, 2 => 5 * Minute, _ => Hour };
            return random.NextInt64((meta.MinTime - Hour) / unit, (meta.MaxTime + (2 * Hour)) / unit) * unit;
        }

        var selection = new Selection();
        var (a, b) = (Time(), Time());
        if (random.Next(8) > 0) selection.Range = new() { Start = Math.Min(a, b), End = Math.Max(a, b) - random.Next(2) };
        if (random.Next(2) == 0) selection.Selectors.Add(new Api.Peers.Selector { Matchers = { new Matcher { Name = "service_name", Value = $"s{random.Next(4)}" } } });
        if (random.Next(4) == 0) selection.Shard = new Shard { Count = 2, Index = (ulong)random.Next(2) };
        return selection;
    }

    private static PlanOfHolding Plan(BlockMeta meta, Random random)
    {
        var plan = new PlanOfHolding { Ulid = WireIds.Bytes(meta.Id), Whole = random.Next(2) == 0 };
        if (!plan.Whole) plan.Series.Add(new PlanOfSeries { Fingerprint = Labels(random.Next(3)).Fingerprint, Whole = true });
        return plan;
    }

    private static LabelSet Labels(int series) => LabelSet.From([new Label("service_name", $"s{series}")]);

    // Three series over three hours, each with two partitions that alternate at random, in rows that are mostly not at whole seconds.
    private static async Task<(BlockMeta Meta, IBlockFiles Files)> Made(Random random)
    {
        var made = new MadeBlock(Ulid.NewUlid());
        made.Downsample("5m", 300);
        made.Downsample("1h", 3600);
        var sources = new[] { 7UL, 9UL }.ToDictionary(static id => id, id => made.Partition(id).From(MadeBlock.Functions(["main", $"a{id}", "b", "c"], static i => i / 2)));
        for (var series = 0; series < 3; series++)
        {
            var times = Enumerable.Range(0, 400).Select(_ => random.Next(4) == 0
                ? (Begin + (random.NextInt64(36) * 5 * Minute)) * 1_000_000
                : (Begin * 1_000_000) + random.NextInt64(3 * Hour * 1_000_000)).Order().ToArray();
            made.Series(Labels(series), times[0], times[^1]);
            var partition = 7UL;
            foreach (var time in times)
            {
                if (random.Next(20) == 0) partition = 16 - partition;
                long[] stacks = [.. Enumerable.Range(1, 4).Where(_ => random.Next(2) == 0).Select(i => (long)sources[partition].Stack(i))];
                await made.Row(partition, time, new ProfileId((ulong)time, 1), stacks, [.. stacks.Select(_ => random.NextInt64(1, 1 << 30))]);
            }
        }

        return await made.Finish();
    }
}
