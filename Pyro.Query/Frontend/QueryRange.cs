using Pyro.Tenancy;

namespace Pyro.Query.Frontend;

/// <summary>The range of a query after its checks: ms since the epoch, both ends inclusive.</summary>
/// <param name="Start">First ms.</param>
/// <param name="End">Last ms.</param>
/// <param name="BeforeLookback">All of it lies further back than queries may reach: the answer is empty, whatever else is asked.</param>
public readonly record struct QueryRange(long Start, long End, bool BeforeLookback)
{
    /// <summary>Time is kept in nanoseconds, so that no profile is later than this (in the year 2262). Ranges are cut to it.</summary>
    public const long LatestMillis = long.MaxValue / 1_000_000;

    /// <summary>Checks a range that must be given.</summary>
    /// <exception cref="Grpc.Core.RpcException">invalid_argument: missing, reversed or too long.</exception>
    public static QueryRange Required(long start, long end, TenantLimits limits, TimeProvider time)
    {
        if (start == 0 || end == 0) throw Refusals.Invalid("missing time range in the query");
        if (start > end) throw Refusals.Invalid("query start time is after end time");
        if (limits.MaxQueryLookback > TimeSpan.Zero)
        {
            var earliest = (time.GetUtcNow() - limits.MaxQueryLookback).ToUnixTimeMilliseconds();
            if (end < earliest) return new QueryRange(start, end, BeforeLookback: true);
            start = Math.Max(start, earliest);
        }

        var longest = (long)limits.MaxQueryLength.TotalMilliseconds;
        var length = (Int128)end - start;
        // Pyroscope counts lengths in nanoseconds of 64 bits: one that wraps around below zero is no length at all, and answers nothing.
        if (longest > 0 && unchecked((end - start) * 1_000_000) < 0) return new QueryRange(LatestMillis, LatestMillis, BeforeLookback: false);
        if (longest > 0 && length > longest)
        {
            throw Refusals.Invalid("the query time range exceeds the limit (max_query_length, "
                + $"actual: {Durations.Go((long)Int128.Min(length, LatestMillis))}, limit: {Durations.Prometheus(longest)})");
        }

        return new QueryRange(
            Math.Clamp(start, -LatestMillis, LatestMillis), Math.Clamp(end, -LatestMillis, LatestMillis), BeforeLookback: false);
    }

    /// <summary>Checks a range that may be left out; null: everything held is asked for.</summary>
    /// <exception cref="Grpc.Core.RpcException">invalid_argument: reversed or too long.</exception>
    public static QueryRange? Optional(long start, long end, TenantLimits limits, TimeProvider time) =>
        start == 0 || end == 0 ? null : Required(start, end, limits, time);

    /// <summary>
    /// The parts that <paramref name="interval"/> (ms) cuts the range into, at its multiples. Not above 0: it is twice the range, as in Pyroscope, so that there is
    /// one part, or two when a multiple lies within; trees are cut in each part. The last part is never a single ms.
    /// </summary>
    public IEnumerable<QueryRange> Split(long interval)
    {
        if (BeforeLookback) yield break;
        var start = Start;
        if (interval <= 0) interval = 2 * (End - Start);
        while (interval > 0 && End - start > interval - FloorMod(start, interval))
        {
            var next = start + interval - FloorMod(start, interval);
            yield return this with { Start = start, End = next - 1 };
            start = next;
        }

        yield return this with { Start = start };
    }

    /// <summary>The parts of a query for points: each but the first starts a whole number of steps (ms) after the first.</summary>
    public IEnumerable<QueryRange> SplitBySteps(long interval, long step)
    {
        if (BeforeLookback) yield break;
        var start = Start;
        if (interval > 0)
        {
            interval = Math.Max(interval, step);
            interval -= interval % step;
            for (; End - start > interval; start += interval) yield return this with { Start = start, End = start + interval - 1 };
        }

        yield return this with { Start = start };
    }

    private static long FloorMod(long value, long modulus)
    {
        var rest = value % modulus;
        return rest < 0 ? rest + modulus : rest;
    }
}
