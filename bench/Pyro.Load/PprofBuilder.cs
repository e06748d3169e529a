using Google.Protobuf;
using Pyro.Api.Pprof;

namespace Pyro.Load;

/// <summary>Writes a profile of a service over a base profile's stacks, with the symbols that they need and no others.</summary>
internal sealed class PprofBuilder
{
    /// <summary>Scrapes from one deployment of a service to the next: an hour.</summary>
    public const int ScrapesPerDeploy = 240;

    private readonly BaseProfile _from;
    private readonly int _deploys;
    private readonly Profile _profile;
    private readonly Dictionary<string, long> _strings = new(StringComparer.Ordinal) { [""] = 0 };
    private readonly ulong[] _locationIds;
    private readonly ulong[] _functionIds;

    /// <summary>A profile without samples.</summary>
    /// <param name="from">Its stacks.</param>
    /// <param name="service">Whose it is.</param>
    /// <param name="scrape">When it is taken.</param>
    /// <param name="period">Counts or bytes from one sample to the next.</param>
    /// <param name="types">Its sample types; the last one is the period's, too.</param>
    public PprofBuilder(BaseProfile from, int service, int scrape, long period, params ReadOnlySpan<(string Type, string Unit)> types)
    {
        _from = from;
        _deploys = scrape / ScrapesPerDeploy;
        _locationIds = new ulong[from.FunctionOf.Length];
        _functionIds = new ulong[from.Functions.Length];
        _profile = new Profile { DurationNanos = 15_000_000_000, Period = period };
        _profile.StringTable.Add("");
        foreach (var (type, unit) in types)
            _profile.SampleType.Add(TypeOf(type, unit));
        _profile.PeriodType = types[^1].Type == "inuse_space" ? TypeOf("space", "bytes") : _profile.SampleType[^1].Clone();
        _profile.Mapping.Add(new Mapping { Id = 1, MemoryStart = 0x400000, MemoryLimit = 0x900000, Filename = Text($"/app/svc-{service:000}"), HasFunctions = true });
    }

    /// <summary>Samples until now.</summary>
    public int Samples => _profile.Sample.Count;

    /// <summary>Adds a sample.</summary>
    /// <param name="stack">Which of the base profile's stacks.</param>
    /// <param name="leaf">The location of its leaf, which makes it another stack; null: as it is.</param>
    /// <param name="values">A value of each type.</param>
    public void Add(int stack, int? leaf, params ReadOnlySpan<long> values)
    {
        var sample = new Sample();
        foreach (var value in values)
            sample.Value.Add(value);
        var frames = _from.Stacks[stack];
        for (var i = 0; i < frames.Length; i++)
            sample.LocationId.Add(Location(i == 0 ? leaf ?? frames[0] : frames[i]));
        _profile.Sample.Add(sample);
    }

    /// <summary>The profile.</summary>
    public byte[] ToBytes() => _profile.ToByteArray();

    /// <summary>The leaf that a new stack gets in place of its own.</summary>
    public int NewLeaf(int stack, int service) => (int)((_from.Stacks[stack][0] * 2654435761L + service) % _from.FunctionOf.Length);

    private ulong Location(int location)
    {
        if (_locationIds[location] != 0)
            return _locationIds[location];
        var function = _from.FunctionOf[location];
        if (_functionIds[function] == 0)
        {
            var name = Deployed(_from.Functions[function], _deploys);
            _functionIds[function] = (ulong)_profile.Function.Count + 1;
            _profile.Function.Add(new Function
            {
                Id = _functionIds[function],
                Name = Text(name),
                SystemName = Text(name),
                Filename = Text($"/src/{_from.Shape.Kind}/file{function % 97}.src"),
                StartLine = function % 800,
            });
        }
        _locationIds[location] = (ulong)_profile.Location.Count + 1;
        _profile.Location.Add(new Location
        {
            Id = _locationIds[location],
            MappingId = 1,
            Address = 0x400000 + (ulong)location * 64,
            Line = { new Line { FunctionId = _functionIds[function], Line_ = function % 800 + location % 40 } },
        });
        return _locationIds[location];
    }

    /// <summary>A deployment gives every fiftieth function (another one each time) a new name.</summary>
    private static string Deployed(string name, int deploys)
    {
        for (var epoch = deploys; epoch > 0; epoch--)
        {
            if ((Fnv1a(name) + (uint)epoch) % 50 == 0)
                return $"{name}#{epoch}";
        }
        return name;
    }

    private static uint Fnv1a(string text)
    {
        var hash = 2166136261;
        foreach (var c in text)
            hash = (hash ^ (byte)c) * 16777619;
        return hash;
    }

    private Api.Pprof.ValueType TypeOf(string type, string unit) => new() { Type = Text(type), Unit = Text(unit) };

    private long Text(string text)
    {
        if (_strings.TryGetValue(text, out var known))
            return known;
        _profile.StringTable.Add(text);
        return _strings[text] = _profile.StringTable.Count - 1;
    }
}
