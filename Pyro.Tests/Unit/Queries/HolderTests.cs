using CsCheck;
using Google.Protobuf;
using Grpc.Core;
using Pyro.Api.Peers;
using Pyro.Blocks.Answers;
using Pyro.Api.Pprof;
using Pyro.Profiles.Records;
using Pyro.Tests.Unit.Head;

namespace Pyro.Tests.Unit.Queries;

/// <summary>Every call of a holder against a plain model, over random records, selections and plans.</summary>
public class HolderTests
{
    [Fact]
    public Task Labels_agree_with_the_plain_model() => Agree(async (held, plain, random) =>
    {
        var selection = RandomSelections.Next(random);
        var rows = RandomSelections.Rows(plain.Rows, selection);
        var names = await held.Labels(new LabelsRequest { Kind = LabelsRequest.Types.Kind.Names, Selection = selection });
        Assert.Equal(Sorted(rows.SelectMany(r => r.Labels.Select(l => l.Name))), names.Texts);
        foreach (var name in (string[])["pod", "service_name", "region", "absent", "__type__"])
        {
            var values = await held.Labels(new LabelsRequest { Kind = LabelsRequest.Types.Kind.Values, Selection = selection, Name = name });
            Assert.Equal(Sorted(rows.Select(r => r.Get(name)).OfType<string>()), values.Texts);
        }

        var types = await held.Labels(new LabelsRequest { Kind = LabelsRequest.Types.Kind.ProfileTypes, Selection = selection });
        Assert.Equal(Sorted(rows.Select(r => r.Get("__profile_type__")!)), types.Texts);
    });

    [Fact]
    public Task Series_agree_with_the_plain_model() => Agree(async (held, plain, random) =>
    {
        var selection = RandomSelections.Next(random);
        string[] by = random.Next(4) switch { 0 => [], 1 => ["pod"], 2 => ["region", "pod", "region"], _ => ["absent", "service_name", "__type__"] };
        var request = new LabelsRequest { Kind = LabelsRequest.Types.Kind.Series, Selection = selection };
        request.By.AddRange(by);
        var answer = await held.Labels(request);
        var expected = RandomSelections.Rows(plain.Rows, selection)
            .Select(r => Text(r.Labels.Where(l => by.Length == 0 || by.Contains(l.Name)).OrderBy(l => l.Name, StringComparer.Ordinal)))
            .Distinct().ToHashSet();
        var sets = answer.Series.Select(s => Text(s.Labels_.Select(l => (l.Name, l.Value)))).ToList();
        Assert.Equal(expected.Count, sets.Count);
        Assert.Equal(expected, sets.ToHashSet());
        Assert.Equal(sets, answer.Series.Order(LabelsOrder.Comparer).Select(s => Text(s.Labels_.Select(l => (l.Name, l.Value)))));
    });

    [Fact]
    public Task Descriptions_and_keys_agree_with_the_plain_model() => Agree(async (held, plain, random) =>
    {
        var selection = RandomSelections.Next(random);
        var parts = await held.Describe(selection);
        var holding = Assert.Single(parts, p => p.PartCase == DescribeResponse.PartOneofCase.Holding).Holding;
        Assert.Same(parts[0].Holding, holding);
        Assert.Equal((plain.Rows.Min(r => r.Millis), plain.Rows.Max(r => r.Millis)), (holding.Range.Start, holding.Range.End));
        var bySeries = RandomSelections.Rows(plain.Rows, selection).GroupBy(r => r.Fingerprint).OrderBy(g => g.Key).ToList();
        var batches = parts.Skip(1).Select(p => p.Series).ToList();
        Assert.Equal(bySeries.Select(g => g.Key), batches.SelectMany(b => b.Fingerprints));
        Assert.Equal(bySeries.Select(g => (ulong)g.Count()), batches.SelectMany(b => b.Rows));
        Assert.Equal(bySeries.Select(Checksum), batches.SelectMany(b => b.Checksums));
        Assert.Equal(bySeries.Select(g => plain.Rows.Any(r => r.Fingerprint == g.Key && r.Cumulative)), batches.SelectMany(b => b.Cumulative));

        var wanted = new SeriesOfHolding { Ulid = holding.Ulid };
        wanted.Fingerprints.AddRange(bySeries.Where(_ => random.Next(2) == 0).Select(g => g.Key));
        var keys = await held.Select(new SelectRequest { Selection = selection, Wanted = { wanted } });
        Assert.Equal(wanted.Fingerprints, keys.Select(k => k.Fingerprint));
        foreach (var key in keys)
        {
            var rows = bySeries.Single(g => g.Key == key.Fingerprint).OrderBy(r => r.TimeNanos).ThenBy(r => r.Id).ToList();
            Assert.Equal(rows.Select(r => r.TimeNanos), key.Times);
            Assert.Equal(rows.SelectMany(r => IdBytes(r.Id)), key.Ids.ToByteArray());
        }
    });

    [Fact]
    public Task Trees_agree_with_the_plain_model() => Agree(async (held, plain, random) =>
    {
        var selection = RandomSelections.Next(random);
        var (plan, rows) = await RandomSelections.Plan(held, plain.Rows, selection, random);
        var form = new TreeForm();
        if (random.Next(3) == 0)
        {
            form.Spans.AddRange([1, 2, 0]);
            form.OnlySpans = true;
        }

        var expected = Sums(rows.SelectMany(r => r.Samples).Where(s => !form.OnlySpans || s.Span is 1 or 2));
        Assert.Equal(expected, await held.Tree(selection, form, plan));
    });

    [Fact]
    public Task Stacks_agree_with_the_plain_model() => Agree(async (held, plain, random) =>
    {
        var selection = RandomSelections.Next(random);
        var (plan, rows) = await RandomSelections.Plan(held, plain.Rows, selection, random);
        var form = new StacksForm();
        var site = random.Next(2) == 0 ? "main" : "outer;inner";
        if (random.Next(2) == 0)
        {
            form.StackTraceSelector = new Api.Types.StackTraceSelector();
            form.StackTraceSelector.CallSite.AddRange(site.Split(';').Select(n => new Api.Types.Location { Name = n }));
        }

        var all = rows.SelectMany(r => r.Samples).Where(s => form.StackTraceSelector is null || $"{s.Path};".StartsWith($"{site};", StringComparison.Ordinal));
        Assert.Equal(Sums(all), Sums(Samples(await held.Stacks(selection, form, plan))));
    });

    [Fact]
    public Task Points_agree_with_the_plain_model() => Agree(async (held, plain, random) =>
    {
        var selection = RandomSelections.Next(random);
        var (plan, rows) = await RandomSelections.Plan(held, plain.Rows, selection, random);
        var form = new PointsForm { Start = 1000 - random.Next(5), Step = random.Next(1, 5), End = 1000 + random.Next(12) };
        form.GroupBy.AddRange(random.Next(3) switch { 0 => [], 1 => ["pod"], _ => ["region", "__type__", "absent"] });
        var site = random.Next(3) == 0;
        if (site)
        {
            form.CallSite.Add("main");
        }

        var expected = new Dictionary<(string Labels, long Time), (long Sum, ulong Count)>();
        foreach (var row in rows)
        {
            for (var t = form.Start; t <= form.End; t += form.Step)
            {
                if ((row.Millis > t - form.Step || t == form.Start) && row.Millis <= t)
                {
                    var key = (Text(row.Labels.Where(l => form.GroupBy.Contains(l.Name)).OrderBy(l => l.Name, StringComparer.Ordinal)), t);
                    var (sum, count) = expected.GetValueOrDefault(key);
                    expected[key] = (sum + row.Samples.Where(s => !site || $"{s.Path};".StartsWith("main;", StringComparison.Ordinal)).Sum(s => s.Value), count + 1);
                }
            }
        }

        var answer = await held.Points(selection, form, plan);
        Assert.All(answer, g => Assert.Equal(g.Times.Order().Distinct(), g.Times));
        var points = answer.SelectMany(g => g.Times.Select((t, i) =>
            KeyValuePair.Create((Text(g.Labels.Labels_.Select(l => (l.Name, l.Value))), t), (g.Sums[i], g.Counts[i]))));
        Assert.Equal(expected, points.ToDictionary());
    });

    [Fact]
    public async Task A_ulid_that_is_not_held_is_not_found()
    {
        var held = new Held();
        held.Append(RecordByHand.Cpu("a").Sample("main", 1).Build());
        var ulid = ByteString.CopyFrom(Ulid.NewUlid().ToByteArray());
        var sum = new SumRequest { Tree = new TreeForm(), Plan = { new PlanOfHolding { Ulid = ulid, Whole = true } } };
        Assert.Equal(StatusCode.NotFound, (await Assert.ThrowsAsync<RpcException>(() => held.Sum(sum))).StatusCode);
        var select = new SelectRequest { Wanted = { new SeriesOfHolding { Ulid = ulid } } };
        Assert.Equal(StatusCode.NotFound, (await Assert.ThrowsAsync<RpcException>(() => held.Select(select))).StatusCode);
    }

    [Fact]
    public async Task Labels_name_what_is_expected_and_not_held_any_more()
    {
        var held = new Held();
        var head = Ulid.NewUlid();
        held.Append(RecordByHand.Cpu("a").Sample("main", 1).Build(), head);
        var gone = Ulid.NewUlid();
        var answer = await held.Labels(new LabelsRequest { Expected = { WireIds.Bytes(head), WireIds.Bytes(gone) } });
        Assert.Equal(WireIds.Bytes(gone), Assert.Single(answer.Gone));
    }

    [Fact]
    public async Task A_bad_expression_is_refused()
    {
        var held = new Held();
        var selection = new Selection { Selectors = { new Selector { Matchers = { new Matcher { Op = Matcher.Types.Op.Regex, Name = "a", Value = "(" } } } } };
        var refused = await Assert.ThrowsAsync<RpcException>(() => held.Labels(new LabelsRequest { Selection = selection }));
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        Assert.StartsWith("failed to parse label selector: ", refused.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sum_that_nobody_waits_for_ends()
    {
        var held = new Held();
        held.Append(RecordByHand.Cpu("a").Sample("main", 1).Build());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => held.Sum(new SumRequest { Tree = new TreeForm() }, new CancellationToken(canceled: true)));
    }

    [Fact]
    public async Task A_tenant_without_profiles_has_empty_answers()
    {
        var held = new Held();
        Assert.Empty(await held.Describe(null));
        Assert.Empty((await held.Labels(new LabelsRequest())).Texts);
        Assert.Empty(await held.Tree(null));
        Assert.Empty(await held.Points(null, new PointsForm { Step = 1 }));
        Assert.Equal([""], (await held.Stacks(null)).StringTable);
    }

    private static Task Agree(Func<Held, PlainHeads, Random, Task> check) =>
        Gen.Int.SampleAsync(
            async seed =>
            {
                var random = new Random(seed);
                var (held, plain) = (new Held(), new PlainHeads());
                for (var i = random.Next(1, 60); i > 0 || plain.Rows.Count == 0; i--)
                {
                    var record = RandomRecords.Next(random);
                    held.Append(record);
                    plain.Append(record);
                }

                for (var i = 0; i < 4; i++)
                {
                    await check(held, plain, random);
                }
            },
            iter: 60);

    private static IEnumerable<string> Sorted(IEnumerable<string> texts) => texts.Distinct().Order(Comparer<string>.Create(
        (a, b) => System.Text.Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(System.Text.Encoding.UTF8.GetBytes(b))));

    private static string Text(IEnumerable<(string Name, string Value)> labels) => string.Join(',', labels.Select(l => $"{l.Name}={l.Value}"));

    private static Dictionary<string, long> Sums(IEnumerable<PlainSample> samples) =>
        samples.GroupBy(s => s.Path).ToDictionary(g => g.Key, g => g.Sum(s => s.Value));

    private static byte[] IdBytes(ProfileId id)
    {
        var bytes = new byte[16];
        id.Write(bytes);
        return bytes;
    }

    private static ulong Checksum(IEnumerable<PlainRow> rows) =>
        rows.Aggregate(0UL, (sum, r) => sum + System.IO.Hashing.XxHash64.HashToUInt64([.. BitConverter.GetBytes(r.TimeNanos), .. IdBytes(r.Id)]));

    private static IEnumerable<PlainSample> Samples(Profile profile)
    {
        var locations = profile.Location.ToDictionary(l => l.Id);
        var functions = profile.Function.ToDictionary(f => f.Id);
        var mappings = profile.Mapping.ToDictionary(m => m.Id);
        foreach (var sample in profile.Sample)
        {
            var frames = sample.LocationId.Reverse().SelectMany(id => locations[id].Line.Count == 0
                ? [$"{Path.GetFileName(profile.StringTable[(int)mappings[locations[id].MappingId].Filename])} 0x{locations[id].Address:x}".Trim()]
                : locations[id].Line.Reverse().Select(l => profile.StringTable[(int)functions[l.FunctionId].Name]));
            yield return new PlainSample(string.Join(';', frames), Assert.Single(sample.Value), 0);
        }
    }
}
