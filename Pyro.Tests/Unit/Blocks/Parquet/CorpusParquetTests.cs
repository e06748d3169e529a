using ParquetSharp;
using Pyro.Blocks.Parquet;
using Pyro.Disk;
using Pyro.Profiles.Records;

namespace Pyro.Tests.Unit.Blocks.Parquet;

/// <summary>Every table that Pyroscope wrote is read as another reader reads it, and written again in no more bytes.</summary>
public class CorpusParquetTests
{
    public static TheoryData<string> Blocks => [.. Stores().Select(Path.GetFileName).Select(n => n!)];

    [Theory]
    [MemberData(nameof(Blocks))]
    public async Task Columns_are_as_ParquetSharp_reads_them(string block)
    {
        if (Repository.Corpus is null) return;
        int columns = 0;
        foreach (string path in Files(block, "*.parquet"))
        {
            using var judge = new ParquetFileReader(path);
            ParquetFile file = await ParquetFile.Open(new MemoryFile(await File.ReadAllBytesAsync(path), path), CancellationToken.None);
            Assert.Equal(judge.FileMetaData.NumRows, file.RowCount);
            foreach (ParquetColumn column in file.Schema.Columns)
            {
                Column theirs = ParquetSharpColumns.Read(judge, column), ours = await Column.Read(file, column);
                Assert.Equal(theirs.Rows, ours.Rows);
                int third = file.RowCount / 3;
                Column some = await Column.Read(file, column, RowRanges.Between(third, file.RowCount - 1));
                Assert.Equal(theirs.Rows.Skip(third).Take(Math.Max(0, file.RowCount - 1 - third)), some.Rows);
                columns++;
            }
        }

        Assert.True(columns > 20);
    }

    [Theory]
    [MemberData(nameof(Blocks))]
    public async Task Profiles_written_again_are_the_same_rows_in_no_more_bytes(string block)
    {
        if (Repository.Corpus is null) return;
        foreach (string path in Files(block, "profiles.parquet"))
        {
            byte[] original = await File.ReadAllBytesAsync(path);
            ParquetFile file = await ParquetFile.Open(new MemoryFile(original, path), CancellationToken.None);
            if (!file.TryColumn("TotalValue", out _))
                continue; // written before the columns of today
            byte[] again = await Rewrite(file);
            ParquetFile written = await ParquetFile.Open(new MemoryFile(again), CancellationToken.None);
            foreach (ParquetColumn column in file.Schema.Columns)
            {
                Column before = await Column.Read(file, column), after = await Column.Read(written, written.Column(column.Path));
                Assert.Equal(Texts(before), Texts(after));
            }

            TestContext.Current.TestOutputHelper?.WriteLine($"{path}: {original.Length} -> {again.Length} ({(double)again.Length / original.Length:F3})");
            Assert.True(again.Length <= original.Length, $"{path}: {again.Length} bytes where Pyroscope has {original.Length}");
        }
    }

    /// <summary>Span ids of 0 and null are one.</summary>
    private static IEnumerable<string> Texts(Column column) => column.Rows.Select(r => string.Join(',', r.Select(v => v ?? "0")));

    private static async Task<byte[]> Rewrite(ParquetFile file)
    {
        var disk = new ForgettingDisk(1);
        using (var writer = new ProfilesWriter(disk, "/profiles.parquet"))
        {
            await Copy(file, writer);
            long length = await writer.Finish(CancellationToken.None);
            Assert.Equal(length, disk.List("/")[0].Length);
        }

        return await disk.ReadAll("/profiles.parquet", int.MaxValue, CancellationToken.None);
    }

    private static async Task Copy(ParquetFile file, ProfilesWriter writer)
    {
        ParquetColumn[] columns = [.. ProfilesSchema.Profiles.Columns.Select(c => file.TryColumn(c.Path, out ParquetColumn? there) ? there : null!).Where(c => c is not null && c.MaxRepetition < 2)];
        await using RowScan scan = file.Scan(RowRanges.All(file.RowCount), 1 << 20, columns);
        while (await scan.Next(CancellationToken.None))
        {
            for (int row = 0; row < scan.Count; row++)
                await writer.Add(RowOf(scan, columns, row), CancellationToken.None);
        }
    }

    private static ProfileRow RowOf(RowScan scan, ParquetColumn[] columns, int row)
    {
        int At(string path) => Array.FindIndex(columns, c => c.Path == path);
        long Number(string path) => At(path) is >= 0 and var c ? scan[c].Numbers[row] : 0;
        int End(int c, int r) => r < 0 ? 0 : scan[c].RowEnds[r];
        ReadOnlySpan<long> Numbers(string path) => At(path) is >= 0 and var c ? scan[c].Numbers[End(c, row - 1)..End(c, row)] : [];
        int trace = At("Samples.list.element.TraceID"), key = At("Annotations.list.element.Key"), value = At("Annotations.list.element.Value");
        var annotations = new List<Annotation>();
        for (int i = key < 0 ? 0 : End(key, row - 1); key >= 0 && i < End(key, row); i++)
            annotations.Add(new Annotation(scan[key].BytesOf(i).ToArray(), scan[value].BytesOf(i).ToArray()));
        return new ProfileRow
        {
            Id = ProfileId.Read(scan[At("ID")].BytesOf(row)),
            SeriesIndex = (int)Number("SeriesIndex"),
            Partition = (ulong)Number("StacktracePartition"),
            Stacks = Numbers("Samples.list.element.StacktraceID"),
            Values = Numbers("Samples.list.element.Value"),
            Spans = Numbers("Samples.list.element.SpanID"),
            Traces = trace < 0 ? [] : scan[trace].Bytes[(16 * End(trace, row - 1))..(16 * End(trace, row))],
            DropFrames = Number("DropFrames"),
            KeepFrames = Number("KeepFrames"),
            TimeNanos = Number("TimeNanos"),
            DurationNanos = Number("DurationNanos"),
            Period = Number("Period"),
            Comments = Numbers("Comments.list.element"),
            DefaultSampleType = Number("DefaultSampleType"),
            Annotations = annotations.ToArray(),
        };
    }

    private static IEnumerable<string> Stores()
    {
        string? corpus = Repository.Corpus;
        return corpus is null ? [""] : Directory.EnumerateDirectories(Path.Combine(corpus, "blocks")).Order(StringComparer.Ordinal);
    }

    private static IEnumerable<string> Files(string block, string pattern) =>
        Directory.EnumerateFiles(Path.Combine(Repository.Corpus!, "blocks", block, "store"), pattern, SearchOption.AllDirectories).Order(StringComparer.Ordinal);
}
