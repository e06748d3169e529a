using Grpc.Core;
using Pyro.Api.Peers;
using Pyro.Profiles.Labels;

namespace Pyro.Blocks.Answers;

/// <summary>What a request selects, checked and ready to be asked of heads and blocks.</summary>
public sealed class CompiledSelection
{
    private readonly ulong _shardIndex;
    private readonly ulong _shardCount;

    /// <summary>Compiles a selection; absent: everything.</summary>
    /// <exception cref="RpcException">invalid_argument: a matcher or the shard is bad.</exception>
    public CompiledSelection(Selection? selection)
    {
        Selectors = selection is null ? [] : [.. selection.Selectors.Select(static s => s.Matchers.Select(Compile).ToArray())];
        (StartMillis, EndMillis) = selection?.Range is { } range ? (range.Start, range.End) : (long.MinValue, long.MaxValue);
        if (selection?.Shard is { } shard)
        {
            if (shard.Count == 0 || shard.Index >= shard.Count)
            {
                throw Bad($"shard {shard.Index} of {shard.Count} does not exist");
            }

            (_shardIndex, _shardCount) = (shard.Index, shard.Count);
        }
    }

    private CompiledSelection(CompiledSelection whole, long startMillis, long endMillis)
    {
        (Selectors, _shardIndex, _shardCount) = (whole.Selectors, whole._shardIndex, whole._shardCount);
        (StartMillis, EndMillis) = (startMillis, endMillis);
    }

    /// <summary>First ms selected.</summary>
    public long StartMillis { get; }

    /// <summary>Last ms selected.</summary>
    public long EndMillis { get; }

    /// <summary>A series is selected when all matchers of any of these accept it; none: every series.</summary>
    public IReadOnlyList<LabelMatcher[]> Selectors { get; }

    /// <summary>Whether every series is selected, given that it has a row in range.</summary>
    public bool SelectsAllSeries => _shardCount == 0 && (Selectors.Count == 0 || Selectors.Any(static s => s.Length == 0));

    /// <summary>invalid_argument with a message.</summary>
    public static RpcException Bad(string message) => new(new Status(StatusCode.InvalidArgument, message));

    /// <summary>Whole ms since the epoch of a time in ns, truncated.</summary>
    public static long Millis(long nanos) => nanos / 1_000_000;

    /// <summary>The same of another range; ms, inclusive.</summary>
    public CompiledSelection Within(long startMillis, long endMillis) => new(this, startMillis, endMillis);

    /// <summary>Whether a row's time is selected.</summary>
    public bool Covers(long timeNanos)
    {
        var millis = Millis(timeNanos);
        return millis >= StartMillis && millis <= EndMillis;
    }

    /// <summary>Whether all of some time is selected; ms, inclusive.</summary>
    public bool CoversAll(long minMillis, long maxMillis) => minMillis >= StartMillis && maxMillis <= EndMillis;

    /// <summary>Whether any of some time is selected; ms, inclusive.</summary>
    public bool Overlaps(long minMillis, long maxMillis) => minMillis <= EndMillis && maxMillis >= StartMillis;

    /// <summary>Whether the series of a fingerprint are in the shard.</summary>
    public bool IsInShard(ulong fingerprint) => _shardCount == 0 || fingerprint % _shardCount == _shardIndex;

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
}
