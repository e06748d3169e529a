using BenchmarkDotNet.Attributes;
using Pyro.Profiles.Records;

namespace Pyro.Benchmarks;

/// <summary>Appending profiles to a head that knows all their stacks, as it does but for the first scrapes of a program.</summary>
[MemoryDiagnoser]
public class HeadBenchmarks
{
    private const int Scrapes = 16;
    private const int Appends = 2048;

    private readonly ProfileRecord[] _records = new ProfileRecord[Scrapes];
    private HeldProfiles _held = new();
    private Ulid _head;
    private long _time;

    [ParamsSource(nameof(Kinds))]
    public string Kind { get; set; } = "";

    public static IEnumerable<string> Kinds => CpuProfiles.Kinds;

    [GlobalSetup]
    public void Setup()
    {
        var sum = 0L;
        for (var scrape = 0; scrape < Scrapes; scrape++)
        {
            var profile = CpuProfiles.OfKind(Kind, scrape);
            _records[scrape] = CpuProfiles.Record(profile, timeNanos: 1);
            sum += profile.Sum;
        }

        NewHead();
        Append();
        CpuProfiles.Check("sum", sum * (1 + (Appends / Scrapes)), _held.Tree(keepNodes: 0).Totals()[0]);
    }

    /// <summary>A new head, since it grows with every append, that has seen each profile once.</summary>
    [IterationSetup]
    public void NewHead()
    {
        _held = new HeldProfiles();
        _head = Ulid.NewUlid();
        Append(Scrapes);
    }

    [Benchmark(OperationsPerInvoke = Appends)]
    public void Append() => Append(Appends);

    private void Append(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var record = _records[i % Scrapes];
            record.TimeNanos = ++_time;
            _held.Store.Append(HeldProfiles.Tenant, _head, record);
        }
    }
}
