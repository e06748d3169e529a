using BenchmarkDotNet.Attributes;
using Pyro.Blocks.Files;
using Pyro.Blocks.Index;
using Pyro.Blocks.Meta;
using Pyro.Blocks.Parquet;
using Pyro.Blocks.Reading;
using Pyro.Blocks.Symbols;
using Pyro.Disk;
using Pyro.Memory;
using Pyro.Profiles.Labels;
using Pyro.Profiles.Records;

namespace Pyro.Benchmarks;

/// <summary>A block on the disk opened, as far as any question needs it: index, rows and symbols. No row or stack is read.</summary>
[MemoryDiagnoser]
public class OpenBenchmarks
{
    private const ulong Partition = 9;
    private readonly PhysicalDisk _disk = new();
    private readonly MemoryLedger _ledger = new(1L << 30);
    private string _folder = "";
    private BlockMeta? _meta;

    /// <summary>Series of the block, a row each.</summary>
    [Params(100, 100_000)]
    public int Series { get; set; }

    [GlobalSetup]
    public async Task Setup()
    {
        _folder = Directory.CreateTempSubdirectory("pyro-open-").FullName;
        var index = new TsdbIndexWriter();
        using var profiles = new ProfilesWriter(_disk, Path.Join(_folder, BlockPaths.Profiles));
        var row = 0;
        foreach (var labels in Enumerable.Range(0, Series)
            .Select(static i => LabelSet.From([new Label("service_name", $"service-{i % 100}"), new Label("pod", $"pod-{i:00000}")]))
            .Order(LabelPairOrder.Comparer))
        {
            index.Add(labels, labels.Fingerprint, 0, row);
            await profiles.Add(
                new ProfileRow { SeriesIndex = row, Partition = Partition, TimeNanos = row, Id = new ProfileId((ulong)row, 1), Stacks = [1], Values = [row] }, default);
            row++;
        }

        var length = await profiles.Finish(default);
        using var symbols = SymbolsWriter.Create(_disk, _folder);
        await symbols.Add(
            Partition,
            new SymbolTables(
                new StringColumn([.. "main"u8], [0, 0, 4]),
                new FunctionColumns([1], [1], [0], [0]),
                new MappingColumns([0], [0], [0], [0], [0], [0]),
                new LocationColumns([0], [0], [false], [0, 1], [0], [0]),
                new StackColumns([-1, 0], [0, 0])),
            default);
        _meta = new BlockMeta
        {
            Id = new Ulid(new byte[16]),
            MinTime = 0,
            MaxTime = 1,
            Files =
            [
                new BlockFileMeta(BlockPaths.Index, await index.Write(_disk, Path.Join(_folder, BlockPaths.Index), default)),
                new BlockFileMeta(BlockPaths.Profiles, length),
                .. (await symbols.Finish(default)).Select(static f => new BlockFileMeta(f.RelPath, f.Bytes)),
            ],
        };
    }

    [Benchmark]
    public async Task<long> Open()
    {
        using var reading = new BlockReading(new SymbolCache(64 << 20, _ledger));
        var block = new Block("tenant", _meta!, new DiskBlockFiles(_disk, _folder, "b"), reading);
        using var lease = block.TryLease()!;
        _ = await lease.Index(default);
        _ = await lease.Symbols(default);
        var rows = (await lease.Profiles(default)).RowCount;
        block.Retire();
        return rows == Series ? rows : throw new InvalidOperationException($"{rows} rows of {Series}");
    }

    [GlobalCleanup]
    public void Remove() => Directory.Delete(_folder, recursive: true);
}
