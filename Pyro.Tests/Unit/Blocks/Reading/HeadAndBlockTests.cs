using System.Buffers;
using CsCheck;
using Pyro.Api.Peers;
using Pyro.Api.Pprof;
using Pyro.Api.Types;
using Pyro.Blocks.Answers;
using Pyro.Ingester.Head;
using Pyro.Memory;
using Pyro.Profiles.Records;
using Pyro.Profiles.Trees;
using Pyro.Tests.Unit.Head;
using Pyro.Tests.Unit.Queries;

namespace Pyro.Tests.Unit.Blocks.Reading;

/// <summary>The same random profiles in heads and in blocks give equal answers, whatever is asked.</summary>
public sealed class HeadAndBlockTests
{
    [Fact]
    public Task Labels_are_equal() => Agree(async (held, blocks, _, random) =>
    {
        var selection = RandomSelections.Next(random);
        foreach (var request in (LabelsRequest[])
        [
            new() { Kind = LabelsRequest.Types.Kind.Names },
            new() { Kind = LabelsRequest.Types.Kind.Values, Name = "pod" },
            new() { Kind = LabelsRequest.Types.Kind.Values, Name = "absent" },
            new() { Kind = LabelsRequest.Types.Kind.ProfileTypes },
            new() { Kind = LabelsRequest.Types.Kind.Series },
            new() { Kind = LabelsRequest.Types.Kind.Series, By = { "region", "pod", "region" } },
            new() { Kind = LabelsRequest.Types.Kind.Series, By = { "absent" } },
        ])
        {
            request.Selection = selection;
            Assert.Equal(await held.Labels(request), await blocks.Labels(request, default));
        }
    });

    [Fact]
    public Task Descriptions_and_keys_are_equal() => Agree(async (held, blocks, _, random) =>
    {
        var selection = RandomSelections.Next(random);
        var ofHeads = await held.Describe(selection);
        var ofBlocks = await blocks.Describe(new DescribeRequest { Selection = selection }, default).ToListAsync();
        foreach (var holding in ofBlocks.Select(d => d.Holding).OfType<Holding>())
        {
            var head = ofHeads.Single(d => d.Holding?.Ulid == holding.Ulid).Holding.Clone();
            head.Open = false;
            head.Size = holding.Size;
            Assert.Equal(head, holding);
        }

        Assert.Equal(Series(ofHeads), Series(ofBlocks));
        var cumulative = Cumulative(ofBlocks);
        Assert.Superset(Cumulative(ofHeads), cumulative);

        var only = await blocks.Describe(new DescribeRequest { Selection = selection, HoldingsOnly = true }, default).ToListAsync();
        Assert.Equal(ofBlocks.Where(d => d.Holding is not null), only);

        var wanted = new SelectRequest { Selection = selection };
        foreach (var batch in ofHeads.Select(d => d.Series).OfType<SeriesBatch>())
        {
            wanted.Wanted.Add(new SeriesOfHolding { Ulid = batch.Ulid, Fingerprints = { batch.Fingerprints.Where(_ => random.Next(2) == 0), 5 } });
        }

        Assert.Equal(await held.Select(wanted), await blocks.Select(wanted, default).ToListAsync());
    });

    [Fact]
    public Task Trees_are_equal() => Agree(async (held, blocks, plain, random) =>
    {
        var (request, _) = await Planned(held, plain, random);
        request.Tree = new TreeForm { KeepNodes = random.Next(3) == 0 ? random.Next(1, 4) : 0 };
        if (random.Next(3) == 0)
        {
            request.Tree.Spans.AddRange([1, 2, 0]);
            request.Tree.OnlySpans = true;
        }

        var ofHeads = Tree(await held.Sum(request));
        var ofBlocks = Tree(await blocks.Sum(request, default).ToListAsync());
        if (request.Tree.KeepNodes == 0)
        {
            Assert.Equal(Held.Paths(ofHeads), Held.Paths(ofBlocks));
            Assert.Equal(Bytes(ofHeads), Bytes(ofBlocks));
        }

        Assert.Equal(Bytes(TreeCut.Thrice(ofHeads, request.Tree.KeepNodes)), Bytes(TreeCut.Thrice(ofBlocks, request.Tree.KeepNodes)));
    });

    [Fact]
    public Task Tables_are_equal() => Agree(async (held, blocks, plain, random) =>
    {
        var (request, _) = await Planned(held, plain, random);
        request.Stacks = new StacksForm();
        if (random.Next(2) == 0)
        {
            var site = random.Next(3) switch { 0 => "main", 1 => "outer;inner", _ => "app 0x1a2b" };
            request.Stacks.StackTraceSelector = new StackTraceSelector();
            request.Stacks.StackTraceSelector.CallSite.AddRange(site.Split(';').Select(n => new Api.Types.Location { Name = n }));
            if (random.Next(4) == 0)
            {
                request.Stacks.StackTraceSelector.GoPgo = new GoPGO();
            }
        }

        Assert.Equal(Table(await held.Sum(request)), Table(await blocks.Sum(request, default).ToListAsync()));
    });

    [Fact]
    public Task Points_are_equal() => Agree(async (held, blocks, plain, random) =>
    {
        var (request, _) = await Planned(held, plain, random);
        request.Points = new PointsForm { Start = 1000 - random.Next(5), Step = random.Next(1, 5), End = 1000 + random.Next(12) };
        request.Points.GroupBy.AddRange(random.Next(3) switch { 0 => [], 1 => ["pod"], _ => ["region", "__type__", "absent"] });
        if (random.Next(3) == 0)
        {
            request.Points.CallSite.AddRange(random.Next(2) == 0 ? ["main"] : ["outer", "inner"]);
        }

        Assert.Equal(await held.Sum(request), await blocks.Sum(request, default).ToListAsync());
    });

    private static async Task<(SumRequest Request, List<PlainRow> Rows)> Planned(Held held, PlainHeads plain, Random random)
    {
        var request = new SumRequest { Selection = RandomSelections.Next(random) };
        var (plan, rows) = await RandomSelections.Plan(held, plain.Rows, request.Selection, random);
        request.Plan.AddRange(plan);
        return (request, rows);
    }

    private static Task Agree(Func<Held, BlockAnswers, PlainHeads, Random, Task> check) => Gen.Int.SampleAsync(
        async seed =>
        {
            var random = new Random(seed);
            var (held, plain) = (new Held(), new PlainHeads());
            Ulid[] heads = random.Next(2) == 0 ? [Ulid.NewUlid()] : [Ulid.NewUlid(), Ulid.NewUlid()];
            for (var i = random.Next(1, 60); i > 0 || Views(held).Count(v => v.Rows.Count > 0) < heads.Length; i--)
            {
                var record = RandomRecords.Next(random);
                plain.Append(record);

                // Two heads divide time between them.
                held.Append(record, heads[record.TimeNanos / 1_000_000 < 1005 ? 0 : ^1]);
            }

            var ledger = new MemoryLedger(1L << 30);
            var leases = new List<Pyro.Blocks.Reading.BlockLease>();
            foreach (var view in Views(held))
            {
                leases.Add(MadeBlock.Opened(await MadeBlock.Of(view, random.Next(1, 30)), ledger).TryLease()!);
            }

            await check(held, new BlockAnswers(leases, "ingester-0", ledger), plain, random);
            Assert.Equal(0, ledger.UsedFor(MemoryKind.Accumulators));
            leases.ForEach(l => l.Dispose());
        },
        iter: 150);

    private static IEnumerable<HeadView> Views(Held held) => held.Store.Heads(Held.Tenant).Select(h => h.View());

    private static Dictionary<(string, ulong), (ulong, ulong)> Series(List<DescribeResponse> parts) => parts.Select(d => d.Series).OfType<SeriesBatch>()
        .SelectMany(b => b.Fingerprints.Select((f, i) => KeyValuePair.Create((b.Ulid.ToBase64(), f), (b.Rows[i], b.Checksums[i])))).ToDictionary();

    private static HashSet<ulong> Cumulative(List<DescribeResponse> parts) =>
        [.. parts.Select(d => d.Series).OfType<SeriesBatch>().SelectMany(b => b.Fingerprints.Where((_, i) => b.Cumulative[i]))];

    private static NameTree Tree(List<SumResponse> parts)
    {
        Assert.True(parts[^1].Last);
        Assert.DoesNotContain(parts.SkipLast(1), p => p.Last);
        return TreeCodec.Decode(new ReadOnlySequence<byte>(parts.SelectMany(p => p.Tree.ToByteArray()).ToArray()));
    }

    private static byte[] Bytes(NameTree tree)
    {
        var bytes = new ArrayBufferWriter<byte>();
        PyroscopeTree.Write(tree, bytes);
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Stacks with all that is told of their symbols, and the value of each.</summary>
    private static SortedDictionary<string, long> Table(List<SumResponse> parts)
    {
        Assert.True(parts[^1].Last);
        var profile = Profile.Parser.ParseFrom(parts.SelectMany(p => p.Stacks.ToByteArray()).ToArray());
        var stacks = new SortedDictionary<string, long>(StringComparer.Ordinal);
        var locations = profile.Location.ToDictionary(l => l.Id, l => Text(profile, l));
        foreach (var sample in profile.Sample)
        {
            var stack = string.Join('\n', sample.LocationId.Select(l => locations[l]));
            stacks[stack] = stacks.GetValueOrDefault(stack) + Assert.Single(sample.Value);
        }

        return stacks;
    }

    private static string Text(Profile profile, Api.Pprof.Location location)
    {
        var text = profile.StringTable;
        var mapping = profile.Mapping.Single(m => m.Id == location.MappingId);
        var lines = location.Line.Select(line =>
        {
            var function = profile.Function.Single(f => f.Id == line.FunctionId);
            return $"{text[(int)function.Name]}/{text[(int)function.SystemName]}/{text[(int)function.Filename]}:{line.Line_}/{function.StartLine}";
        });
        return $"{location.Address:x} {text[(int)mapping.Filename]} {text[(int)mapping.BuildId]} {mapping.MemoryStart} {mapping.MemoryLimit} {mapping.FileOffset} "
            + $"{mapping.HasFunctions}{mapping.HasFilenames}{mapping.HasLineNumbers}{mapping.HasInlineFrames}{location.IsFolded} {string.Join(',', lines)}";
    }
}
