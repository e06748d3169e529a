using Pyro.Blocks.Index;
using Pyro.Blocks.Meta;
using Pyro.Blocks.Parquet;
using Pyro.Blocks.Symbols;
using Pyro.Blocks.Verifying;
using Pyro.Disk;
using Pyro.Memory;
using Pyro.ObjectStore;
using Pyro.Profiles.Labels;
using Pyro.Profiles.Records;

namespace Pyro.Tests.Unit.Blocks.Verifying;

/// <summary>A row of a small block; with a total it is written by itself, else as profiles are.</summary>
internal sealed record SmallRow(int Series, long Time, ulong Partition, long[] Stacks, long[] Values, long? Total = null);

/// <summary>A block of three series and two partitions, as files in memory that a test may change.</summary>
internal sealed class SmallBlock
{
    public const string Name = "01M82YG9FD96QSVXFKMAPC336X", Tenant = "tenant", Phlaredb = "tenant/phlaredb/", Folder = Phlaredb + Name + "/";

    /// <summary>When it begins, in ns.</summary>
    public const long Start = 1_795_132_800_000_000_000;

    private const long Second = 1_000_000_000;

    public static Ulid Id { get; } = Ulid.Parse(Name);

    /// <summary>Two rows of each series.</summary>
    public static SmallRow[] Rows { get; } =
    [
        new(0, Start, 7, [1, 2], [10, 20]),
        new(0, Start + 10 * Second, 7, [2], [5]),
        new(1, Start + Second, 7, [3], [1]),
        new(1, Start + 11 * Second, 9, [1, 3], [2, 3]),
        new(2, Start + 2 * Second, 9, [2], [4]),
        new(2, Start + 12 * Second, 9, [], []),
    ];

    public IReadOnlyList<SmallRow> Profiles { get; init; } = Rows;

    /// <summary>Fingerprints other than those of the labels, by series.</summary>
    public IReadOnlyDictionary<int, ulong> Fingerprints { get; init; } = new Dictionary<int, ulong>();

    public int Services { get; init; } = 3;

    public int SymbolsFormat { get; init; } = 3;

    public Func<BlockMeta, BlockMeta> Meta { get; init; } = static meta => meta;

    /// <summary>All files by path, meta.json among them.</summary>
    public async Task<SortedDictionary<string, byte[]>> Files()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var disk = new ForgettingDisk(1, TimeProvider.System);
        disk.CreateDirectory("/b");
        var listed = new List<BlockFileMeta>();
        var index = new TsdbIndexWriter();
        for (var i = 0; i < Services; i++)
        {
            var labels = LabelSet.From([new("__profile_type__", "process_cpu:cpu:nanoseconds:cpu:nanoseconds"), new("service_name", $"service-{i}")]);
            var times = Profiles.Where(r => r.Series == i).Select(static r => r.Time).DefaultIfEmpty(Start).ToArray();
            index.Add(labels, Fingerprints.GetValueOrDefault(i, labels.Fingerprint), times.Min(), times.Max());
        }

        listed.Add(new BlockFileMeta("index.tsdb", await index.Write(disk, "/b/index.tsdb", cancellation)) { Series = Services });
        listed.Add(new BlockFileMeta("profiles.parquet", await WriteRows(disk, "/b/profiles.parquet")) { Parquet = new ParquetMeta(1, Profiles.Count) });
        using (var symbols = SymbolsWriter.Create(disk, "/b", SymbolsFormat))
        {
            foreach (var partition in (ulong[])[7, 9])
            {
                await symbols.Add(partition, Symbols(), cancellation);
            }

            listed.AddRange((await symbols.Finish(cancellation)).Select(static f =>
                new BlockFileMeta(f.RelPath, f.Bytes) { Parquet = f.RowGroups > 0 ? new ParquetMeta(f.RowGroups, f.Rows) : null }));
        }

        var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var file in listed)
        {
            files[file.RelPath] = await disk.ReadAll("/b/" + file.RelPath, 1 << 20, cancellation);
        }

        var meta = new BlockMeta
        {
            Id = Id,
            MinTime = BlockTime.FromNanos(Profiles.Min(static r => r.Time)),
            MaxTime = BlockTime.FromNanos(Profiles.Max(static r => r.Time)),
            Stats = new BlockStats(Profiles.Sum(static r => (long)r.Stacks.Length), Services, Profiles.Count),
            Files = [.. listed.OrderBy(static f => f.RelPath, StringComparer.Ordinal)],
            Compaction = new BlockCompaction { Level = 1, Sources = [Id] },
            Labels = new Dictionary<string, string> { ["__hostname__"] = "ingester-0" },
            Source = "ingester",
        };
        files["meta.json"] = Meta(meta).Write();
        return files;
    }

    /// <summary>A bucket with the block in it.</summary>
    public static async Task<MemoryStore> Stored(IEnumerable<KeyValuePair<string, byte[]>> files)
    {
        var store = new MemoryStore(TimeProvider.System);
        foreach (var (path, bytes) in files)
        {
            await store.Put(Folder + path, ObjectBody.Of(bytes), PutMode.Replace, TestContext.Current.CancellationToken);
        }

        return store;
    }

    /// <summary>What is wrong with the block of some files.</summary>
    public static async Task<IReadOnlyList<BlockFault>> Faults(IEnumerable<KeyValuePair<string, byte[]>> files) =>
        await Faults(await Stored(files), Folder, Id);

    public static async Task<IReadOnlyList<BlockFault>> Faults(IObjectStore store, string folder, Ulid id)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var block = await FoundBlock.Read(store, Tenant, folder, id, new FaultList(), cancellation);
        var ledger = new MemoryLedger(1L << 30);
        await BlockVerification.Run(block, new SymbolCache(0, ledger), block.Faults, null, cancellation);
        Assert.Equal(0, ledger.Used);
        return block.Faults.Kept;
    }

    private async Task<long> WriteRows(ForgettingDisk disk, string path)
    {
        var cancellation = TestContext.Current.CancellationToken;
        if (Profiles.Any(static r => r.Total is not null))
        {
            return await WriteBare(disk, path);
        }

        using var writer = new ProfilesWriter(disk, path);
        ulong number = 1;
        foreach (var row in Profiles)
        {
            await writer.Add(
                new ProfileRow { Id = new ProfileId(1, number++), SeriesIndex = row.Series, Partition = row.Partition, TimeNanos = row.Time, Stacks = row.Stacks, Values = row.Values },
                cancellation);
        }

        return await writer.Finish(cancellation);
    }

    // Columns by hand: totals as given, and stacks and values need not be as many.
    private async Task<long> WriteBare(ForgettingDisk disk, string path)
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var writer = new ParquetWriter(disk, path, ProfilesSchema.Downsampled);
        foreach (var row in Profiles)
        {
            writer[0].Add(row.Series);
            writer[1].Add((long)row.Partition);
            writer[2].Add(row.Total ?? row.Values.Sum());
            writer[3].AddList(row.Stacks.Length);
            writer[3].AddAll(row.Stacks);
            writer[4].AddList(row.Values.Length);
            writer[4].AddAll(row.Values);
            writer[5].Add(row.Time);
            writer[6].AddList(0);
            writer[7].AddList(0);
            await writer.EndRow(cancellation);
        }

        return await writer.Finish(cancellation);
    }

    private static SymbolTables Symbols()
    {
        byte[] text = [.. "mainworkrest"u8];
        return new SymbolTables(
            new StringColumn(text, [0, 0, 4, 8, 12]),
            new FunctionColumns([1, 2, 3], [1, 2, 3], [0, 0, 0], [0, 0, 0]),
            new MappingColumns([0], [0], [0], [0], [0], [0]),
            new LocationColumns(new ulong[3], new int[3], new bool[3], [0, 1, 2, 3], [0, 1, 2], [10, 20, 30]),
            new StackColumns([-1, 0, 1, 1], [0, 0, 1, 2]));
    }
}
