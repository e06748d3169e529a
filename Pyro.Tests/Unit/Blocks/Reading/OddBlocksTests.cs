using CsCheck;
using Pyro.Api.Peers;
using Pyro.Api.Types;
using Pyro.Blocks.Answers;
using Pyro.Blocks.Files;
using Pyro.Blocks.Index;
using Pyro.Blocks.Meta;
using Pyro.Blocks.Parquet;
using Pyro.Memory;
using Pyro.Profiles.Labels;
using Pyro.Profiles.Records;
using Pyro.Profiles.Trees;

namespace Pyro.Tests.Unit.Blocks.Reading;

/// <summary>
/// Blocks with all that the format allows and a head of ours never makes: stacks of a row in any order, repeated or absent, negative values and zeros, many
/// partitions, several rows of one time, series without the usual labels or with sessions, columns that are filled or not, small row groups.
/// </summary>
public sealed class OddBlocksTests
{
    private static readonly string[] Names = ["main", "a", "b", "c", "d"];

    private readonly MemoryLedger _ledger = new(256 << 20);

    [Fact]
    public Task Answers_are_those_of_the_rows_one_by_one() => Gen.Int.SampleAsync(async seed =>
    {
        var random = new Random(seed);
        var (made, rows) = await Made(random);
        var request = new SumRequest { Selection = new Selection() };
        var wanted = rows;
        if (random.Next(2) == 0)
        {
            var (start, end) = (random.Next(100), random.Next(100));
            request.Selection.Range = new() { Start = Math.Min(start, end), End = Math.Max(start, end) };
            wanted = [.. rows.Where(r => r.Time / 1_000_000 >= Math.Min(start, end) && r.Time / 1_000_000 <= Math.Max(start, end))];
        }

        if (random.Next(2) == 0)
        {
            var (name, value) = random.Next(3) switch { 0 => ("pod", $"p{random.Next(4)}"), 1 => (LabelNames.Session, "0a00000000000000"), _ => ("service_name", "") };
            request.Selection.Selectors.Add(new Api.Peers.Selector { Matchers = { new Matcher { Name = name, Value = value } } });
            wanted = [.. wanted.Where(r => (r.Labels.Get(name) ?? "") == value)];
        }

        using var lease = MadeBlock.Opened(made, _ledger).TryLease()!;
        var answers = new BlockAnswers([lease], "me", _ledger);

        request.Tree = new TreeForm();
        var spans = random.Next(2) == 0;
        if (spans) request.Tree.Spans.AddRange([3, 4]);
        var tree = TreeCodec.Decode(new((await answers.Sum(request, default).ToListAsync()).SelectMany(static p => p.Tree.ToByteArray()).ToArray()));
        Assert.Equal(Paths(wanted, s => !spans || s.Span is 3 or 4), Paths(tree));

        request.Points = new PointsForm { Start = 0, Step = 7, End = 105, GroupBy = { "pod" } };
        var points = (await answers.Sum(request, default).ToListAsync()).Select(static p => p.Points)
            .SelectMany(static p => p.Times.Select((t, i) => (p.Labels.Labels_.FirstOrDefault()?.Value ?? "", t, p.Sums[i], p.Counts[i])));
        Assert.Equal(
            wanted.GroupBy(static r => (Pod: r.Labels.Get("pod") ?? "", At: Math.Max(0, ((r.Time / 1_000_000) + 6) / 7 * 7)))
                .Select(static g => (g.Key.Pod, g.Key.At, g.Sum(static r => r.Samples.Sum(static s => s.Value)), (ulong)g.Count())).Order(),
            points.Order());

        var series = await answers.Labels(new LabelsRequest { Kind = LabelsRequest.Types.Kind.Series, Selection = request.Selection }, default);
        Assert.Equal(wanted.Select(static r => r.Labels.Fingerprint).Distinct().Count(), series.Series.Count);
        Assert.All(series.Series, static s => Assert.Equal(s.Labels_.OrderBy(static l => l.Name, StringComparer.Ordinal), s.Labels_));
        var described = (await answers.Describe(new DescribeRequest { Selection = request.Selection }, default).ToListAsync()).Select(static d => d.Series).OfType<SeriesBatch>();
        Assert.Equal(wanted.Count, (int)described.SelectMany(static b => b.Rows).Aggregate(0UL, static (sum, n) => sum + n));
    }, iter: 150);

    private static async Task<((BlockMeta Meta, IBlockFiles Files) Block, List<OddRow> Rows)> Made(Random random)
    {
        var made = new MadeBlock(Ulid.NewUlid(), groupRows: random.Next(1, 40));
        var partitions = Enumerable.Range(0, random.Next(1, 30)).Select(_ => (ulong)random.NextInt64(long.MinValue, long.MaxValue)).Distinct()
            .ToDictionary(static id => id, id => made.Partition(id).From(MadeBlock.Functions(Names, static i => i / 2)));
        var all = new List<OddRow>();
        var labels = Enumerable.Range(0, random.Next(1, 8)).Select(_ => Labels(random)).DistinctBy(static l => l.Fingerprint).Order(LabelPairOrder.Comparer).ToList();
        for (var series = 0; series < labels.Count; series++)
        {
            var times = Enumerable.Range(0, random.Next(1, 20)).Select(_ => random.NextInt64(20) * 5_300_000).Order().ToArray();
            made.Series(labels[series], times[0], times[^1]);
            foreach (var time in times)
            {
                var (id, source) = partitions.ElementAt(random.Next(partitions.Count));
                var withSpans = random.Next(2) == 0;
                OddSample[] samples = [.. Enumerable.Range(0, random.Next(1, 8)).Select(_ => new OddSample(random.Next(Names.Length + 1), random.Next(-50, 100), withSpans ? random.Next(6) : 0))];
                all.Add(new OddRow(labels[series], time, samples));
                await made.Row(new ProfileRow
                {
                    SeriesIndex = series,
                    Partition = id,
                    TimeNanos = time,
                    Id = new ProfileId((ulong)random.Next(3), 1),
                    Stacks = [.. samples.Select(s => (long)source.Stack(s.Stack))],
                    Values = [.. samples.Select(static s => s.Value)],
                    Spans = withSpans ? [.. samples.Select(static s => s.Span)] : [],
                    Traces = random.Next(3) == 0 ? [.. samples.SelectMany(static (_, i) => new byte[16].Select(b => (byte)i))] : [],
                    Period = random.Next(3),
                    DurationNanos = random.Next(3),
                    DefaultSampleType = random.Next(3),
                    DropFrames = random.Next(2),
                    Comments = random.Next(3) == 0 ? [1, 2] : [],
                    Annotations = random.Next(3) == 0 ? [new Annotation("throttled"u8.ToArray(), "{}"u8.ToArray())] : [],
                });
            }
        }

        return (await made.Finish(), all);
    }

    private static LabelSet Labels(Random random)
    {
        var labels = new List<Label> { new("pod", $"p{random.Next(4)}"), new("__profile_type__", "a:b:c:d:e") };
        if (random.Next(2) == 0) labels.Add(new(LabelNames.Session, $"{random.Next(9, 12):x2}00000000000000"));
        if (random.Next(2) == 0) labels.Add(new("service_name", "cart"));
        return LabelSet.From(labels);
    }

    private static SortedDictionary<string, long> Paths(List<OddRow> rows, Predicate<OddSample> counts)
    {
        var paths = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var sample in rows.SelectMany(static r => r.Samples).Where(s => s.Stack > 0 && counts(s)))
        {
            var path = "";
            for (var at = sample.Stack; at > 0; at = (at) / 2) path = "\n" + Names[at - 1] + path;
            paths[path] = paths.GetValueOrDefault(path) + sample.Value;
        }

        foreach (var none in paths.Where(static p => p.Value == 0).Select(static p => p.Key).ToList()) paths.Remove(none);
        return paths;
    }

    private static SortedDictionary<string, long> Paths(NameTree tree)
    {
        var paths = new SortedDictionary<string, long>(StringComparer.Ordinal);
        for (var node = 1; node < tree.NodeCount; node++)
        {
            if (tree.Self[node] == 0) continue;
            var path = "";
            for (var at = node; at > 0; at = tree.Parent[at]) path = "\n" + System.Text.Encoding.UTF8.GetString(tree.NameBytes(tree.Name[at])) + path;
            paths.Add(path, tree.Self[node]);
        }

        return paths;
    }

    private sealed record OddRow(LabelSet Labels, long Time, OddSample[] Samples);

    private sealed record OddSample(int Stack, long Value, long Span);
}
