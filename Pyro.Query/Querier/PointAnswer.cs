using Grpc.Core;
using Pyro.Api.Peers;
using Pyro.Api.Types;

namespace Pyro.Query.Querier;

/// <summary>The points of one group of series: when, how much, and of how many rows.</summary>
public sealed class PointAnswer(IList<LabelPair> labels)
{
    private readonly SortedDictionary<long, (long Sum, ulong Count)> _points = [];

    /// <summary>The group, sorted by name.</summary>
    public IList<LabelPair> Labels => labels;

    /// <summary>By ascending time in ms.</summary>
    public IEnumerable<(long Time, long Sum, ulong Count)> Points => _points.Select(static p => (p.Key, p.Value.Sum, p.Value.Count));

    /// <summary>Adds to the point at a time.</summary>
    public void Add(long time, long sum, ulong count)
    {
        var (before, counted) = _points.GetValueOrDefault(time);
        _points[time] = (before + sum, counted + count);
    }

    /// <summary>The groups of one answer.</summary>
    /// <exception cref="RpcException">internal: the lists are not parallel.</exception>
    public static async Task<List<PointsOfGroup>> Read(IAsyncStreamReader<SumResponse> answer, CancellationToken cancel)
    {
        var groups = new List<PointsOfGroup>();
        await foreach (var part in answer.Each(cancel))
        {
            if (part.Points is not { } points) continue;
            if (points.Sums.Count != points.Times.Count || points.Counts.Count != points.Times.Count)
            {
                throw new RpcException(new Status(StatusCode.Internal, "a holder sent points whose lists are of unequal length"));
            }

            groups.Add(points);
        }

        return groups;
    }

    /// <summary>Adds up the groups of equal labels; a point before <paramref name="first"/> (ms) belongs to that one.</summary>
    public static List<PointAnswer> Merge(IEnumerable<PointsOfGroup> answers, long first)
    {
        var groups = new Dictionary<Labels, PointAnswer>();
        foreach (var answer in answers)
        {
            var labels = answer.Labels ?? new Labels();
            if (!groups.TryGetValue(labels, out var group)) groups.Add(labels, group = new PointAnswer(labels.Labels_));
            for (var i = 0; i < answer.Times.Count; i++) group.Add(Math.Max(answer.Times[i], first), answer.Sums[i], answer.Counts[i]);
        }

        return [.. groups.Values];
    }
}
