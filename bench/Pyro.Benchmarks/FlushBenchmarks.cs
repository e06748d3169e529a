using BenchmarkDotNet.Attributes;
using Pyro.Blocks.Meta;
using Pyro.Blocks.Writing;
using Pyro.Disk;
using Pyro.Ingester.Head;

namespace Pyro.Benchmarks;

/// <summary>A head of the workload written as a block, to a disk in memory (P13 of the performance goals). Per pair.</summary>
[MemoryDiagnoser]
public class FlushBenchmarks
{
    private const int Pairs = 1_000_000;
    private HeldProfiles _held = new();

    [GlobalSetup]
    public async Task Setup()
    {
        _held = HeldProfiles.OfPairs(Pairs);
        var meta = await Write();
        CpuProfiles.Check("samples", _held.Store.Heads(HeldProfiles.Tenant)[0].Samples, meta.Stats.Samples);
        Console.WriteLine($"{(double)meta.Files.Sum(static f => f.Bytes) / meta.Stats.Samples:F2} bytes a sample");
    }

    [Benchmark(OperationsPerInvoke = Pairs)]
    public async Task<BlockMeta> Write()
    {
        var head = _held.Store.Heads(HeldProfiles.Tenant)[0];
        var named = new BlockMeta { Id = head.Ulid, MinTime = 0, MaxTime = 0, Compaction = new BlockCompaction { Level = 1, Sources = [head.Ulid] } };
        return (await new BlockWriter(new ForgettingDisk(1), "/b").Write(named, new HeadRows(head.View()), CancellationToken.None))!;
    }
}
