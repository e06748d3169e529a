namespace Pyro.Load;

/// <summary>
/// W-cpu: 20 services with 10 pods each, scraped every 15 s. A scrape keeps 70 % of its base profile's stacks, varies the values,
/// makes 1 % of the stacks new, and once an hour a deployment renames a fiftieth of the functions.
/// </summary>
internal sealed class CpuWorkload(ulong seed) : IWorkload
{
    public const int Services = 20;
    public const int Pods = 10;
    public static readonly TimeSpan ScrapeInterval = TimeSpan.FromSeconds(15);

    private const double Dropped = 0.30;
    private const double NewStacks = 0.01;
    private const long NanosPerCount = 10_000_000;
    private readonly BaseProfile[] _bases = [.. ProfileShape.CpuLike.Select(shape => BaseProfile.Generate(shape, seed))];

    public string Name => "W-cpu";

    public int Series => Services * Pods;

    public string ProfileType => "process_cpu:cpu:nanoseconds:cpu:nanoseconds";

    public GeneratedProfile Profile(int number)
    {
        var (scrape, series) = Math.DivRem(number, Series);
        return Profile(series % Services, series / Services, scrape);
    }

    /// <summary>The profile of a pod at a scrape.</summary>
    public GeneratedProfile Profile(int service, int pod, int scrape)
    {
        var name = $"svc-{service:000}";
        var podName = Workloads.Pod(seed, name, pod, scrape);
        var random = SplitMix64.For(seed, $"{name} {podName} {scrape} values");
        var from = _bases[service % _bases.Length];
        var pprof = new PprofBuilder(from, service, scrape, NanosPerCount, ("cpu", "nanoseconds"));
        var sum = 0L;
        for (var s = 0; s < from.Stacks.Length; s++)
        {
            if (random.Unit() < Dropped)
                continue;
            var value = Math.Max(1, (long)(from.Values[s] * (0.5 + random.Unit()))) * NanosPerCount;
            pprof.Add(s, random.Unit() < NewStacks ? pprof.NewLeaf(s, service) : null, value);
            sum += value;
        }
        return new GeneratedProfile(name, podName, Workloads.Labels("process_cpu", service, name, podName), pprof.ToBytes(), 1, pprof.Samples, sum);
    }
}
