using CsCheck;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using Pyro.Query.Frontend;
using Pyro.Tenancy;

namespace Pyro.Tests.Unit.Query;

public class QueryRangeTests
{
    private const long Now = 1_795_132_800_000;
    private const long Hour = 3_600_000;

    private static readonly FakeTimeProvider Time = new(DateTimeOffset.FromUnixTimeMilliseconds(Now));

    private static TenantLimits Limits { get; } = TenantLimits.Default;

    [Theory]
    [InlineData(0, 5, "missing time range in the query")]
    [InlineData(5, 0, "missing time range in the query")]
    [InlineData(0, 0, "missing time range in the query")]
    [InlineData(2, 1, "query start time is after end time")]
    [InlineData(Now - (48 * Hour), Now, "the query time range exceeds the limit (max_query_length, actual: 48h0m0s, limit: 1d)")]
    [InlineData(Now, 99_999_999_999_999, "the query time range exceeds the limit (max_query_length, actual: 2562047h47m16.854s, limit: 1d)")]
    [InlineData(Now - (24 * Hour) - 1, Now, "the query time range exceeds the limit (max_query_length, actual: 24h0m0.001s, limit: 1d)")]
    public void Bad_ranges_are_refused_in_known_words(long start, long end, string message)
    {
        var e = Assert.Throws<RpcException>(() => QueryRange.Required(start, end, Limits, Time));
        Assert.Equal(StatusCode.InvalidArgument, e.StatusCode);
        Assert.Equal(message, e.Status.Detail);
    }

    [Fact]
    public void A_range_before_the_lookback_is_empty_and_one_across_it_is_moved()
    {
        Assert.True(QueryRange.Required(1, 2, Limits, Time).BeforeLookback);
        var moved = QueryRange.Required(1, Now - (6 * 24 * Hour), Limits, Time);
        Assert.Equal(Now - (7 * 24 * Hour), moved.Start);
        Assert.False(moved.BeforeLookback);
    }

    [Fact]
    public void A_length_that_wraps_around_below_zero_in_nanoseconds_holds_nothing()
    {
        var unlimited = Limits with { MaxQueryLookback = TimeSpan.Zero };
        Assert.Equal(new QueryRange(QueryRange.LatestMillis, QueryRange.LatestMillis, false), QueryRange.Required(1, long.MaxValue, unlimited, Time));
    }

    [Fact]
    public void A_range_without_a_limit_may_be_anything()
    {
        var none = Limits with { MaxQueryLookback = TimeSpan.Zero, MaxQueryLength = TimeSpan.Zero };
        Assert.Equal(new QueryRange(-5, 5, false), QueryRange.Required(-5, 5, none, Time));
        var all = new QueryRange(-QueryRange.LatestMillis, QueryRange.LatestMillis, false);
        Assert.Equal(all, QueryRange.Required(long.MinValue, long.MaxValue, none, Time));
        Assert.Equal([all with { End = -1 }, all with { Start = 0 }], all.Split(0));
        Assert.Equal([all], all.SplitBySteps(0, 15));
    }

    [Theory]
    [InlineData(1_694_460_120_000, 1_694_460_165_000, 1_694_460_150_000)]
    [InlineData(1_694_460_120_000, 1_694_460_210_000, 0)]
    [InlineData(1_795_132_800_000, 1_795_134_600_000, 0)]
    [InlineData(90, 110, 0)]
    [InlineData(95, 105, 100)]
    [InlineData(100, 150, 0)]
    [InlineData(80, 100, 0)]
    [InlineData(7, 7, 0)]
    public void Without_an_interval_a_range_is_cut_only_where_a_multiple_of_twice_its_length_lies_within(long start, long end, long cut)
    {
        var whole = new QueryRange(start, end, false);
        Assert.Equal(cut == 0 ? [whole] : [whole with { End = cut - 1 }, whole with { Start = cut }], whole.Split(0));
    }

    [Fact]
    public void A_missing_end_means_no_range_where_that_is_allowed()
    {
        Assert.Null(QueryRange.Optional(5, 0, Limits, Time));
        Assert.Null(QueryRange.Optional(0, 5, Limits, Time));
        Assert.NotNull(QueryRange.Optional(Now - 5, Now, Limits, Time));
    }

    [Fact]
    public void Parts_cover_a_range_once_and_begin_at_multiples() =>
        Gen.Select(Gen.Long[-100_000, 100_000], Gen.Long[0, 100_000], Gen.Long[0, 7_000]).Sample((start, length, interval) =>
        {
            var parts = new QueryRange(start, start + length, false).Split(interval).ToList();
            Covers(parts, start, start + length);
            if (interval > 0) Assert.All(parts.Skip(1), p => Assert.Equal(0, p.Start % interval));
            if (interval > 0) Assert.All(parts, p => Assert.True(p.End - p.Start <= interval));
            else Assert.True(parts.Count <= 2);
        });

    [Fact]
    public void Parts_for_points_begin_a_whole_number_of_steps_after_the_start() =>
        Gen.Select(Gen.Long[-100_000, 100_000], Gen.Long[0, 100_000], Gen.Long[0, 7_000], Gen.Long[1, 9_000]).Sample((start, length, interval, step) =>
        {
            var parts = new QueryRange(start, start + length, false).SplitBySteps(interval, step).ToList();
            Covers(parts, start, start + length);
            Assert.All(parts, p => Assert.Equal(0, (p.Start - start) % step));
        });

    [Theory]
    [InlineData(0, "0s", "0s")]
    [InlineData(1, "1ms", "1ms")]
    [InlineData(1500, "1.5s", "1s500ms")]
    [InlineData(61_000, "1m1s", "1m1s")]
    [InlineData(3_600_001, "1h0m0.001s", "1h1ms")]
    [InlineData(86_400_000, "24h0m0s", "1d")]
    [InlineData(90_000_000, "25h0m0s", "1d1h")]
    [InlineData(604_800_000, "168h0m0s", "1w")]
    [InlineData(691_200_000, "192h0m0s", "8d")]
    public void Durations_read_as_in_Go_and_in_Prometheus(long millis, string go, string prometheus)
    {
        Assert.Equal(go, Durations.Go(millis));
        Assert.Equal(prometheus, Durations.Prometheus(millis));
    }

    [Theory]
    [InlineData(0, 8192)]
    [InlineData(1, 1)]
    [InlineData(1_048_576, 1_048_576)]
    public void Node_limits_hold(long asked, long effective) => Assert.Equal(effective, NodeLimit.Effective(asked, Limits));

    [Theory]
    [InlineData(1_048_577, "max flamegraph nodes limit 1048577 is greater than allowed 1048576")]
    [InlineData(-1, "max flamegraph nodes limit must be set (max allowed 1048576)")]
    public void Node_limits_refuse(long asked, string message) =>
        Assert.Equal(message, Assert.Throws<RpcException>(() => NodeLimit.Effective(asked, Limits)).Status.Detail);

    [Fact]
    public void Without_a_maximum_a_negative_node_limit_is_none() =>
        Assert.Equal(0, NodeLimit.Effective(-1, Limits with { MaxFlamegraphNodesMax = 0 }));

    private static void Covers(List<QueryRange> parts, long start, long end)
    {
        Assert.Equal(start, parts[0].Start);
        Assert.Equal(end, parts[^1].End);
        for (var i = 1; i < parts.Count; i++) Assert.Equal(parts[i - 1].End + 1, parts[i].Start);
        Assert.All(parts, p => Assert.True(p.Start <= p.End));
    }
}
