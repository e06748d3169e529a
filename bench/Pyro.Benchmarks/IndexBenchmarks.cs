using BenchmarkDotNet.Attributes;
using Pyro.Blocks.Files;
using Pyro.Blocks.Index;
using Pyro.Disk;
using Pyro.Profiles.Labels;

namespace Pyro.Benchmarks;

/// <summary>The index of a block of 100,000 series: opened, asked by matchers, its values listed.</summary>
[MemoryDiagnoser]
public class IndexBenchmarks
{
    private const int Series = 100_000;
    private const int Services = 100;

    private byte[] _bytes = [];
    private TsdbIndex? _index;
    private uint[] _all = [];
    private SeriesEntries? _service;

    [GlobalSetup]
    public async Task Setup()
    {
        _bytes = await Write();
        _index = await Open();
        _all = await _index.Select([], default);
        CpuProfiles.Check("series", Series, _all.Length);
        var service = await _index.Select([new LabelMatcher(MatchOp.Equal, "service_name", "service-7")], default);
        CpuProfiles.Check("series of a service", Series / Services, service.Length);
        _service = await _index.Read(service, default);
    }

    [Benchmark]
    public async Task<TsdbIndex> Open() => await TsdbIndex.Open(new HeldFile(_bytes), default);

    [Benchmark]
    public async Task<int> OpenAndAskFirst()
    {
        var index = await Open();
        return (await index.Select([new LabelMatcher(MatchOp.Equal, "service_name", "service-7")], default)).Length;
    }

    [Benchmark]
    public async Task<int> Equal() => (await _index!.Select([new LabelMatcher(MatchOp.Equal, "service_name", "service-7")], default)).Length;

    [Benchmark]
    public async Task<int> EqualAndNotEqual() => (await _index!.Select(
        [new LabelMatcher(MatchOp.Equal, "service_name", "service-7"), new LabelMatcher(MatchOp.NotEqual, "zone", "zone-1")], default)).Length;

    [Benchmark]
    public async Task<int> RegexOverAllPods() => (await _index!.Select([new LabelMatcher(MatchOp.Regex, "pod", "pod-.*7")], default)).Length;

    [Benchmark]
    public async Task<int> AllSeries() => (await _index!.Select([], default)).Length;

    [Benchmark]
    public async Task<int> ReadAllSeries() => (await _index!.Read(_all, default)).Count;

    [Benchmark]
    public async Task<int> LabelsOfAService() => (await _index!.Labels(_service!, default)).Length;

    [Benchmark]
    public async Task<int> GroupAllByZone() => (await _index!.GroupBy(await _index.Read(_all, default), ["zone"], default)).Labels.Length;

    [Benchmark]
    public async Task<int> PodValues()
    {
        var count = 0;
        await _index!.LabelValues("pod", value => count += value.Length, default);
        return count;
    }

    private static async Task<byte[]> Write()
    {
        var writer = new TsdbIndexWriter();
        foreach (var labels in Enumerable.Range(0, Series).Select(Labels).Order(LabelPairOrder.Comparer))
        {
            writer.Add(labels, labels.Fingerprint, 1, 2);
        }

        var folder = Directory.CreateTempSubdirectory("pyro-index-");
        try
        {
            var path = Path.Combine(folder.FullName, "index.tsdb");
            await writer.Write(new PhysicalDisk(), path, default);
            return await File.ReadAllBytesAsync(path);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static LabelSet Labels(int i) => LabelSet.From(
    [
        new("__name__", "process_cpu"), new("__profile_type__", "process_cpu:cpu:nanoseconds:cpu:nanoseconds"), new("__type__", "cpu"),
        new("__unit__", "nanoseconds"), new("__period_type__", "cpu"), new("__period_unit__", "nanoseconds"),
        new("service_name", $"service-{i % Services}"), new("__service_name__", $"service-{i % Services}"), new("pod", $"pod-{i:00000}"),
        new("zone", $"zone-{i / Services % 3}"),
    ]);

    private sealed class HeldFile(byte[] bytes) : IBlockFile
    {
        public string Name => "index.tsdb";

        public long Length => bytes.Length;

        public ValueTask Read(long offset, Memory<byte> into, CancellationToken cancellation)
        {
            bytes.AsSpan((int)offset, into.Length).CopyTo(into.Span);
            return ValueTask.CompletedTask;
        }

        public void Dispose()
        {
        }
    }
}
