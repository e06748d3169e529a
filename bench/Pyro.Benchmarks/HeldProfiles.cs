using Pyro.Blocks.Answers;
using Pyro.Api.Peers;
using Pyro.Ingester.Head;
using Pyro.Ingester.Queries;
using Pyro.Load;
using Pyro.Memory;
using Pyro.Profiles.Trees;

namespace Pyro.Benchmarks;

/// <summary>An ingester's heads with profiles of the workload in them.</summary>
internal sealed class HeldProfiles
{
    public const string Tenant = "benchmarks";

    private readonly MemoryLedger _ledger = new(64L << 30);

    public HeldProfiles() => Store = new HeadStore(TimeProvider.System, new Random(1), static _ => 0, "", _ledger);

    public HeadStore Store { get; }

    /// <summary>Sum of the values held.</summary>
    public long Sum { get; private set; }

    /// <summary>Scrapes of all series one after another, until so many (sample, type) pairs are held.</summary>
    public static HeldProfiles OfPairs(int pairs)
    {
        const int Series = CpuWorkload.Services * CpuWorkload.Pods;
        var held = new HeldProfiles();
        var head = Ulid.NewUlid();
        var workload = CpuProfiles.Workload();
        for (var i = 0; pairs > 0; i++)
        {
            var (scrape, series) = Math.DivRem(i, Series);
            var profile = workload.Profile(series % CpuWorkload.Services, series / CpuWorkload.Services, scrape);
            held.Store.Append(Tenant, head, CpuProfiles.Record(profile, 1 + scrape * CpuWorkload.ScrapeInterval.Ticks * 100));
            held.Sum += profile.Sum;
            pairs -= profile.Pairs;
        }

        return held;
    }

    /// <summary>Everything held, summed by function names.</summary>
    /// <param name="keepNodes">What the asker keeps at most; 0: all.</param>
    public NameTree Tree(long keepNodes)
    {
        using var memory = new SumMemory(_ledger);
        var rows = HeldRows.Choose(Store.Heads(Tenant), new CompiledSelection(null), []);
        return TreeSum.Of(rows, new TreeForm { KeepNodes = keepNodes }, memory, CancellationToken.None);
    }
}
