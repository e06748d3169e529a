using BenchmarkDotNet.Attributes;
using Pyro.Profiles.Pprof;

namespace Pyro.Benchmarks;

/// <summary>From the bytes of a pprof to columns, with and without unpacking.</summary>
[MemoryDiagnoser]
public class DecodeBenchmarks
{
    private readonly PprofProfile _profile = new();
    private byte[] _raw = [];
    private byte[] _packed = [];

    [ParamsSource(nameof(Kinds))]
    public string Kind { get; set; } = "";

    public static IEnumerable<string> Kinds => CpuProfiles.Kinds;

    [GlobalSetup]
    public void Setup()
    {
        var profile = CpuProfiles.OfKind(Kind);
        _raw = profile.Pprof;
        _packed = CpuProfiles.Gzip(_raw);
        CpuProfiles.Check("samples decoded", profile.Pairs, Decode());
        CpuProfiles.Check("samples unpacked and decoded", profile.Pairs, UnpackAndDecode());
        CpuProfiles.Check("sum", profile.Sum, CpuProfiles.Sum(_profile));
    }

    [Benchmark]
    public int UnpackAndDecode()
    {
        _profile.Load(_packed, CpuProfiles.MaxBytes);
        return _profile.SampleCount;
    }

    [Benchmark]
    public int Decode()
    {
        _profile.Load(_raw, CpuProfiles.MaxBytes);
        return _profile.SampleCount;
    }
}
