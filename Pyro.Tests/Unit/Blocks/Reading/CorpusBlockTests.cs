using Pyro.Api.Peers;
using Pyro.Api.Pprof;
using Pyro.Blocks.Answers;
using Pyro.Blocks.Files;
using Pyro.Blocks.Meta;
using Pyro.Blocks.Reading;
using Pyro.Blocks.Symbols;
using Pyro.Disk;
using Pyro.Memory;
using Pyro.Profiles.Trees;

namespace Pyro.Tests.Unit.Blocks.Reading;

/// <summary>The blocks of the corpus: every answer comes to what their meta.json and totals say.</summary>
public sealed class CorpusBlockTests
{
    [Fact]
    public async Task Answers_come_to_what_the_blocks_say()
    {
        if (Repository.Corpus is null) return;
        var found = 0;
        foreach (var path in Directory.GetFiles(Path.Combine(Repository.Corpus, "blocks"), "meta.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var meta = BlockMeta.Read(await File.ReadAllBytesAsync(path), path);
            if (meta.Version == BlockMeta.WrittenVersion)
            {
                found++;
                await Check(Path.GetDirectoryName(path)!, meta);
            }
        }

        Assert.NotEqual(0, found);
    }

    private static async Task Check(string folder, BlockMeta meta)
    {
        var ledger = new MemoryLedger(1L << 30);
        var cache = new PageCache(8 << 20, ledger);
        var files = new CachedBlockFiles(new DiskBlockFiles(new PhysicalDisk(), folder, meta.Id.ToString()), cache);
        using var lease = MadeBlock.Opened((meta, files), ledger).TryLease()!;
        var answers = new BlockAnswers([lease], "me", ledger);

        var described = (await answers.Describe(new DescribeRequest(), default).ToListAsync()).Select(d => d.Series).OfType<SeriesBatch>().ToList();
        Assert.Equal(meta.Stats.Profiles, (long)described.SelectMany(b => b.Rows).Aggregate(0UL, (sum, rows) => sum + rows));
        Assert.Equal(meta.Stats.Series, described.Sum(b => b.Fingerprints.Count));

        // All rows lie within what meta.json says.
        var ranged = new Selection { Range = new Api.Peers.Range { Start = meta.MinTime, End = meta.MaxTime } };
        Assert.Equal(
            described,
            (await answers.Describe(new DescribeRequest { Selection = ranged }, default).ToListAsync()).Select(d => d.Series).OfType<SeriesBatch>());
        Assert.Empty(await answers.Describe(new DescribeRequest { Selection = new() { Range = new() { Start = meta.MaxTime + 1, End = long.MaxValue } } }, default).ToListAsync());

        var profiles = await lease.Profiles(default);
        Assert.Equal(meta.Stats.Samples, profiles.ValueCount(profiles.Column("Samples.list.element.Value")));

        var whole = new PointsForm { Start = meta.MaxTime, Step = 1, End = meta.MaxTime };
        var types = (await answers.Labels(new LabelsRequest { Kind = LabelsRequest.Types.Kind.ProfileTypes }, default)).Texts;
        Assert.NotEmpty(types);
        foreach (var type in types)
        {
            var selection = new Selection { Selectors = { new Selector { Matchers = { new Matcher { Name = "__profile_type__", Value = type } } } } };
            var total = await Points(answers, selection, whole);

            // Half and half, by time, come to the whole.
            var middle = (meta.MinTime + meta.MaxTime) / 2;
            var (first, second) = (selection.Clone(), selection.Clone());
            first.Range = new() { Start = 0, End = middle };
            second.Range = new() { Start = middle + 1, End = long.MaxValue };
            Assert.Equal(total, await Points(answers, first, whole) + await Points(answers, second, whole));

            var stacks = await answers.Sum(new SumRequest { Selection = selection, Stacks = new StacksForm() }, default).ToListAsync();
            var table = Profile.Parser.ParseFrom(stacks.SelectMany(p => p.Stacks.ToByteArray()).ToArray());
            Assert.Equal(total, table.Sample.Sum(s => s.Value[0]));
            var pieces = await answers.Sum(new SumRequest { Selection = selection, Tree = new TreeForm() }, default).ToListAsync();
            Assert.Equal(total, TreeCodec.Decode(new(pieces.SelectMany(p => p.Tree.ToByteArray()).ToArray())).Totals()[0]);
        }

        Assert.Equal(0, ledger.UsedFor(MemoryKind.Accumulators));
    }

    private static async Task<long> Points(BlockAnswers answers, Selection selection, PointsForm form)
    {
        var parts = await answers.Sum(new SumRequest { Selection = selection, Points = form }, default).ToListAsync();
        return parts.Sum(p => p.Points.Sums.Sum());
    }
}
