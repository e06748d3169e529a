using Grpc.Core;
using Pyro.Api.Querier;
using Pyro.Api.Types;

namespace Pyro.Tests.Unit.Query;

public class PointQueriesTests
{
    private readonly FakeCluster _cluster = new(1, replicationFactor: 1);

    private long Start => _cluster.Now - 60_000;

    [Fact]
    public async Task The_first_point_holds_a_whole_step_and_its_beginning()
    {
        Hold(1, -15_001, -15_000, -1, 0, 1, 15_000, 59_999, 60_000);

        Assert.Equal([(Start, 3.0), (Start + 15_000, 2.0), (Start + 60_000, 2.0)], await Points(new SelectSeriesRequest { Step = 15 }));
    }

    [Fact]
    public async Task The_first_point_does_not_look_behind_the_hour()
    {
        var hour = (Start / 3_600_000 * 3_600_000) - Start;
        Hold(1, hour - 1, hour, hour + 15_000);
        foreach (var (from, points) in new[] { (hour, new[] { (Start + hour, 1.0), (Start + hour + 15_000, 1.0) }), (hour - 15_000, [(Start + hour, 2.0), (Start + hour + 15_000, 1.0)]) })
        {
            Assert.Equal(points, await Points(new SelectSeriesRequest { Step = 15, Start = Start + from, End = Start + hour + 15_000 }));
        }
    }

    [Fact]
    public async Task Splitting_changes_nothing()
    {
        Hold(1, [.. Enumerable.Range(-20, 100).Select(i => i * 1_000L), 7, 10_001, 29_999]);
        foreach (var step in new[] { 1, 1.5, 4, 7, 15, 100, 0.001 })
        {
            _cluster.Limits = _cluster.Limits with { SplitQueriesByInterval = TimeSpan.Zero };
            var whole = await Points(new SelectSeriesRequest { Step = step });
            _cluster.Limits = _cluster.Limits with { SplitQueriesByInterval = TimeSpan.FromSeconds(10), MaxQueryParallelism = 2 };
            Assert.Equal(whole, await Points(new SelectSeriesRequest { Step = step }));
        }
    }

    [Fact]
    public async Task Series_come_by_sum_then_by_labels()
    {
        Hold(3, 1, 2);
        Hold(5, 1, 2);
        Hold(2, 1, 2, 3);
        var answer = await Ask(new SelectSeriesRequest { Step = 15, GroupBy = { "n", "even" } });
        Assert.Equal(["even=yes", "even=no n=3", "even=no n=5"], answer.Series.Select(s => string.Join(' ', s.Labels.Select(l => $"{l.Name}={l.Value}"))));

        answer = await Ask(new SelectSeriesRequest { Step = 15, GroupBy = { "n", "even" }, Limit = 1 });
        Assert.Equal("even", Assert.Single(Assert.Single(answer.Series).Labels).Name);
        answer = await Ask(new SelectSeriesRequest { Step = 15, GroupBy = { "n" }, Limit = -1 });
        Assert.Equal(3, answer.Series.Count);
    }

    [Fact]
    public async Task Average_is_of_profiles()
    {
        _cluster.Holders[0].Holdings.Add(new FakeHolding(1) { Rows = { new Row(1, Start, 1, 1), new Row(3, Start, 2, 2) } });
        Assert.Equal([(Start, 1.5)], await Points(new SelectSeriesRequest { Step = 15, Aggregation = TimeSeriesAggregationType.Average }));
        Assert.Equal([(Start, 3.0)], await Points(new SelectSeriesRequest { Step = 15, Aggregation = (TimeSeriesAggregationType)7 }));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(0.0009)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public async Task A_step_below_a_millisecond_is_refused(double step)
    {
        var e = await Assert.ThrowsAsync<RpcException>(() => Ask(new SelectSeriesRequest { Step = step }));
        Assert.Equal("""{"code":"invalid_argument","message":"step must be non-zero"}""", e.Status.Detail);
    }

    [Fact]
    public async Task A_step_longer_than_all_of_time_makes_one_point()
    {
        Hold(1, -1_000, 0);
        Assert.Equal([(Start, 2.0)], await Points(new SelectSeriesRequest { Step = 1e300 }));
    }

    [Fact]
    public async Task A_far_end_without_a_limit_is_answered()
    {
        _cluster.Limits = _cluster.Limits with { MaxQueryLength = TimeSpan.Zero, MaxQueryLookback = TimeSpan.Zero };
        Hold(1, 0, 60_000);
        foreach (var end in new[] { 99_999_999_999_999, long.MaxValue })
        {
            var asked = new SelectSeriesRequest { Start = Start, End = end, Step = 15, ProfileTypeID = FakeCluster.Type, LabelSelector = "{}" };
            var answer = await _cluster.Points.Series(FakeCluster.Call(), asked, TestContext.Current.CancellationToken);
            Assert.Equal([1.0, 1.0], Assert.Single(answer.Series).Points.Select(static p => p.Value));
        }
    }

    [Fact]
    public async Task A_bad_type_is_refused_as_behind_the_frontend()
    {
        var e = await Assert.ThrowsAsync<RpcException>(() => Ask(new SelectSeriesRequest { Step = 1, ProfileTypeID = "a:b" }));
        Assert.Equal(
            "{\"code\":\"invalid_argument\",\"message\":\"profile-type selection must be of the form \\u003cname\\u003e:\\u003csample-type\\u003e:"
            + "\\u003csample-unit\\u003e:\\u003cperiod-type\\u003e:\\u003cperiod-unit\\u003e(:delta), got(2): \\\"a:b\\\"\"}",
            e.Status.Detail);
    }

    [Fact]
    public async Task A_bad_selector_is_refused()
    {
        var e = await Assert.ThrowsAsync<RpcException>(() => Ask(new SelectSeriesRequest { Step = 1, LabelSelector = "{" }));
        Assert.Equal("failed to parse label selector: 1:2: parse error: unexpected end of input inside braces", e.Status.Detail);
    }

    [Fact]
    public async Task Before_the_lookback_nothing_is_looked_at()
    {
        var asked = new SelectSeriesRequest { Start = 1, End = 2, ProfileTypeID = "x", LabelSelector = "{" };
        Assert.Empty((await _cluster.Points.Series(FakeCluster.Call(), asked, TestContext.Current.CancellationToken)).Series);
    }

    private void Hold(ulong series, params long[] offsets)
    {
        var holding = new FakeHolding((byte)series);
        holding.Rows.AddRange(offsets.Select((offset, i) => new Row(series, Start + offset, (UInt128)(ulong)i, 1)));
        _cluster.Holders[0].Holdings.Add(holding);
    }

    private async Task<List<(long, double)>> Points(SelectSeriesRequest request) =>
        [.. Assert.Single((await Ask(request)).Series).Points.Select(p => (p.Timestamp, p.Value))];

    private Task<SelectSeriesResponse> Ask(SelectSeriesRequest request)
    {
        if (request.ProfileTypeID == "") request.ProfileTypeID = FakeCluster.Type;
        if (request.LabelSelector == "") request.LabelSelector = "{}";
        if (request.Start == 0) (request.Start, request.End) = (Start, _cluster.Now);
        return _cluster.Points.Series(FakeCluster.Call(), request, TestContext.Current.CancellationToken);
    }
}
