using BenchmarkDotNet.Attributes;
using Pyro.Profiles.Pprof;

namespace Pyro.Benchmarks;

/// <summary>
/// Normalisation works in place and so needs a profile decoded anew each time: its cost is what the second benchmark takes longer
/// than the first.
/// </summary>
[MemoryDiagnoser]
public class NormaliseBenchmarks
{
    private readonly PprofProfile _profile = new();
    private readonly Normalisation _normalisation = new();
    private byte[] _raw = [];

    [ParamsSource(nameof(Kinds))]
    public string Kind { get; set; } = "";

    public static IEnumerable<string> Kinds => CpuProfiles.Kinds;

    [GlobalSetup]
    public void Setup()
    {
        var profile = CpuProfiles.OfKind(Kind);
        _raw = profile.Pprof;
        DecodeAndNormalise();
        CpuProfiles.Check("sum", profile.Sum, CpuProfiles.Sum(_profile));
    }

    [Benchmark(Baseline = true)]
    public int Decode()
    {
        _profile.Load(_raw, CpuProfiles.MaxBytes);
        return _profile.SampleCount;
    }

    [Benchmark]
    public int DecodeAndNormalise()
    {
        _profile.Load(_raw, CpuProfiles.MaxBytes);
        return _normalisation.Normalise(_profile, DateTimeOffset.UnixEpoch).Samples;
    }
}
