using System.Text;
using Pyro.Blocks.Index;
using Pyro.Disk;
using Pyro.Profiles.Labels;

namespace Pyro.Tests.Unit.Blocks.Index;

/// <summary>A series to be written into an index.</summary>
internal sealed record IndexRow(LabelSet Labels, long MinTime, long MaxTime);

/// <summary>Indexes for tests: of the corpus, and made.</summary>
internal static class IndexFiles
{
    /// <summary>The index.tsdb of every block of the corpus.</summary>
    public static IReadOnlyList<string> OfCorpus() => Meta.CorpusFiles.Find("index.tsdb");

    public static async Task<byte[]> Write(IEnumerable<IndexRow> rows)
    {
        var writer = new TsdbIndexWriter();
        foreach (var row in rows)
        {
            writer.Add(row.Labels, row.Labels.Fingerprint, row.MinTime, row.MaxTime);
        }

        return await Write(writer);
    }

    public static async Task<byte[]> Write(TsdbIndexWriter writer)
    {
        var folder = Directory.CreateTempSubdirectory("pyro-index-");
        try
        {
            var path = Path.Combine(folder.FullName, "index.tsdb");
            var length = await writer.Write(new PhysicalDisk(), path, TestContext.Current.CancellationToken);
            var bytes = await File.ReadAllBytesAsync(path);
            Assert.Equal(length, bytes.Length);
            return bytes;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    public static ValueTask<TsdbIndex> Open(byte[] bytes) => TsdbIndex.Open(new MemoryBlockFile(bytes), TestContext.Current.CancellationToken);

    /// <summary>Two services with some pods each, in order.</summary>
    public static List<IndexRow> Small(int series = 6)
    {
        var rows = new List<IndexRow>();
        for (var i = 0; i < series; i++)
        {
            rows.Add(new IndexRow(Labels(("service_name", i % 2 == 0 ? "cart" : "api"), ("pod", $"p{i:000}"), ("zone", i % 3 == 0 ? "" : "eu")), i, 10 * i));
        }

        return Sorted(rows);
    }

    /// <summary>Rows in the order of a block, each label set once.</summary>
    public static List<IndexRow> Sorted(IEnumerable<IndexRow> rows) =>
        [.. rows.DistinctBy(r => r.Labels).OrderBy(r => r.Labels, LabelPairOrder.Comparer)];

    public static LabelSet Labels(params (string Name, string Value)[] labels) =>
        LabelSet.From(labels.Select(l => new Label(l.Name, l.Value)));

    public static async Task<List<string>> Values(TsdbIndex index, string name)
    {
        var values = new List<string>();
        await index.LabelValues(name, value => values.Add(Encoding.UTF8.GetString(value)), TestContext.Current.CancellationToken);
        return values;
    }

    public static async Task<List<string>> Values(TsdbIndex index, string name, SeriesEntries series)
    {
        var values = new List<string>();
        await index.LabelValues(name, series, value => values.Add(Encoding.UTF8.GetString(value)), TestContext.Current.CancellationToken);
        return values;
    }
}
