using Pyro.Api.Peers;
using Pyro.Api.Querier;
using Pyro.Api.Types;
using Pyro.Query.Querier;
using Pyro.Tenancy;

namespace Pyro.Query.Frontend;

/// <summary>GetProfileStats and AnalyzeQuery: what is held at all, and what a query would have to read.</summary>
public sealed class StatsQueries(Overrides overrides, TimeProvider time, ProfileQuerier querier)
{
    /// <summary>Whether anything is held, and from when to when (ms).</summary>
    public async Task<GetProfileStatsResponse> Stats(QueryCall call, CancellationToken cancel)
    {
        var stats = new GetProfileStatsResponse();
        foreach (var (_, holdings) in await querier.Holdings(call, new Selection(), cancel))
        {
            foreach (var range in holdings.Select(static h => h.Range).Where(static r => r is not null && r.Start <= r.End))
            {
                stats.OldestProfileTime = stats.DataIngested ? Math.Min(stats.OldestProfileTime, range.Start) : range.Start;
                stats.NewestProfileTime = stats.DataIngested ? Math.Max(stats.NewestProfileTime, range.End) : range.End;
                stats.DataIngested = true;
            }
        }

        return stats;
    }

    /// <summary>What a query would read; nothing when the tenant may not ask or gives no range.</summary>
    public async Task<AnalyzeQueryResponse> Analyze(QueryCall call, AnalyzeQueryRequest request, CancellationToken cancel)
    {
        var limits = overrides.For(call.Tenant);
        if (!limits.QueryAnalysisEnabled) return new AnalyzeQueryResponse();
        if (QueryRange.Optional(request.Start, request.End, limits, time) is not { BeforeLookback: false } range) return new AnalyzeQueryResponse();
        var selection = Selections.OfAny([request.Query], range);
        var planned = await querier.Planned(call, selection, cancel);
        var (recent, old) = (Scope("Short term storage", planned, isBucket: false), Scope("Long term storage", planned, isBucket: true));
        var impact = new QueryImpact
        {
            TotalBytesInTimeRange = Bytes(recent) + Bytes(old),
            DeduplicationNeeded = true,
        };
        if (limits.QueryAnalysisSeriesEnabled) impact.TotalQueriedSeries = (ulong)Series(await querier.Describe(call, selection, cancel)).Count;
        return new AnalyzeQueryResponse { QueryScopes = { recent, old }, QueryImpact = impact };
    }

    private static QueryScope Scope(string name, List<(Described Holding, bool IsBucket)> planned, bool isBucket)
    {
        var own = planned.Where(p => p.IsBucket == isBucket).Select(static p => p.Holding).ToList();
        var sizes = own.Select(static h => h.Holding.Size).OfType<HoldingSize>().ToList();
        return new QueryScope
        {
            ComponentType = name,
            ComponentCount = (ulong)own.Select(static h => h.Holder).Distinct().Count(),
            BlockCount = (ulong)own.Count,
            SeriesCount = Sum(sizes, static s => s.Series),
            ProfileCount = Sum(sizes, static s => s.Rows),
            SampleCount = Sum(sizes, static s => s.Samples),
            IndexBytes = Sum(sizes, static s => s.IndexBytes),
            ProfileBytes = Sum(sizes, static s => s.ProfileBytes),
            SymbolBytes = Sum(sizes, static s => s.SymbolBytes),
        };
    }

    private static ulong Sum(List<HoldingSize> sizes, Func<HoldingSize, ulong> part) =>
        sizes.Aggregate(0UL, (sum, size) => unchecked(sum + part(size)));

    private static ulong Bytes(QueryScope scope) => scope.IndexBytes + scope.ProfileBytes + scope.SymbolBytes;

    private static HashSet<ulong> Series(List<Described> described)
    {
        var series = new HashSet<ulong>();
        foreach (var holding in described)
        {
            for (var i = 0; i < holding.Count; i++) series.Add(holding.Fingerprint(i));
        }

        return series;
    }
}
