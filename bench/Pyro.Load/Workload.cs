namespace Pyro.Load;

/// <summary>One profile to push: its labels and the raw pprof without a time (the sender adds it).</summary>
/// <param name="Service">Its service.</param>
/// <param name="Pod">Its pod.</param>
/// <param name="Labels">All labels, by name.</param>
/// <param name="Pprof">The profile, not packed.</param>
/// <param name="Types">Sample types: as many rows a profile becomes.</param>
/// <param name="Pairs">Samples of each type.</param>
/// <param name="Sum">Sum of the values of the type that is asked for.</param>
internal sealed record GeneratedProfile(
    string Service, string Pod, IReadOnlyList<(string Name, string Value)> Labels, byte[] Pprof, int Types, int Pairs, long Sum);

/// <summary>A reproducible sequence of profiles, scrape after scrape of a fixed number of series.</summary>
internal interface IWorkload
{
    /// <summary>Such as <c>W-cpu</c>.</summary>
    string Name { get; }

    /// <summary>Profiles of one scrape.</summary>
    int Series { get; }

    /// <summary>The profile type in which sums are counted: five parts between colons.</summary>
    string ProfileType { get; }

    /// <summary>The profile of a place in the sequence.</summary>
    GeneratedProfile Profile(int number);
}

/// <summary>The workloads by their names.</summary>
internal static class Workloads
{
    /// <summary>The names.</summary>
    public static readonly string[] Names = ["cpu", "heap", "mix"];

    /// <summary>W-cpu, W-heap or W-mix.</summary>
    public static IWorkload Of(string name, ulong seed) => name switch
    {
        "cpu" => new CpuWorkload(seed),
        "heap" => new HeapWorkload(seed),
        "mix" => new MixWorkload(seed),
        _ => throw new ArgumentException($"no workload {name}"),
    };

    /// <summary>The pod of a service at a scrape: one in a hundred is replaced every four scrapes.</summary>
    public static string Pod(ulong seed, string service, int pod, int scrape)
    {
        var churn = SplitMix64.For(seed, $"{service} {pod} {scrape / 4} churn").Unit() < 0.01 ? scrape / 4 : 0;
        return $"{service}-{SplitMix64.For(seed, $"{service} {pod} {churn} pod").Next() % 0x100000:x5}";
    }

    /// <summary>The labels of a series.</summary>
    public static IReadOnlyList<(string Name, string Value)> Labels(string family, int service, string serviceName, string pod) =>
    [
        ("__name__", family), ("namespace", $"ns-{service % 4}"), ("pod", pod), ("region", $"r-{service % 3}"), ("service_name", serviceName),
    ];
}
