using System.Buffers;
using BenchmarkDotNet.Attributes;
using Pyro.Profiles.Labels;
using Pyro.Profiles.Pprof;
using Pyro.Profiles.Records;

namespace Pyro.Benchmarks;

/// <summary>The form in which profiles go from distributor to ingester and to the log.</summary>
[MemoryDiagnoser]
public class RecordBenchmarks
{
    private readonly PprofProfile _profile = new();
    private readonly RecordBuilder _builder = new();
    private readonly ProfileRecord _record = new();
    private readonly ProfileRecord _decoded = new();
    private readonly ArrayBufferWriter<byte> _output = new(1 << 20);
    private LabelSet _labels = LabelSet.Empty;
    private byte[] _encoded = [];

    [ParamsSource(nameof(Kinds))]
    public string Kind { get; set; } = "";

    public static IEnumerable<string> Kinds => CpuProfiles.Kinds;

    [GlobalSetup]
    public void Setup()
    {
        var profile = CpuProfiles.OfKind(Kind);
        _profile.Load(profile.Pprof, CpuProfiles.MaxBytes);
        new Normalisation().Normalise(_profile, DateTimeOffset.UnixEpoch);
        _labels = CpuProfiles.Labels(profile);
        Build();
        _record.Id = ContentId();
        Encode();
        _encoded = _output.WrittenSpan.ToArray();
        CpuProfiles.Check("samples", _profile.SampleCount, Decode());
        CpuProfiles.Check("sum", profile.Sum, _decoded.Values.AsSpan(0, _decoded.SampleCount).ToArray().Sum());
    }

    [Benchmark]
    public int Build()
    {
        _builder.Build(_profile, _labels, _record);
        return _record.SampleCount;
    }

    [Benchmark]
    public ProfileId ContentId() => ProfileId.FromContent(HeldProfiles.Tenant, _record);

    [Benchmark]
    public int Encode()
    {
        _output.ResetWrittenCount();
        RecordCodec.Encode(_record, _output);
        return _output.WrittenCount;
    }

    [Benchmark]
    public int Decode()
    {
        RecordCodec.Decode(_encoded, _decoded);
        return _decoded.SampleCount;
    }
}
