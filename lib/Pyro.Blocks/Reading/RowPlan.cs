using Pyro.Api.Peers;
using Pyro.Blocks.Answers;
using Pyro.Profiles.Records;

namespace Pyro.Blocks.Reading;

/// <summary>Which rows of one block a plan names, of those that are selected.</summary>
internal sealed class RowPlan
{
    private readonly HashSet<ulong> _whole = [];
    private readonly Dictionary<ulong, HashSet<(long Time, ProfileId Id)>> _listed = [];

    /// <summary>Takes in what a plan says of one block.</summary>
    /// <exception cref="Grpc.Core.RpcException">invalid_argument: its lists are malformed.</exception>
    public RowPlan(IEnumerable<PlanOfHolding> parts)
    {
        foreach (var part in parts)
        {
            IsWhole |= part.Whole;
            foreach (var series in part.Series)
            {
                Add(series);
            }
        }

        foreach (var fingerprint in _whole)
        {
            _listed.Remove(fingerprint);
        }
    }

    /// <summary>Whether every row is meant.</summary>
    public bool IsWhole { get; }

    /// <summary>Whether rows of some series are listed by key.</summary>
    public bool HasKeys => _listed.Count > 0;

    /// <summary>Whether any row of the series of a fingerprint is meant.</summary>
    public bool Names(ulong fingerprint) => _whole.Contains(fingerprint) || _listed.ContainsKey(fingerprint);

    /// <summary>The keys of the rows of a fingerprint that are meant; null: all.</summary>
    public HashSet<(long Time, ProfileId Id)>? Keys(ulong fingerprint) => _listed.GetValueOrDefault(fingerprint);

    private void Add(PlanOfSeries series)
    {
        if (series.Whole)
        {
            _whole.Add(series.Fingerprint);
            return;
        }

        var ids = WireIds.IdsOf(series.Ids.Span, series.Times.Count);
        if (!_listed.TryGetValue(series.Fingerprint, out var keys))
        {
            _listed.Add(series.Fingerprint, keys = []);
        }

        for (var i = 0; i < ids.Length; i++)
        {
            keys.Add((series.Times[i], ids[i]));
        }
    }
}
