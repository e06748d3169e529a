using BenchmarkDotNet.Attributes;
using Google.Protobuf;
using Pyro.Api.Querier;
using Pyro.Profiles.FlameGraphs;
using Pyro.Profiles.Trees;
using Pyro.Query.Frontend;

namespace Pyro.Benchmarks;

/// <summary>From the tree of 1e6 (sample, type) pairs to the flame graph that a client gets.</summary>
[MemoryDiagnoser]
public class FlameGraphBenchmarks : IDisposable
{
    private const int MaxNodes = 16_384;
    private const int NumbersPerBar = 4;

    private NameTree _tree = new();
    private NameTree _cut = new();
    private SelectMergeStacktracesResponse _response = new();
    private byte[] _output = [];

    [GlobalSetup]
    public void Setup()
    {
        var held = HeldProfiles.OfPairs(1_000_000);
        _tree = held.Tree(keepNodes: 0);
        if (_tree.NodeCount - 1 <= MaxNodes)
            throw new InvalidOperationException($"{_tree.NodeCount - 1} nodes: nothing to cut");

        _cut = TreeCut.Thrice(_tree, MaxNodes);
        CpuProfiles.Check("sum after the cut", held.Sum, _cut.Totals()[0]);
        _response = new SelectMergeStacktracesResponse { Flamegraph = Message() };
        CpuProfiles.Check("total", held.Sum, _response.Flamegraph.Total);
        CpuProfiles.Check("bars", _cut.NodeCount, _response.Flamegraph.Levels.Sum(level => level.Values.Count / NumbersPerBar));
        _output = new byte[_response.CalculateSize()];
        CpuProfiles.Check("bars written", _cut.NodeCount, Bars(SelectMergeStacktracesResponse.Parser.ParseFrom(Written())));
        CpuProfiles.Check("bars written as JSON", _cut.NodeCount, Bars(SelectMergeStacktracesResponse.Parser.ParseJson(Json())));
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _tree.Dispose();
        _cut.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public int Cut()
    {
        using var cut = TreeCut.Thrice(_tree, MaxNodes);
        return cut.NodeCount;
    }

    [Benchmark]
    public long Layout()
    {
        using var graph = Profiles.FlameGraphs.FlameGraph.From(_cut, maxNodes: 0);
        return graph.Total;
    }

    [Benchmark]
    public Api.Querier.FlameGraph Message() => FlameGraphMessage.From(_cut, maxNodes: 0);

    [Benchmark]
    public int Protobuf()
    {
        _response.WriteTo(_output.AsSpan(0, _response.CalculateSize()));
        return _output.Length;
    }

    [Benchmark]
    public string Json() => JsonFormatter.Default.Format(_response);

    private byte[] Written()
    {
        Protobuf();
        return _output;
    }

    private static int Bars(SelectMergeStacktracesResponse response) =>
        response.Flamegraph.Levels.Sum(level => level.Values.Count / NumbersPerBar);
}
