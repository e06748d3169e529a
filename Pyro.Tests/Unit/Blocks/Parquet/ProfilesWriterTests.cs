using System.Buffers.Binary;
using DuckDB.NET.Data;
using ParquetSharp;
using ParquetSharp.IO;
using Pyro.Blocks.Parquet;

namespace Pyro.Tests.Unit.Blocks.Parquet;

/// <summary>What we write is read alike by us, by ParquetSharp and by DuckDB, and has what Pyroscope asks of it.</summary>
public sealed class ProfilesWriterTests
{
    [Theory]
    [InlineData(1, 1, 100_000)]
    [InlineData(2, 300, 100_000)]
    [InlineData(3, 300, 7)]
    [InlineData(4, 20_000, 9_000)]
    public async Task Rows_are_read_back_alike_by_ParquetSharp(int seed, int rows, int groupRows)
    {
        byte[] bytes = await new RandomRows(seed, rows).Write(groupRows);
        ParquetFile file = await ParquetFile.Open(new MemoryFile(bytes), CancellationToken.None);
        Assert.Equal(rows, file.RowCount);
        Assert.Equal((rows + groupRows - 1) / groupRows, file.GroupCount);
        using var input = new ManagedRandomAccessFile(new MemoryStream(bytes));
        using var judge = new ParquetFileReader(input);
        foreach (ParquetColumn column in file.Schema.Columns)
            Assert.Equal(ParquetSharpColumns.Read(judge, column).Rows, (await Column.Read(file, column)).Rows);
    }

    [Fact]
    public async Task Bytes_depend_on_the_rows_alone() =>
        Assert.Equal(await new RandomRows(5, 500).Write(200), await new RandomRows(5, 500).Write(200));

    [Fact]
    public async Task DuckDB_sums_the_same()
    {
        byte[] bytes = await new RandomRows(6, 2_000).Write(900);
        ParquetFile file = await ParquetFile.Open(new MemoryFile(bytes), CancellationToken.None);
        Column stacks = await Column.Read(file, file.Column("Samples.list.element.StacktraceID"));
        Column times = await Column.Read(file, file.Column("TimeNanos"));
        Column spans = await Column.Read(file, file.Column("Samples.list.element.SpanID"));
        string path = Path.Combine(Path.GetTempPath(), $"pyro-{Guid.NewGuid():N}.parquet");
        await File.WriteAllBytesAsync(path, bytes);
        try
        {
            using var duck = new DuckDBConnection("DataSource=:memory:");
            duck.Open();
            Assert.Equal(2_000L, Scalar(duck, $"SELECT count(*) FROM '{path}'"));
            Assert.Equal(stacks.Rows.Sum(r => (long)r.Length), Scalar(duck, $"SELECT sum(len(Samples))::BIGINT FROM '{path}'"));
            Assert.Equal(stacks.Rows.Sum(r => r.Sum(long.Parse!)), Scalar(duck, $"SELECT sum(s.StacktraceID)::BIGINT FROM (SELECT unnest(Samples) s FROM '{path}')"));
            Assert.Equal(spans.Rows.Sum(r => r.LongCount(v => v is not null)), Scalar(duck, $"SELECT count(s.SpanID)::BIGINT FROM (SELECT unnest(Samples) s FROM '{path}')"));
            Assert.Equal(times.Rows.Sum(r => long.Parse(r[0]!) / 1000 % 1_000_000), Scalar(duck, $"SELECT sum(epoch_us(TimeNanos) % 1000000)::BIGINT FROM '{path}'"));
            Assert.Equal(7L, Scalar(duck, $"SELECT count(*) FROM '{path}' WHERE SeriesIndex = 100"));
            Assert.Equal("21", Scalar(duck, $"SELECT count(DISTINCT path_in_schema)::VARCHAR FROM parquet_metadata('{path}')"));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task Page_indexes_and_places_are_as_Pyroscope_needs_them()
    {
        byte[] bytes = await new RandomRows(7, 2_500).Write(1_000);
        ParquetMetadataView view = ParquetMetadataView.Of(bytes);
        Assert.Equal([0, 1, 2], view.Ordinals);

        // All column indexes in one area, then all offset indexes, from that of group 0, column 0 on.
        long at = view.Chunks[0].ColumnIndex.Offset;
        foreach (var chunk in view.Chunks)
        {
            Assert.Equal(at, chunk.ColumnIndex.Offset);
            at += chunk.ColumnIndex.Length;
        }

        foreach (var chunk in view.Chunks)
        {
            Assert.Equal(at, chunk.OffsetIndex.Offset);
            at += chunk.OffsetIndex.Length;
        }

        // Chunks follow one another without a gap, and nothing else is before the indexes.
        long end = 4;
        foreach (var chunk in view.Chunks)
        {
            Assert.Equal(end, chunk.Start);
            end += chunk.Length;
        }

        Assert.Equal(view.Chunks[0].ColumnIndex.Offset, end);
        Assert.Equal(bytes.Length - 8 - BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(bytes.Length - 8)), at);
    }

    [Fact]
    public async Task Pages_of_a_series_are_found_and_others_not_read()
    {
        byte[] bytes = await new RandomRows(8, 60_000, most: 3).Write();
        ParquetFile file = await ParquetFile.Open(new MemoryFile(bytes), CancellationToken.None);
        long opened = file.BytesRead;
        Assert.True(opened <= 64 << 10);
        ParquetColumn series = file.Column("SeriesIndex"), stacks = file.Column("Samples.list.element.StacktraceID"), values = file.Column("Samples.list.element.Value");
        RowRanges pages = await file.PagesBetween(series, 4_000, 4_001, CancellationToken.None);
        Assert.InRange(pages.Rows, 14, file.RowCount / 3);
        Assert.Equal((pages[0], pages.Rows), ((await file.PagesWithAny(series, new long[] { 4_000 }, CancellationToken.None))[0], pages.Rows));
        // Nothing vouches for the end of the last page.
        Assert.InRange((await file.PagesWithAny(series, new long[] { 1_000_000 }, CancellationToken.None)).Rows, 0, file.RowCount / 3);
        int[] indexes = new int[pages.Rows];
        await file.ReadInt32(series, pages, indexes, CancellationToken.None);
        int first = pages[0].First + Array.IndexOf(indexes, 4_000);
        Assert.Equal(28_000, first);
        Column all = await Column.Read(file, stacks);
        ParquetFile again = await ParquetFile.Open(new MemoryFile(bytes), CancellationToken.None);
        var rows = new List<string?[]>();
        await using (RowScan scan = again.Scan(RowRanges.Between(first, first + 7), 1 << 20, again.Column(stacks.Path), again.Column(values.Path)))
        {
            while (await scan.Next(CancellationToken.None))
                Column.Add(scan[0], stacks, scan.Count, rows);
        }

        Assert.Equal(all.Rows.Skip(first).Take(7), rows);
        // Four pages a column, of which one is read, after footer and offset index.
        Assert.InRange(again.BytesRead - opened, 1, (file.CompressedBytes(stacks) + file.CompressedBytes(values)) * 2 / 3);
        Assert.InRange(again.ReadCount, 3, 6);
    }

    [Fact]
    public async Task Columns_are_read_in_step_over_any_rows()
    {
        byte[] bytes = await new RandomRows(9, 2_000, most: 300).Write(700);
        ParquetFile file = await ParquetFile.Open(new MemoryFile(bytes), CancellationToken.None);
        var random = new Random(9);
        ParquetColumn[] columns = [.. ProfilesSchema.Profiles.Columns.Where(c => random.Next(3) > 0 || c.Index < 6).Select(c => file.Column(c.Path))];
        var whole = new Dictionary<string, Column>();
        foreach (ParquetColumn column in columns)
            whole[column.Path] = await Column.Read(file, column);
        for (int round = 0; round < 12; round++)
        {
            var builder = new RowRanges.Builder();
            var wanted = new List<int>();
            for (int row = 0; row < file.RowCount;)
            {
                int length = random.Next(1, round % 2 == 0 ? 5 : 700);
                builder.Add(row, Math.Min(file.RowCount, row + length));
                wanted.AddRange(Enumerable.Range(row, Math.Min(file.RowCount, row + length) - row));
                row += length + random.Next(0, round % 3 == 0 ? 5 : 900);
            }

            List<string?[]>[] rows = [.. columns.Select(_ => new List<string?[]>())];
            await using RowScan scan = file.Scan(builder.Build(), random.Next(1, 200_000), columns);
            while (await scan.Next(CancellationToken.None))
            {
                for (int i = 0; i < columns.Length; i++)
                    Column.Add(scan[i], columns[i], scan.Count, rows[i]);
            }

            for (int i = 0; i < columns.Length; i++)
                Assert.Equal(wanted.Select(r => whole[columns[i].Path].Rows[r]), rows[i]);
        }
    }

    [Fact]
    public async Task Many_samples_in_a_row_are_read_back()
    {
        var disk = new Pyro.Disk.ForgettingDisk(1);
        long[] stacks = [.. Enumerable.Range(1, 300_000).Select(i => (long)i * 3)];
        using (var writer = new ProfilesWriter(disk, "/p"))
        {
            for (int i = 0; i < 3; i++)
                await writer.Add(new ProfileRow { Stacks = stacks, Values = stacks, TimeNanos = i }, CancellationToken.None);
            await writer.Finish(CancellationToken.None);
        }

        byte[] bytes = await Pyro.Disk.DiskExtensions.ReadAll(disk, "/p", int.MaxValue, CancellationToken.None);
        ParquetFile file = await ParquetFile.Open(new MemoryFile(bytes), CancellationToken.None);
        await using RowScan scan = file.Scan(RowRanges.All(3), 1, file.Column("Samples.list.element.Value"));
        for (int i = 0; i < 3; i++)
        {
            Assert.True(await scan.Next(CancellationToken.None));
            Assert.Equal(1, scan.Count);
            Assert.True(scan[0].Numbers.SequenceEqual(stacks));
        }

        Assert.False(await scan.Next(CancellationToken.None));
    }

    [Fact]
    public async Task A_row_that_lacks_a_column_is_refused()
    {
        using var writer = new ParquetWriter(new Pyro.Disk.ForgettingDisk(1), "/p", ProfilesSchema.Downsampled);
        writer[0].Add(1);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await writer.EndRow(CancellationToken.None));
        Assert.Throws<InvalidOperationException>(() => writer[1].AddNulls(1));
        Assert.Throws<InvalidOperationException>(() => writer[3].Add(1));
    }

    private static object? Scalar(DuckDBConnection duck, string sql)
    {
        using var command = duck.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
