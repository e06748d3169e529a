namespace Pyro.Load;

/// <summary>
/// W-heap: 8 services with 4 pods each, scraped every 15 s. A scrape has all stacks of its base profile: objects and bytes that were
/// allocated since the process began, which only grow, and those in use, which vary. Of the stacks 0.2 % are new each time, and once an
/// hour a deployment renames a fiftieth of the functions.
/// </summary>
/// <param name="seed">Same seed, same profiles.</param>
/// <param name="onlyInUse">One sample type instead of four: bytes in use.</param>
internal sealed class HeapWorkload(ulong seed, bool onlyInUse = false) : IWorkload
{
    public const int Services = 8;
    public const int Pods = 4;

    // In W-mix these come beside the services of W-cpu.
    private const int FirstService = 20;
    private const double NewStacks = 0.002;
    private const long BytesPerSample = 512 * 1024;
    private const long ObjectsPerCount = 1_000;
    private readonly BaseProfile[] _bases = [.. ProfileShape.HeapLike.Select(shape => BaseProfile.Generate(shape, seed))];

    public string Name => "W-heap";

    public int Series => Services * Pods;

    public string ProfileType => "memory:inuse_space:bytes:space:bytes";

    public GeneratedProfile Profile(int number)
    {
        var (scrape, series) = Math.DivRem(number, Series);
        return Profile(series % Services, series / Services, scrape);
    }

    private GeneratedProfile Profile(int service, int pod, int scrape)
    {
        var from = _bases[service % _bases.Length];
        service += FirstService;
        var name = $"svc-{service:000}";
        var podName = Workloads.Pod(seed, name, pod, scrape);
        var random = SplitMix64.For(seed, $"{name} {podName} {scrape} values");
        var allocated = onlyInUse ? [] : Allocated(from, name, podName, scrape);
        var pprof = onlyInUse
            ? new PprofBuilder(from, service, scrape, BytesPerSample, ("inuse_space", "bytes"))
            : new PprofBuilder(
                from, service, scrape, BytesPerSample,
                ("alloc_objects", "count"), ("alloc_space", "bytes"), ("inuse_objects", "count"), ("inuse_space", "bytes"));
        var sum = 0L;
        for (var s = 0; s < from.Stacks.Length; s++)
        {
            var size = SizeOf(s);
            var inUse = (long)(from.Values[s] * ObjectsPerCount * (0.9 + 0.2 * random.Unit()));
            int? leaf = random.Unit() < NewStacks ? pprof.NewLeaf(s, service) : null;
            if (onlyInUse)
                pprof.Add(s, leaf, inUse * size);
            else
                pprof.Add(s, leaf, allocated[s], allocated[s] * size, inUse, inUse * size);
            sum += inUse * size;
        }
        var types = onlyInUse ? 1 : 4;
        return new GeneratedProfile(name, podName, Workloads.Labels("memory", service, name, podName), pprof.ToBytes(), types, pprof.Samples, sum);
    }

    /// <summary>Objects of each stack until a scrape: each scrape adds at most a hundredth of what there was at first.</summary>
    private long[] Allocated(BaseProfile from, string service, string pod, int scrape)
    {
        var objects = new long[from.Stacks.Length];
        for (var s = 0; s < objects.Length; s++)
            objects[s] = from.Values[s] * ObjectsPerCount;
        for (var earlier = 1; earlier <= scrape; earlier++)
        {
            var random = SplitMix64.For(seed, $"{service} {pod} {earlier} allocated");
            for (var s = 0; s < objects.Length; s++)
                objects[s] += (long)(from.Values[s] * ObjectsPerCount * random.Unit() / 100);
        }
        return objects;
    }

    // Objects of one place in the code are of one size: 16 bytes to 4 KiB.
    private static long SizeOf(int stack) => 16L << stack % 9;
}
