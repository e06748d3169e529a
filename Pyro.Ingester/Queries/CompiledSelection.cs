using Grpc.Core;
using Pyro.Api.Peers;
using Pyro.Ingester.Head;
using Pyro.Profiles.Labels;

namespace Pyro.Ingester.Queries;

/// <summary>What a request selects, checked and ready to be asked of heads.</summary>
public sealed class CompiledSelection
{
    private readonly LabelMatcher[][] _selectors;
    private readonly ulong _shardIndex;
    private readonly ulong _shardCount;

    /// <summary>Compiles a selection; absent: everything.</summary>
    /// <exception cref="RpcException">invalid_argument: a matcher or the shard is bad.</exception>
    public CompiledSelection(Selection? selection)
    {
        _selectors = selection is null ? [] : [.. selection.Selectors.Select(static s => s.Matchers.Select(Compile).ToArray())];
        (StartMillis, EndMillis) = selection?.Range is { } range ? (range.Start, range.End) : (long.MinValue, long.MaxValue);
        HasRange = selection?.Range is not null;
        if (selection?.Shard is { } shard)
        {
            if (shard.Count == 0 || shard.Index >= shard.Count)
            {
                throw Bad($"shard {shard.Index} of {shard.Count} does not exist");
            }

            (_shardIndex, _shardCount) = (shard.Index, shard.Count);
        }
    }

    /// <summary>First ms selected.</summary>
    public long StartMillis { get; }

    /// <summary>Last ms selected.</summary>
    public long EndMillis { get; }

    /// <summary>Whether the range was given.</summary>
    public bool HasRange { get; }

    /// <summary>Whether every series of a head is selected, whatever its rows.</summary>
    public bool SelectsAll => _shardCount == 0 && !HasRange && (_selectors.Length == 0 || Array.Exists(_selectors, static s => s.Length == 0));

    /// <summary>invalid_argument with a message.</summary>
    public static RpcException Bad(string message) => new(new Status(StatusCode.InvalidArgument, message));

    /// <summary>Whether a row's time is selected.</summary>
    public bool Covers(long timeNanos)
    {
        var millis = TenantHead.Millis(timeNanos);
        return millis >= StartMillis && millis <= EndMillis;
    }

    /// <summary>The series of a head that selectors and shard select and that may have rows in range, by ascending id.</summary>
    public List<HeadSeries> Series(in HeadView view)
    {
        var all = view.Index.Series;
        var series = new List<HeadSeries>();
        foreach (var id in Matching(view.Index).ToArray())
        {
            var one = all[id];
            if (one.MinMillis <= EndMillis && one.MaxMillis >= StartMillis && (_shardCount == 0 || one.Fingerprint % _shardCount == _shardIndex))
            {
                series.Add(one);
            }
        }

        return series;
    }

    /// <summary>The series of a head that have a selected row, by ascending id.</summary>
    public List<HeadSeries> SeriesWithRows(in HeadView view)
    {
        var series = Series(view);
        if (HasRange)
        {
            var rows = view.Rows;
            series.RemoveAll(s => !HasRow(s, rows));
        }

        return series;
    }

    private static LabelMatcher Compile(Matcher matcher)
    {
        var op = matcher.Op switch
        {
            Matcher.Types.Op.Equal => MatchOp.Equal,
            Matcher.Types.Op.NotEqual => MatchOp.NotEqual,
            Matcher.Types.Op.Regex => MatchOp.Regex,
            Matcher.Types.Op.NotRegex => MatchOp.NotRegex,
            _ => throw Bad($"failed to parse label selector: unknown operator {(int)matcher.Op}"),
        };
        try
        {
            return new LabelMatcher(op, matcher.Name, matcher.Value);
        }
        catch (SelectorException e)
        {
            throw Bad($"failed to parse label selector: {e.Message}");
        }
    }

    private SeriesSet Matching(in IndexView index)
    {
        if (_selectors.Length == 0)
        {
            return index.All();
        }

        var set = index.Select(_selectors[0]);
        for (var i = 1; i < _selectors.Length; i++)
        {
            set.UnionWith(index.Select(_selectors[i]));
        }

        return set;
    }

    // A series whose oldest or newest row lies in range needs no look at the others.
    private bool HasRow(HeadSeries series, in RowView rows)
    {
        if (series.MinMillis >= StartMillis || series.MaxMillis <= EndMillis)
        {
            return true;
        }

        foreach (var row in series.Rows)
        {
            if (row < rows.Count && Covers(rows.Times[row]))
            {
                return true;
            }
        }

        return false;
    }
}
