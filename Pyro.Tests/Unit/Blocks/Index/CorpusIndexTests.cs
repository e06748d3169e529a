using Pyro.Blocks.Index;
using Pyro.Profiles.Labels;

namespace Pyro.Tests.Unit.Blocks.Index;

/// <summary>Indexes that Pyroscope wrote: read whole, and written again to the same bytes.</summary>
public class CorpusIndexTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_recorded_index_is_whole()
    {
        if (Repository.Corpus is null) return;
        Assert.NotEmpty(IndexFiles.OfCorpus());
        foreach (var path in IndexFiles.OfCorpus())
        {
            using var index = await IndexFiles.Open(await File.ReadAllBytesAsync(path));
            Assert.True(await index.Verify(Cancellation) > 0, path);
        }
    }

    [Fact]
    public async Task Every_recorded_index_is_written_again_to_the_same_bytes()
    {
        if (Repository.Corpus is null) return;
        foreach (var path in IndexFiles.OfCorpus())
        {
            var bytes = await File.ReadAllBytesAsync(path);
            using var index = await IndexFiles.Open(bytes);
            var series = await index.ReadAll(Cancellation);
            var labels = await index.Labels(series, Cancellation);
            var writer = new TsdbIndexWriter();
            for (var i = 0; i < series.Count; i++)
            {
                var entry = series.Series[i];
                Assert.Equal((uint)i, entry.SeriesIndex);
                Assert.Equal(labels[i].Fingerprint, entry.Fingerprint);
                writer.Add(labels[i], entry.Fingerprint, entry.MinTime, entry.MaxTime);
            }

            var again = await IndexFiles.Write(writer);
            Assert.True(bytes.AsSpan().SequenceEqual(again), path);
        }
    }

    [Fact]
    public async Task The_vectors_of_the_format_hold()
    {
        if (Repository.Corpus is null) return;
        using var two = await Open("01HD3X85G9BGAG4S3TKPNMFG4Z");
        Assert.Equal((1_000_000_000L, 20_000_000_000L), (two.MinTime, two.MaxTime));
        var series = await two.ReadAll(Cancellation);
        Assert.Equal([11u, 14u], series.Series.ToArray().Select(s => s.Reference));
        Assert.Equal(0x6e1aa9129d4323f0UL, series.Series[0].Fingerprint);
        Assert.Equal(
            IndexFiles.Labels(
                ("__name__", "process_cpu"), ("__period_type__", "cpu"), ("__period_unit__", "nanoseconds"),
                ("__profile_type__", "process_cpu:cpu:nanoseconds:cpu:nanoseconds"), ("__type__", "cpu"), ("__unit__", "nanoseconds"), ("job", "a")),
            (await two.Labels(series, Cancellation))[0]);
        Assert.Equal(["a", "b"], await IndexFiles.Values(two, "job"));

        using var many = await Open("01HA2V3CPSZ9E0HMQNNHH89WSS");
        var all = await many.ReadAll(Cancellation);
        Assert.Equal((18, 45u, 0xe63ef59381bdbc1eUL), (all.Count, all.Series[0].Reference, all.Series[0].Fingerprint));
        var goroutines = await many.Select([new LabelMatcher(MatchOp.Equal, "__name__", "goroutine")], Cancellation);
        Assert.Equal([0x0afd5796a63a5981UL], (await many.Read(goroutines, Cancellation)).Series.ToArray().Select(s => s.Fingerprint));
    }

    private static async Task<TsdbIndex> Open(string block) =>
        await IndexFiles.Open(await File.ReadAllBytesAsync(IndexFiles.OfCorpus().First(p => p.Contains(block, StringComparison.Ordinal))));
}
