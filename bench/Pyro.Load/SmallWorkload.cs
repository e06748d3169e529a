namespace Pyro.Load;

/// <summary>Small CPU profiles of many series: what label calls and time lines cost by their number. 20 services.</summary>
/// <param name="seed">Same seed, same profiles.</param>
/// <param name="pods">Pods of each service.</param>
internal sealed class SmallWorkload(ulong seed, int pods) : IWorkload
{
    public const int Services = 20;

    private const long NanosPerCount = 10_000_000;
    private const int Samples = 2;
    private readonly BaseProfile _base = BaseProfile.Generate(new ProfileShape("small", 12, 4, 12, 12, 1), seed);

    public string Name => "small";

    public int Series => Services * pods;

    public string ProfileType => "process_cpu:cpu:nanoseconds:cpu:nanoseconds";

    public GeneratedProfile Profile(int number)
    {
        var (scrape, series) = Math.DivRem(number, Series);
        var (pod, service) = Math.DivRem(series, Services);
        var name = $"svc-{service:000}";
        var podName = $"{name}-{pod:00000}";
        var random = SplitMix64.For(seed, $"{podName} {scrape} small");
        var pprof = new PprofBuilder(_base, service, 0, NanosPerCount, ("cpu", "nanoseconds"));
        var sum = 0L;
        for (var (i, stack) = (0, random.Below(_base.Stacks.Length)); i < Samples; i++, stack = (stack + 1) % _base.Stacks.Length)
        {
            var value = (1 + random.Below(20)) * NanosPerCount;
            pprof.Add(stack, null, value);
            sum += value;
        }
        return new GeneratedProfile(name, podName, Workloads.Labels("process_cpu", service, name, podName), pprof.ToBytes(), 1, Samples, sum);
    }
}
