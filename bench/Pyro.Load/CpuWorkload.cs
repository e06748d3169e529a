using Google.Protobuf;
using Pyro.Api.Pprof;

namespace Pyro.Load;

/// <summary>One profile to push: its labels and the raw pprof without a time (the sender adds it).</summary>
internal sealed record GeneratedProfile(string Service, string Pod, IReadOnlyList<(string Name, string Value)> Labels, byte[] Pprof, int Pairs, long Sum);

/// <summary>
/// W-cpu: 20 services with 10 pods each, scraped every 15 s. A scrape keeps 70 % of its base profile's stacks, varies the values,
/// makes 1 % of the stacks new, and once an hour a deployment renames a fiftieth of the functions.
/// </summary>
internal sealed class CpuWorkload(ulong seed)
{
    public const int Services = 20;
    public const int Pods = 10;
    public const int ScrapesPerDeploy = 240;
    public static readonly TimeSpan ScrapeInterval = TimeSpan.FromSeconds(15);

    private const double Dropped = 0.30;
    private const double NewStacks = 0.01;
    private const long NanosPerCount = 10_000_000;
    private readonly BaseProfile[] _bases = [.. ProfileShape.CpuLike.Select(shape => BaseProfile.Generate(shape, seed))];

    /// <summary>The profile of a pod at a scrape.</summary>
    public GeneratedProfile Profile(int service, int pod, int scrape)
    {
        var name = $"svc-{service:000}";
        // One pod in a hundred is replaced every four scrapes.
        var churn = SplitMix64.For(seed, $"{name} {pod} {scrape / 4} churn").Unit() < 0.01 ? scrape / 4 : 0;
        var podName = $"{name}-{SplitMix64.For(seed, $"{name} {pod} {churn} pod").Next() % 0x100000:x5}";
        var random = SplitMix64.For(seed, $"{name} {podName} {scrape} values");
        var (pprof, pairs, sum) = Encode(_bases[service % _bases.Length], service, scrape / ScrapesPerDeploy, ref random);
        return new GeneratedProfile(name, podName,
        [
            ("__name__", "process_cpu"), ("namespace", $"ns-{service % 4}"), ("pod", podName), ("region", $"r-{service % 3}"), ("service_name", name),
        ], pprof, pairs, sum);
    }

    private static (byte[] Pprof, int Pairs, long Sum) Encode(BaseProfile from, int service, int deploys, ref SplitMix64 random)
    {
        var profile = new Profile { DurationNanos = 15_000_000_000, Period = NanosPerCount };
        var strings = new Dictionary<string, long>(StringComparer.Ordinal) { [""] = 0 };
        profile.StringTable.Add("");
        profile.SampleType.Add(new Api.Pprof.ValueType { Type = Text(profile, strings, "cpu"), Unit = Text(profile, strings, "nanoseconds") });
        profile.PeriodType = profile.SampleType[0].Clone();
        profile.Mapping.Add(new Mapping { Id = 1, MemoryStart = 0x400000, MemoryLimit = 0x900000, Filename = Text(profile, strings, $"/app/svc-{service:000}"), HasFunctions = true });

        var locationIds = new ulong[from.FunctionOf.Length];
        var functionIds = new ulong[from.Functions.Length];
        var sum = 0L;
        for (var s = 0; s < from.Stacks.Length; s++)
        {
            if (random.Unit() < Dropped)
                continue;
            var value = Math.Max(1, (long)(from.Values[s] * (0.5 + random.Unit()))) * NanosPerCount;
            var sample = new Sample { Value = { value } };
            var isNew = random.Unit() < NewStacks;
            for (var i = 0; i < from.Stacks[s].Length; i++)
            {
                var location = from.Stacks[s][i];
                if (i == 0 && isNew)
                    location = (int)((location * 2654435761L + service) % from.FunctionOf.Length);
                sample.LocationId.Add(Location(location));
            }
            profile.Sample.Add(sample);
            sum += value;
        }
        return (profile.ToByteArray(), profile.Sample.Count, sum);

        ulong Location(int location)
        {
            if (locationIds[location] != 0)
                return locationIds[location];
            var function = from.FunctionOf[location];
            if (functionIds[function] == 0)
            {
                var name = Deployed(from.Functions[function], deploys);
                functionIds[function] = (ulong)profile.Function.Count + 1;
                profile.Function.Add(new Function
                {
                    Id = functionIds[function],
                    Name = Text(profile, strings, name),
                    SystemName = Text(profile, strings, name),
                    Filename = Text(profile, strings, $"/src/{from.Shape.Kind}/file{function % 97}.src"),
                    StartLine = function % 800,
                });
            }
            locationIds[location] = (ulong)profile.Location.Count + 1;
            profile.Location.Add(new Location
            {
                Id = locationIds[location],
                MappingId = 1,
                Address = 0x400000 + (ulong)location * 64,
                Line = { new Line { FunctionId = functionIds[function], Line_ = function % 800 + location % 40 } },
            });
            return locationIds[location];
        }
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

    private static long Text(Profile profile, Dictionary<string, long> strings, string text)
    {
        if (strings.TryGetValue(text, out var known))
            return known;
        profile.StringTable.Add(text);
        return strings[text] = profile.StringTable.Count - 1;
    }
}
