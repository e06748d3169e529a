using DuckDB.NET.Data;
using Pyro.Blocks.Files;
using Pyro.Blocks.Index;
using Pyro.Blocks.Meta;
using Pyro.Blocks.Parquet;
using Pyro.Blocks.Reading;
using Pyro.Blocks.Symbols;
using Pyro.Blocks.Writing;
using Pyro.Disk;
using Pyro.Ingester.Head;
using Pyro.Memory;
using Pyro.Profiles.Records;
using Pyro.Tests.Unit.Head;

namespace Pyro.Tests.Unit.Blocks.Writing;

/// <summary>Blocks that are written: what Pyroscope needs of them (block-format 12), line by line, and that bytes depend on rows only.</summary>
public sealed class BlockWriterTests
{
    private const string Folder = "/block";
    private static readonly Ulid Name = Ulid.NewUlid(DateTimeOffset.UnixEpoch);

    [Fact]
    public async Task The_bytes_depend_on_the_rows_and_not_on_the_order_in_which_they_came()
    {
        var records = Records();
        var expected = await Files(await Written(records));
        var random = new Random(1);
        for (var i = 0; i < 5; i++)
        {
            random.Shuffle(records);
            var again = await Files(await Written(records, seed: i));
            Assert.Equal(expected.Keys, again.Keys);
            Assert.All(expected, file => Assert.True(file.Value.AsSpan().SequenceEqual(again[file.Key]), file.Key));
        }
    }

    [Fact]
    public async Task A_block_without_rows_is_not_written()
    {
        var disk = new ForgettingDisk(1);
        var heads = Heads();
        var head = heads.Pin("t", 0);
        Assert.Null(await new BlockWriter(disk, Folder).Write(Named(), new HeadRows(head.View()), default));
        Assert.False(disk.Exists(Folder));
    }

    [Fact]
    public async Task Rows_out_of_order_are_refused()
    {
        var source = new BrokenOrder();
        await Assert.ThrowsAsync<ArgumentException>(async () => await new BlockWriter(new ForgettingDisk(1), Folder).Write(Named(), source, default));
    }

    // 12.1: meta.json of version 3 lists all files and their exact sizes, itself not; level 1, its own source.
    [Theory]
    [InlineData(3)]
    [InlineData(2)]
    public async Task Meta_lists_every_file_with_its_size(int format)
    {
        var (disk, meta) = await Written(Records(), format: format);
        Assert.Equal(meta.Write(), BlockMeta.Read(await disk.ReadAll(Folder + "/meta.json", 1 << 20, default), "meta.json").Write());
        Assert.Equal(BlockMeta.WrittenVersion, meta.Version);
        Assert.Equal(1, meta.Compaction.Level);
        Assert.Equal([Name], meta.Compaction.Sources);
        var onDisk = disk.List(Folder).Where(e => !e.IsDirectory && e.Name != "meta.json").Select(e => (e.Name, e.Length))
            .Concat(disk.List(Folder + "/symbols").Select(e => ("symbols/" + e.Name, e.Length)));
        Assert.Equal(onDisk.Order(), meta.Files.Select(f => (f.RelPath, f.Bytes)).Order());
        Assert.Equal(meta.Files.Select(f => f.RelPath).Order(StringComparer.Ordinal), meta.Files.Select(f => f.RelPath));
        Assert.Equal(format == 3, meta.File(BlockPaths.Symbols) is not null);
    }

    // 12.1: the times cover all rows, in ms, truncated.
    [Fact]
    public async Task Times_cover_all_rows()
    {
        var written = await Written(Records());
        var times = (await Rows(written)).Select(r => r.Time / 1_000_000).ToList();
        Assert.Equal((times.Min(), times.Max()), (written.Meta.MinTime, written.Meta.MaxTime));
    }

    // 12.2: series 0 to n-1 in the order of their labels, each with a row, a profile type of five parts and a service; exact fingerprints.
    [Fact]
    public async Task Series_are_in_order_and_each_has_a_row()
    {
        var written = await Written(Records());
        using var lease = Open(written).TryLease()!;
        var index = await lease.Index(default);
        var series = await index.ReadAll(default);
        var labels = await index.Labels(series, default);
        Assert.Equal(Enumerable.Range(0, series.Count).Select(i => (uint)i), series.Series.ToArray().Select(s => s.SeriesIndex));
        var rows = await Rows(written);
        for (var i = 0; i < series.Count; i++)
        {
            Assert.True(i == 0 || LabelPairOrder.Compare(labels[i - 1], labels[i]) < 0);
            Assert.Equal(labels[i].Fingerprint, series.Series[i].Fingerprint);
            Assert.Equal(5, labels[i].Get("__profile_type__")!.Split(':').Length);
            Assert.NotNull(labels[i].Get("service_name"));
            var own = rows.Where(r => r.Series == i).Select(r => r.Time).ToList();
            Assert.Equal((own.Min(), own.Max()), (series.Series[i].MinTime, series.Series[i].MaxTime));
        }
    }

    // 12.3: rows by series, then time (ours: then ID), one run per series; stack ids ascend within a row.
    [Fact]
    public async Task Rows_are_in_order()
    {
        var rows = await Rows(await Written(Records()));
        Assert.Equal(rows.Select(r => (r.Series, r.Time, r.Id)).Order(), rows.Select(r => (r.Series, r.Time, r.Id)));
        Assert.All(rows, r => Assert.Equal(r.Stacks.Order(), r.Stacks));
        Assert.All(rows, r => Assert.DoesNotContain(0L, r.Stacks));
    }

    // 12.3 and 12.4: every partition that a row names is there, and every stack id is in its tree; string 0 is empty, there is a mapping.
    [Theory]
    [InlineData(3)]
    [InlineData(2)]
    public async Task Symbols_have_all_that_rows_name(int format)
    {
        var written = await Written(Records(), format: format);
        using var lease = Open(written).TryLease()!;
        var symbols = await lease.Symbols(default);
        Assert.Equal(format, symbols.Format);
        Assert.Equal(symbols.Partitions.Select(p => p.Id).Order(), symbols.Partitions.Select(p => p.Id));
        foreach (var row in await Rows(written))
        {
            Assert.True(symbols.TryPartition(row.Partition, out var partition));
            Assert.All(row.Stacks, s => Assert.InRange(s, 1, partition.Counts.Stacks - 1));
        }

        foreach (var partition in symbols.Partitions)
        {
            using var loaded = await partition.Load(default);
            Assert.True(loaded.Tables.Strings[0].IsEmpty);
            Assert.True(loaded.Tables.Mappings.Count > 0);
            for (var node = 1; node < loaded.Tables.Stacks.Count; node++)
            {
                Assert.InRange(loaded.Tables.Stacks.Parent[node], 0, node - 1);
            }
        }
    }

    [Fact]
    public async Task DuckDB_reads_the_rows()
    {
        var written = await Written(Records());
        var path = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(path, await written.Disk.ReadAll(Folder + "/profiles.parquet", int.MaxValue, default));
            using var connection = new DuckDBConnection("DataSource=:memory:");
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = $"SELECT count(*), sum(TotalValue)::BIGINT, sum(list_sum(list_transform(Samples, s -> s.Value)))::BIGINT FROM read_parquet('{path}')";
            using var reader = command.ExecuteReader();
            Assert.True(reader.Read());
            var total = (await Rows(written)).Sum(r => r.Total);
            Assert.Equal((written.Meta.Stats.Profiles, total, total), (reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2)));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("strings")]
    [InlineData("functions")]
    [InlineData("mappings")]
    [InlineData("locations")]
    public async Task DuckDB_reads_the_tables_of_format_2(string table)
    {
        var folder = Directory.CreateTempSubdirectory("pyro-duckdb-").FullName;
        try
        {
            var block = new SeededBlock(seed: 5, series: 2, rowsEach: 3);
            await block.Write(new PhysicalDisk(), Path.Combine(folder, "block"), symbolsFormat: 2);
            using var connection = new DuckDBConnection("DataSource=:memory:");
            connection.Open();
            foreach (var (column, rows) in WantedColumns.Symbols(block, table))
            {
                using var command = connection.CreateCommand();
                var value = column.Split('.') is [var group, var field] ? $"list_transform({group}, one -> one.{field})" : column;
                command.CommandText = $"SELECT {value} FROM read_parquet('{folder}/block/symbols/{table}.parquet')";
                using var reader = command.ExecuteReader();
                var read = new List<object?[]>();
                while (reader.Read())
                {
                    read.Add(reader.GetValue(0) is System.Collections.IList list ? [.. list.Cast<object?>()] : [reader.GetValue(0)]);
                }

                Assert.Equal(rows, read);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // What a row group leaves behind in memory was allocated for it.
    [Fact]
    public async Task Memory_does_not_grow_with_the_row_groups()
    {
        const int Groups = 5;
        var disk = new DroppedFiles();
        var meta = await new SeededBlock(seed: 6, series: 1, Groups * ParquetWriter.GroupRowsMax).Write(disk, Folder, symbolsFormat: 3);
        Assert.Equal(Groups, meta.File(BlockPaths.Profiles)!.Parquet!.Value.RowGroups);
        var (first, last) = (disk.Appends[0], disk.Appends[Groups - 1]);
        Assert.InRange((double)(last.Allocated - first.Allocated) / (last.Bytes - first.Bytes), 0, 0.05);
    }

    private static BlockMeta Named() => new()
    {
        Id = Name,
        MinTime = 0,
        MaxTime = 0,
        Compaction = new BlockCompaction { Level = 1, Sources = [Name] },
    };

    private static HeadStore Heads(int seed = 1) => new(TimeProvider.System, new Random(seed), static _ => 0, "", new MemoryLedger(1L << 30));

    private static ProfileRecord[] Records()
    {
        var random = new Random(7);
        var records = new List<ProfileRecord>();
        for (ulong i = 1; i <= 300; i++)
        {
            var record = RecordByHand.Cpu("s" + random.Next(5)).Type("samples", "count").Label("pod", "p" + random.Next(3)).Mapping("/bin/app" + random.Next(3))
                .At(random.Next(1, 40) * 1_500_000_000L, i);
            for (var s = random.Next(1, 6); s > 0; s--)
            {
                record.SpanSample($"main;a{random.Next(4)};b{random.Next(9)}>c;@0x{random.Next(16, 40):x}", (ulong)random.Next(2), random.Next(1, 9), random.Next(2));
            }

            records.Add(record.Build());
        }

        return [.. records];
    }

    private static async Task<(ForgettingDisk Disk, BlockMeta Meta)> Written(ProfileRecord[] records, int seed = 1, int format = 3)
    {
        var heads = Heads(seed);
        foreach (var record in records)
        {
            heads.Append("t", Name, record);
        }

        var disk = new ForgettingDisk(1);
        var meta = await new BlockWriter(disk, Folder, format).Write(Named(), new HeadRows(heads.Heads("t")[0].View()), default);
        disk.SyncDirectory("/");
        disk.Crash();
        return (disk, meta!);
    }

    private static async Task<SortedDictionary<string, byte[]>> Files((ForgettingDisk Disk, BlockMeta Meta) written)
    {
        var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var name in written.Meta.Files.Select(f => f.RelPath).Append("meta.json"))
        {
            files.Add(name, await written.Disk.ReadAll($"{Folder}/{name}", int.MaxValue, default));
        }

        return files;
    }

    private static Block Open((ForgettingDisk Disk, BlockMeta Meta) written) =>
        new("t", written.Meta, new DiskBlockFiles(written.Disk, Folder, "b"), new BlockReading(new SymbolCache(1 << 26, new MemoryLedger(1L << 30))));

    private static async Task<List<WrittenRow>> Rows((ForgettingDisk Disk, BlockMeta Meta) written)
    {
        using var lease = Open(written).TryLease()!;
        var file = await lease.Profiles(default);
        var rows = new List<WrittenRow>();
        await using var scan = file.Scan(
            RowRanges.All(file.RowCount), 1 << 20, file.Column("SeriesIndex"), file.Column("TimeNanos"), file.Column("ID"), file.Column("StacktracePartition"),
            file.Column("TotalValue"), file.Column("Samples.list.element.StacktraceID"));
        while (await scan.Next(default))
        {
            for (var i = 0; i < scan.Count; i++)
            {
                var (first, end) = (i == 0 ? 0 : scan[5].RowEnds[i - 1], scan[5].RowEnds[i]);
                rows.Add(new WrittenRow(
                    scan[0].Numbers[i], scan[1].Numbers[i], ProfileId.Read(scan[2].BytesOf(i)), (ulong)scan[3].Numbers[i], scan[4].Numbers[i],
                    scan[5].Numbers[first..end].ToArray()));
            }
        }

        Assert.Equal(file.RowCount, rows.Count);
        return rows;
    }

    private sealed record WrittenRow(long Series, long Time, ProfileId Id, ulong Partition, long Total, long[] Stacks);

    /// <summary>Two rows of a series, the later first.</summary>
    private sealed class BrokenOrder : IRowSource
    {
        private static readonly SymbolTables Symbols = new PartitionBuilder().Build();
        private int _series, _row;

        public Profiles.Labels.LabelSet Labels { get; } = Profiles.Labels.LabelSet.From([new("a", "b")]);

        public ulong Fingerprint => Labels.Fingerprint;

        public SourceRow Row => new() { TimeNanos = 10 - _row, Symbols = Symbols, Stacks = [0], Values = [1] };

        public ValueTask<bool> NextSeries(CancellationToken cancellation) => ValueTask.FromResult(_series++ == 0);

        public ValueTask<bool> NextRow(CancellationToken cancellation) => ValueTask.FromResult(_row++ < 2);
    }
}
