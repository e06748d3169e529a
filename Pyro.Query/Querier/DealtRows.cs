using System.Runtime.InteropServices;

namespace Pyro.Query.Querier;

/// <summary>
/// The rows of one series that some holding gives already. A row is known by its time and id; rows that Pyroscope gave ids at random are known among
/// themselves by their time alone, so that a profile that was pushed twice and lies in two of its blocks counts once, as Pyroscope counts it.
/// </summary>
public sealed class DealtRows
{
    private readonly HashSet<RowKey> _rows = [];
    private readonly Dictionary<long, int> _byTime = [];

    /// <summary>Those of a holding's rows that are not dealt yet; they are then.</summary>
    public List<RowKey> Take(IReadOnlyCollection<RowKey> rows) => [.. rows.Where(_rows.Add)];

    /// <summary>As <see cref="Take"/>, of a holding whose ids tell nothing: of each time as many as it has more than all before it.</summary>
    public List<RowKey> TakeByTime(IReadOnlyCollection<RowKey> rows)
    {
        var taken = new List<RowKey>();
        foreach (var ofTime in rows.GroupBy(static r => r.Time))
        {
            ref var dealt = ref CollectionsMarshal.GetValueRefOrAddDefault(_byTime, ofTime.Key, out _);
            var missing = ofTime.Count() - dealt;
            if (missing <= 0) continue;
            dealt += missing;
            foreach (var row in ofTime)
            {
                if (missing == 0) break;
                if (!_rows.Add(row)) continue;
                taken.Add(row);
                missing--;
            }
        }

        return taken;
    }
}
