using System.Text;
using BenchmarkDotNet.Attributes;
using Pyro.Blocks.Files;
using Pyro.Blocks.Symbols;
using Pyro.Disk;
using Pyro.Memory;
using Pyro.Profiles.Trees;

namespace Pyro.Benchmarks;

/// <summary>The symbols of a partition of 440,000 stacks as a block gives them: decoded, and sums resolved to a tree by names.</summary>
[MemoryDiagnoser]
public class SymbolBenchmarks : IBlockFiles, IBlockFile
{
    private const int Nodes = 440_000, Locations = 60_000, Functions = 20_000;

    private readonly MemoryLedger _ledger = new(1L << 32);
    private byte[] _bytes = [];
    private SymbolsFile? _symbols;
    private LoadedSymbols? _loaded;
    private long[] _ids = [], _values = [];

    /// <summary>How many stacks have a value.</summary>
    [Params(Nodes, 10_000)]
    public int Stacks { get; set; }

    public string Name => "symbols.symdb";

    public long Length => _bytes.Length;

    [GlobalSetup]
    public async Task Setup()
    {
        var disk = new ForgettingDisk(1);
        disk.CreateDirectory("/block");
        using (var writer = SymbolsWriter.Create(disk, "/block"))
        {
            await writer.Add(1, Tables(new Random(1)), default);
            await writer.Finish(default);
        }

        _bytes = await disk.ReadAll("/block/symbols.symdb", 1 << 30, default);
        _symbols = await Open(new SymbolCache(1 << 30, _ledger));
        _loaded = await _symbols.Partitions[0].Load(default);
        var random = new Random(2);
        _ids = [.. Enumerable.Range(0, Stacks).Select(_ => (long)random.Next(1, Nodes))];
        _values = [.. _ids.Select(_ => (long)random.Next(1, 1000))];
    }

    [Benchmark]
    public async Task<int> OpenAndDecode()
    {
        using var symbols = await Open(new SymbolCache(0, _ledger));
        using var loaded = await symbols.Partitions[0].Load(default);
        return loaded.Tables.Stacks.Count;
    }

    [Benchmark]
    public int SumAndResolve()
    {
        using var sums = new StackSums(_symbols!.Partitions[0], _ledger);
        sums.Add(_ids, _values);
        using var tree = new NameTree();
        sums.AddTo(tree, _loaded!.Tables, default);
        return tree.NodeCount;
    }

    [Benchmark]
    public int Rebuild()
    {
        var builder = new PartitionBuilder();
        var source = builder.From(_loaded!.Tables);
        foreach (var id in _ids)
        {
            source.Stack((int)id);
        }

        return builder.Build().Stacks.Count;
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _loaded?.Dispose();
        _symbols?.Dispose();
        GC.SuppressFinalize(this);
    }

    ValueTask<IBlockFile> IBlockFiles.Open(string relPath, long length, CancellationToken cancellation) => ValueTask.FromResult<IBlockFile>(new View(this));

    ValueTask IBlockFile.Read(long offset, Memory<byte> into, CancellationToken cancellation)
    {
        _bytes.AsMemory((int)offset, into.Length).CopyTo(into);
        return ValueTask.CompletedTask;
    }

    private ValueTask<SymbolsFile> Open(SymbolCache cache) => SymbolsFile.Open(this, [(Name, Length)], cache, default);

    // Deep and shallow stacks, locations of one to three lines.
    private static SymbolTables Tables(Random random)
    {
        var text = new List<byte>();
        var start = new List<int> { 0, 0 };
        for (var i = 0; i < Functions; i++)
        {
            text.AddRange(Encoding.UTF8.GetBytes($"github.com/example/service/package{i % 300}.(*Type{i % 2000}).Function{i}"));
            start.Add(text.Count);
        }

        var lines = new List<int> { 0 };
        for (var i = 0; i < Locations; i++)
        {
            lines.Add(lines[^1] + 1 + (random.Next(6) == 0 ? random.Next(3) : 0));
        }

        int[] Below(int count, int end) => [.. Enumerable.Range(0, count).Select(_ => random.Next(end))];
        return new SymbolTables(
            new StringColumn([.. text], [.. start]),
            new FunctionColumns([.. Enumerable.Range(1, Functions)], [.. Enumerable.Range(1, Functions)], Below(Functions, 500), Below(Functions, 3000)),
            new MappingColumns([0x400000], [0x9000000], [0], [1], [0], [15]),
            new LocationColumns(
                [.. Enumerable.Range(0, Locations).Select(i => 0x400000UL + (ulong)(i * 37))],
                new int[Locations],
                new bool[Locations],
                [.. lines],
                Below(lines[^1], Functions),
                Below(lines[^1], 5000)),
            new StackColumns(
                [-1, .. Enumerable.Range(1, Nodes - 1).Select(i => random.Next(3) > 0 ? i - 1 - random.Next(Math.Min(i, 3)) : random.Next(i))],
                [0, .. Below(Nodes - 1, Locations)]));
    }

    private sealed class View(IBlockFile bytes) : IBlockFile
    {
        public string Name => bytes.Name;

        public long Length => bytes.Length;

        public ValueTask Read(long offset, Memory<byte> into, CancellationToken cancellation) => bytes.Read(offset, into, cancellation);

        public void Dispose()
        {
        }
    }
}
