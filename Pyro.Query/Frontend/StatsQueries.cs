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
    public async Task<GetProfileStatsResponse> Stats(string tenant, CancellationToken cancel)
    {
        var stats = new GetProfileStatsResponse();
        foreach (var (_, holdings) in await querier.Holdings(tenant, new Selection(), cancel))
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
    public async Task<AnalyzeQueryResponse> Analyze(string tenant, AnalyzeQueryRequest request, CancellationToken cancel)
    {
        var limits = overrides.For(tenant);
        if (!limits.QueryAnalysisEnabled) return new AnalyzeQueryResponse();
        if (QueryRange.Optional(request.Start, request.End, limits, time) is not { BeforeLookback: false } range) return new AnalyzeQueryResponse();
        var described = await querier.Describe(tenant, Selections.OfAny([request.Query], range), cancel);
        var recent = new QueryScope { ComponentType = "Short term storage" };
        recent.ComponentCount = (ulong)described.Select(static d => d.Holder).Distinct().Count();
        recent.BlockCount = (ulong)described.Count;
        var impact = new QueryImpact { DeduplicationNeeded = true };
        if (limits.QueryAnalysisSeriesEnabled) impact.TotalQueriedSeries = (ulong)Series(described).Count;
        return new AnalyzeQueryResponse
        {
            QueryScopes = { recent, new QueryScope { ComponentType = "Long term storage" } },
            QueryImpact = impact,
        };
    }

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
