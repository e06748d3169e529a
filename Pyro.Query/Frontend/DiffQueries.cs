using Pyro.Api.Peers;
using Pyro.Api.Querier;
using Pyro.Profiles.Trees;
using Pyro.Query.Querier;
using Pyro.Tenancy;

namespace Pyro.Query.Frontend;

/// <summary>Diff: two flame graphs as one.</summary>
public sealed class DiffQueries(Overrides overrides, TimeProvider time, TreeQueries trees)
{
    /// <summary>Sums both sides and lays them out beside each other, cut alike.</summary>
    public async Task<DiffResponse> Diff(QueryCall call, DiffRequest request, CancellationToken cancel)
    {
        var limits = overrides.For(call.Tenant);
        var (left, right) = (request.Left ?? new SelectMergeStacktracesRequest(), request.Right ?? new SelectMergeStacktracesRequest());
        var asked = Math.Max(left.MaxNodes, right.MaxNodes);
        var maxNodes = NodeLimit.Effective(asked, limits);
        var ranges = (
            Left: QueryRange.Required(left.Start, left.End, limits, time),
            Right: QueryRange.Required(right.Start, right.End, limits, time));
        var both = await Task.WhenAll(Side(call, left, ranges.Left, asked, cancel), Side(call, right, ranges.Right, asked, cancel));
        using var leftTree = both[0];
        using var rightTree = both[1];
        return new DiffResponse
        {
            Flamegraph = DiffLayout.Of(leftTree, rightTree, maxNodes),
        };
    }

    private Task<NameTree> Side(
        QueryCall call, SelectMergeStacktracesRequest side, QueryRange range, long maxNodes, CancellationToken cancel) =>
        trees.Tree(call, side.ProfileTypeID, side.LabelSelector, range, maxNodes, new TreeForm(), cancel);
}
