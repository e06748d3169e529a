using Grpc.Core;

namespace Pyro.Blocks.Answers;

/// <summary>Whether what one process holds may hold a row twice.</summary>
public static class Overlap
{
    /// <summary>Refuses to sum without a plan over holdings that share time.</summary>
    /// <param name="ranges">Oldest and newest row of each holding, ms; what is empty is left out.</param>
    /// <param name="selection">What is selected; only time within it counts.</param>
    /// <exception cref="RpcException">failed_precondition: two holdings have a common ms.</exception>
    public static void Refuse(IEnumerable<(long Min, long Max)> ranges, CompiledSelection selection)
    {
        var inside = ranges.Where(r => selection.Overlaps(r.Min, r.Max)).OrderBy(static r => r.Min).ToList();
        var end = long.MinValue;
        for (var i = 0; i < inside.Count; i++)
        {
            if (i > 0 && Math.Max(inside[i].Min, selection.StartMillis) <= Math.Min(end, selection.EndMillis))
            {
                throw new RpcException(new Status(StatusCode.FailedPrecondition, "plan needed: holdings overlap in time"));
            }

            end = Math.Max(end, inside[i].Max);
        }
    }
}
