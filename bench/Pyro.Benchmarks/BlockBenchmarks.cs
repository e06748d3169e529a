using System.Text;
using BenchmarkDotNet.Attributes;
using Pyro.Api.Peers;
using Pyro.Blocks.Answers;
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
using PeerSelector = Pyro.Api.Peers.Selector;

namespace Pyro.Benchmarks;

/// <summary>Answers over a block that nothing is known of yet (P6, P7 of the performance goals): an hour of twenty pods of one service.</summary>
[MemoryDiagnoser]
public class BlockBenchmarks
{
    private const int Stacks = 40_000, Functions = 8_000, Pods = 20;
    private const ulong Partition = 9;
    private const long Hour = 3_600_000;
    private readonly ForgettingDisk _disk = new(1);
    private BlockMeta? _meta;

    /// <summary>Pairs of stack and value in the block.</summary>
    [Params(100_000, 1_000_000, 10_000_000)]
    public int Pairs { get; set; }

    [GlobalSetup]
    public async Task Setup()
    {
        _disk.CreateDirectory("/b");
        var (stacks, values) = (new long[Math.Min(2_000, Pairs / 100)], new long[Math.Min(2_000, Pairs / 100)]);
        var rows = Pairs / stacks.Length / Pods;
        var random = new Random(1);
        var index = new TsdbIndexWriter();
        using var profiles = new ProfilesWriter(_disk, "/b/profiles.parquet");
        for (var pod = 0; pod < Pods; pod++)
        {
            var labels = LabelSet.From([new Label("service_name", "cart"), new Label("pod", $"p{pod:00}")]);
            index.Add(labels, labels.Fingerprint, 0, Hour * 1_000_000);
            for (var row = 0; row < rows; row++)
            {
                var stack = random.Next(Stacks / 4);
                for (var i = 0; i < stacks.Length; i++)
                {
                    stack = Math.Max(1, (stack + 1 + random.Next(Stacks / stacks.Length)) % Stacks);
                    (stacks[i], values[i]) = (stack, random.Next(1, 50) * 10_000_000L);
                }

                await profiles.Add(Row(pod, row, rows, stacks, values), default);
            }
        }

        var length = await profiles.Finish(default);
        using var symbols = SymbolsWriter.Create(_disk, "/b");
        await symbols.Add(Partition, Symbols(random), default);
        _meta = new BlockMeta
        {
            Id = new Ulid(new byte[16]),
            MinTime = 0,
            MaxTime = Hour,
            Files =
            [
                new BlockFileMeta(BlockPaths.Index, await index.Write(_disk, "/b/index.tsdb", default)),
                new BlockFileMeta(BlockPaths.Profiles, length),
                .. (await symbols.Finish(default)).Select(static f => new BlockFileMeta(f.RelPath, f.Bytes)),
            ],
        };
        CpuProfiles.Check("points", Pods, await Points());
    }

    /// <summary>A flame graph of the service.</summary>
    [Benchmark]
    public Task<int> Tree() => Sum(new SumRequest
    {
        Selection = new Selection { Selectors = { new PeerSelector { Matchers = { new Matcher { Name = "service_name", Value = "cart" } } } } },
        Tree = new TreeForm { KeepNodes = 16_384 },
    });

    /// <summary>A time line of each pod.</summary>
    [Benchmark]
    public Task<int> Points() => Sum(new SumRequest { Points = new PointsForm { Start = 0, Step = 60_000, End = Hour, GroupBy = { "pod" } } });

    private async Task<int> Sum(SumRequest request)
    {
        var ledger = new MemoryLedger(1L << 30);
        using var reading = new BlockReading(new SymbolCache(64 << 20, ledger));
        var block = new Block("tenant", _meta!, new DiskBlockFiles(_disk, "/b", "b"), reading);
        using var lease = block.TryLease()!;
        var parts = 0;
        await foreach (var part in new BlockAnswers([lease], "", ledger).Sum(request, default))
        {
            parts++;
        }

        block.Retire();
        return parts;
    }

    private static ProfileRow Row(int pod, int row, int rows, long[] stacks, long[] values) => new()
    {
        SeriesIndex = pod,
        Partition = Partition,
        TimeNanos = Hour * 1_000_000 / rows * row,
        Id = new ProfileId((ulong)row, (ulong)pod),
        Stacks = stacks,
        Values = values,
    };

    private static SymbolTables Symbols(Random random)
    {
        var text = Enumerable.Range(0, Functions).Select(i => Encoding.UTF8.GetBytes($"example.org/project/package{i % 300}.(*Type{i % 77}).Function{i}")).ToArray();
        var starts = new int[Functions + 2];
        for (var i = 0; i < Functions; i++)
        {
            starts[i + 2] = starts[i + 1] + text[i].Length;
        }

        int[] own = [.. Enumerable.Range(0, Functions)], names = [.. own.Select(static i => i + 1)], zeros = new int[Functions];
        int[] parents = [-1, .. Enumerable.Range(1, Stacks - 1).Select(i => random.Next(Math.Max(0, i - 3000), i))];
        return new SymbolTables(
            new StringColumn([.. text.SelectMany(static t => t)], starts),
            new FunctionColumns(names, names, zeros, zeros),
            new MappingColumns([0], [0], [0], [0], [0], [0]),
            new LocationColumns(new ulong[Functions], zeros, new bool[Functions], [.. own, Functions], own, zeros),
            new StackColumns(parents, [0, .. Enumerable.Range(1, Stacks - 1).Select(_ => random.Next(Functions))]));
    }
}
