using Grpc.Core;
using Pyro.Api.Peers;
using Pyro.Blocks.Answers;
using Pyro.Ingester.Head;
using Pyro.Profiles.Records;

namespace Pyro.Ingester.Queries;

/// <summary>The rows of one head that a sum is over: whole series, and rows that the plan names by key.</summary>
public sealed class HeldRows
{
    private readonly CompiledSelection _selection;
    private readonly HeadView _view;
    private readonly HeadSeries[] _whole;
    private readonly int[] _listed;

    // Rows are scanned in order of arrival when that costs less than jumping through the lists of the series.
    private readonly SeriesSet? _scan;
    private int _series;
    private int _at;
    private int _atListed;

    private HeldRows(CompiledSelection selection, in HeadView view, HeadSeries[] whole, int[] listed)
    {
        _selection = selection;
        _view = view;
        _whole = whole;
        _listed = listed;
        long rows = 0;
        foreach (var series in whole)
        {
            rows += series.Rows.Length;
        }

        if (rows > view.Rows.Count / 4)
        {
            _scan = new SeriesSet(view.Index.Series.Length);
            foreach (var series in whole)
            {
                _scan.Add(series.Id);
            }
        }
    }

    /// <summary>The head as it stood when the rows were chosen.</summary>
    public HeadView View => _view;

    /// <summary>The series that may have rows here.</summary>
    public IEnumerable<HeadSeries> Series
    {
        get
        {
            var series = _view.Rows.Series;
            return _whole.Concat(_listed.Select(row => series[row]).Distinct().Select(id => _view.Index.Series[id]));
        }
    }

    /// <summary>Chooses the rows of a request.</summary>
    /// <param name="heads">The tenant's heads.</param>
    /// <param name="selection">What is selected.</param>
    /// <param name="plan">Which part of that; empty: all.</param>
    /// <exception cref="RpcException">not_found: the plan names a ULID that is not held. invalid_argument: the plan is malformed.</exception>
    public static List<HeldRows> Choose(IReadOnlyList<TenantHead> heads, CompiledSelection selection, IReadOnlyList<PlanOfHolding> plan)
    {
        var held = new List<HeldRows>();
        if (plan.Count == 0)
        {
            foreach (var head in heads)
            {
                var view = head.View();
                held.Add(new HeldRows(selection, view, [.. selection.Series(view)], []));
            }

            return held;
        }

        foreach (var group in plan.GroupBy(static p => WireIds.UlidOf(p.Ulid)))
        {
            held.Add(Choose(Holdings.Find(heads, group.Key), selection, [.. group]));
        }

        return held;
    }

    /// <summary>The next rows in range, each once.</summary>
    /// <returns>How many; 0: no more.</returns>
    public int Next(Span<int> into)
    {
        var n = _scan is null ? NextOfSeries(into) : NextOfScan(into);
        while (n < into.Length && _atListed < _listed.Length)
        {
            into[n++] = _listed[_atListed++];
        }

        return n;
    }

    private static HeldRows Choose(TenantHead head, CompiledSelection selection, IReadOnlyList<PlanOfHolding> plan)
    {
        var view = head.View();
        var selected = selection.Series(view);
        if (plan.Any(static p => p.Whole))
        {
            return new HeldRows(selection, view, [.. selected], []);
        }

        var byFingerprint = selected.ToDictionary(static s => s.Fingerprint);
        var whole = new HashSet<HeadSeries>();
        var listed = new List<int>();
        foreach (var series in plan.SelectMany(static p => p.Series))
        {
            if (byFingerprint.TryGetValue(series.Fingerprint, out var known) && series.Whole)
            {
                whole.Add(known);
            }
            else if (known is not null)
            {
                FindRows(head, known, series, listed);
            }
        }

        var rows = view.Rows;
        var index = view.Index;
        listed.RemoveAll(row => row >= rows.Count || !selection.Covers(rows.Times[row]) || whole.Contains(index.Series[rows.Series[row]]));
        return new HeldRows(selection, view, [.. whole], [.. listed.Distinct().Order()]);
    }

    private static void FindRows(TenantHead head, HeadSeries series, PlanOfSeries keys, List<int> into)
    {
        var ids = WireIds.IdsOf(keys.Ids.Span, keys.Times.Count);
        head.FindRows(series, keys.Times.ToArray(), ids, into);
    }

    private int NextOfScan(Span<int> into)
    {
        var n = 0;
        var rows = _view.Rows;
        for (; n < into.Length && _at < rows.Count; _at++)
        {
            if (_scan![rows.Series[_at]] && _selection.Covers(rows.Times[_at]))
            {
                into[n++] = _at;
            }
        }

        return n;
    }

    private int NextOfSeries(Span<int> into)
    {
        var n = 0;
        var rows = _view.Rows;
        while (n < into.Length && _series < _whole.Length)
        {
            var own = _whole[_series].Rows;
            for (; n < into.Length && _at < own.Length; _at++)
            {
                if (own[_at] < rows.Count && _selection.Covers(rows.Times[own[_at]]))
                {
                    into[n++] = own[_at];
                }
            }

            if (_at == own.Length)
            {
                (_series, _at) = (_series + 1, 0);
            }
        }

        return n;
    }
}
