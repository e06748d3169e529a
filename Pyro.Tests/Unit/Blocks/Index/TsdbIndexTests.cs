using CsCheck;
using Pyro.Blocks.Index;
using Pyro.Profiles.Labels;

namespace Pyro.Tests.Unit.Blocks.Index;

public class TsdbIndexTests
{
    private const int Many = 3000;

    private static readonly string[] Names = ["a", "b", "pod", "é", "\U0001F600", "\uFFFD"];
    private static readonly string[] Values = ["", "x", "y", "xy", "é", "\U0001F600", "\uFFFD", "x|y", "\n"];
    private static readonly string[] Expressions = ["x|y", ".*", ".+", "x.*", "", "(x)?", "[^x]+", "nothing", "\u00e9|\n"];

    private static readonly Gen<List<IndexRow>> Rows =
        (from labels in Gen.Select(Gen.OneOf(Names), Gen.OneOf(Gen.OneOf(Values), Gen.Int[0, 99].Select(i => $"v{i}")),
            (name, value) => new Label(name, value)).List[1, 6]
         from start in Gen.Long[-1_000_000_000_000, 2_000_000_000_000_000_000]
         from length in Gen.Long[0, 1_000_000_000_000]
         select new IndexRow(LabelSet.From(labels), start, start + length)).List[1, 200]
        .Select(rows => IndexFiles.Sorted(rows.Where(r => r.Labels.Count > 0)))
        .Where(rows => rows.Count > 0);

    private static readonly Gen<LabelMatcher> Matchers =
        from op in Gen.Enum<MatchOp>()
        from name in Gen.OneOf((string[])[.. Names, "absent"])
        from value in op is MatchOp.Equal or MatchOp.NotEqual ? Gen.OneOf((string[])[.. Values, "v1", "v50", "nothing"]) : Gen.OneOf(Expressions)
        select new LabelMatcher(op, name, value);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_written_is_read_back()
    {
        await Rows.SampleAsync(
            async rows =>
            {
                using var index = await IndexFiles.Open(await IndexFiles.Write(rows));
                Assert.Equal(rows.Count, await index.Verify(Cancellation));
                Assert.Equal((rows.Min(r => r.MinTime), rows.Max(r => r.MaxTime)), (index.MinTime, index.MaxTime));
                var series = await index.Read(await index.Select([], Cancellation), Cancellation);
                var labels = await index.Labels(series, Cancellation);
                Assert.Equal(rows.Select(r => r.Labels), labels);
                for (var i = 0; i < rows.Count; i++)
                {
                    var entry = series.Series[i];
                    Assert.Equal((rows[i].Labels.Fingerprint, (uint)i), (entry.Fingerprint, entry.SeriesIndex));
                    Assert.Equal((rows[i].MinTime, rows[i].MaxTime), (entry.MinTime, entry.MaxTime));
                }

                var names = rows.SelectMany(r => r.Labels.Labels.ToArray()).Select(l => l.Name).Distinct().Order(Utf8Order.Comparer).ToList();
                Assert.Equal(names, await index.LabelNames(Cancellation));
                foreach (var name in names)
                {
                    Assert.Equal(DistinctValues(rows, name), await IndexFiles.Values(index, name));
                }
            },
            iter: 100);
    }

    [Fact]
    public async Task Matchers_select_what_trying_each_series_selects()
    {
        await Gen.Select(Rows, Matchers.List[0, 4]).SampleAsync(
            async (rows, matchers) =>
            {
                using var index = await IndexFiles.Open(await IndexFiles.Write(rows));
                var selected = await index.Read(await index.Select(matchers, Cancellation), Cancellation);
                var expected = rows.Where(r => matchers.All(m => m.Matches(r.Labels.Get(m.Name) ?? ""))).ToList();
                Assert.Equal(expected.Select(r => r.Labels), await index.Labels(selected, Cancellation));
                Assert.Equal(
                    expected.SelectMany(r => r.Labels.Labels.ToArray()).Select(l => l.Name).Distinct().Order(Utf8Order.Comparer),
                    await index.LabelNames(selected, Cancellation));
                foreach (var name in Names)
                {
                    Assert.Equal(DistinctValues(expected, name), await IndexFiles.Values(index, name, selected));
                }
            },
            iter: 300);
    }

    [Fact]
    public async Task Series_are_grouped_as_their_projected_labels_are()
    {
        await Gen.Select(Rows, Gen.OneOf(Names).List[0, 3]).SampleAsync(
            async (rows, names) =>
            {
                using var index = await IndexFiles.Open(await IndexFiles.Write(rows));
                var groups = await index.GroupBy(await index.ReadAll(Cancellation), names, Cancellation);
                Assert.Equal(rows.Select(r => r.Labels.Project(names)), groups.GroupOf.Select(g => groups.Labels[g]));
                Assert.Equal(groups.Labels.Length, groups.Labels.Distinct().Count());
            },
            iter: 100);
    }

    [Fact]
    public async Task Long_lists_and_values_beyond_a_fetch_are_read()
    {
        var rows = new List<IndexRow>();
        for (var i = 0; i < Many; i++)
        {
            rows.Add(new IndexRow(IndexFiles.Labels(("pod", $"{i:0000}-{new string('x', i % 700)}"), ("all", "same"), ("half", $"{i % 2}")), i, i));
        }

        rows.Add(new IndexRow(IndexFiles.Labels(("pod", new string('y', 1 << 20)), ("all", "same"), ("half", "0")), 1, 2));
        rows = IndexFiles.Sorted(rows);
        using var index = await IndexFiles.Open(await IndexFiles.Write(rows));
        var series = await index.Read(await index.Select([new LabelMatcher(MatchOp.Equal, "half", "0")], Cancellation), Cancellation);
        Assert.Equal(rows.Where(r => r.Labels.Get("half") == "0").Select(r => r.Labels), await index.Labels(series, Cancellation));
        Assert.Equal(DistinctValues(rows, "pod"), await IndexFiles.Values(index, "pod"));
        foreach (var row in rows.Where((_, i) => i % 97 == 0 || i == Many))
        {
            var found = await index.Select([new LabelMatcher(MatchOp.Equal, "pod", row.Labels.Get("pod")!)], Cancellation);
            Assert.Equal(row.Labels, Assert.Single(await index.Labels(await index.Read(found, Cancellation), Cancellation)));
        }

        Assert.Equal(rows.Count, await index.Verify(Cancellation));
    }

    [Fact]
    public async Task Series_are_found_by_fingerprint()
    {
        var rows = IndexFiles.Small(50);
        using var index = await IndexFiles.Open(await IndexFiles.Write(rows));
        var wanted = new HashSet<ulong> { rows[3].Labels.Fingerprint, rows[40].Labels.Fingerprint, 12 };
        var found = await index.ReadByFingerprint(wanted, Cancellation);
        Assert.Equal([rows[3].Labels, rows[40].Labels], await index.Labels(found, Cancellation));
        Assert.Equal([3u, 40u], found.Series.ToArray().Select(s => s.SeriesIndex));
    }

    [Fact]
    public async Task Opening_reads_the_ends_of_the_file_only()
    {
        var file = new MemoryBlockFile(await IndexFiles.Write(IndexFiles.Small(Many)));
        using var index = await TsdbIndex.Open(file, Cancellation);
        Assert.Equal((2, 81), (file.Reads, file.BytesRead));
        Assert.Equal(0, index.HeldBytes);
    }

    [Fact]
    public async Task One_value_is_found_without_reading_the_others()
    {
        var file = new MemoryBlockFile(await IndexFiles.Write(IndexFiles.Small(Many)));
        using var index = await TsdbIndex.Open(file, Cancellation);
        await index.LabelNames(Cancellation);
        file.Forget();
        var found = await index.Select([new LabelMatcher(MatchOp.Equal, "pod", "p1000"), new LabelMatcher(MatchOp.NotEqual, "zone", "us")], Cancellation);
        Assert.Single((await index.Read(found, Cancellation)).Series.ToArray());
        Assert.InRange(file.BytesRead, 1, 16 << 10);
    }

    [Fact]
    public async Task Equal_texts_are_one_string()
    {
        using var index = await IndexFiles.Open(await IndexFiles.Write(IndexFiles.Small()));
        var labels = await index.Labels(await index.ReadAll(Cancellation), Cancellation);
        Assert.Same(labels[0].Labels[0].Name, labels[1].Labels[0].Name);
    }

    [Fact]
    public void Series_out_of_order_and_empty_ones_are_refused()
    {
        var writer = new TsdbIndexWriter();
        writer.Add(IndexFiles.Labels(("a", "\uFFFD")), 1, 0, 0);
        writer.Add(IndexFiles.Labels(("a", "\U0001F600")), 2, 0, 0);
        Assert.Throws<ArgumentException>(() => writer.Add(IndexFiles.Labels(("a", "\U0001F600")), 3, 0, 0));
        Assert.Throws<ArgumentException>(() => writer.Add(IndexFiles.Labels(("a", "x"), ("b", "y")), 3, 0, 0));
        Assert.Throws<ArgumentException>(() => writer.Add(IndexFiles.Labels(("b", "x")), 3, 1, 0));
        Assert.Throws<ArgumentException>(() => new TsdbIndexWriter().Add(LabelSet.Empty, 1, 0, 0));
    }

    [Fact]
    public async Task An_index_without_series_is_not_written() =>
        await Assert.ThrowsAsync<InvalidOperationException>(() => IndexFiles.Write([]));

    private static List<string> DistinctValues(IEnumerable<IndexRow> rows, string name) =>
        [.. rows.Select(r => r.Labels.Get(name)).OfType<string>().Distinct().Order(Utf8Order.Comparer)];
}
