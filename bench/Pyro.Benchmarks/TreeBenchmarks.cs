using System.Buffers;
using BenchmarkDotNet.Attributes;
using Pyro.Profiles.Trees;

namespace Pyro.Benchmarks;

/// <summary>A holder's answer to a flame graph: the sum of what it holds by function names, and its form on the wire.</summary>
[MemoryDiagnoser]
public class TreeBenchmarks : IDisposable
{
    private const int KeepNodes = 16_384;

    private readonly ArrayBufferWriter<byte> _output = new(1 << 20);
    private HeldProfiles _held = new();
    private NameTree _tree = new();
    private byte[] _encoded = [];

    [Params(100_000, 1_000_000)]
    public int Pairs { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _held = HeldProfiles.OfPairs(Pairs);
        _tree = _held.Tree(KeepNodes);
        CpuProfiles.Check("sum", _held.Sum, _tree.Totals()[0]);
        Encode();
        _encoded = _output.WrittenSpan.ToArray();
        CpuProfiles.Check("nodes decoded", _tree.NodeCount, Decode());
        CpuProfiles.Check("sum decoded", _held.Sum, Decoded().Totals()[0]);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _tree.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public int Sum()
    {
        using var tree = _held.Tree(KeepNodes);
        return tree.NodeCount;
    }

    [Benchmark]
    public int Encode()
    {
        _output.ResetWrittenCount();
        TreeCodec.Encode(_tree, _output);
        return _output.WrittenCount;
    }

    [Benchmark]
    public int Decode()
    {
        using var tree = Decoded();
        return tree.NodeCount;
    }

    private NameTree Decoded() => TreeCodec.Decode(new ReadOnlySequence<byte>(_encoded));
}
