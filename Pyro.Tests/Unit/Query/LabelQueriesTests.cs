using Grpc.Core;
using Pyro.Api.Peers;
using Pyro.Api.Querier;
using Pyro.Api.Types;

namespace Pyro.Tests.Unit.Query;

public class LabelQueriesTests
{
    private readonly FakeCluster _cluster = new(3);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Answers_of_holders_are_joined_in_byte_order()
    {
        _cluster.Holders[0].LabelsAnswer = LabelAnswer.Of("b", "\uE000");
        _cluster.Holders[1].LabelsAnswer = LabelAnswer.Of("a", "b", "\U0001F600");
        _cluster.Holders[2].Failure = StatusCode.Unavailable;

        var answer = await _cluster.Labels.LabelValues(FakeCluster.Call(), new LabelValuesRequest { Name = "x" }, Cancel);
        Assert.Equal(["a", "b", "\uE000", "\U0001F600"], answer.Texts);
        Assert.Null(_cluster.Holders[0].LabelsAsked[0].Selection.Range);
    }

    [Fact]
    public async Task Any_selector_without_matchers_selects_everything()
    {
        await _cluster.Labels.LabelNames(FakeCluster.Call(), new LabelNamesRequest { Matchers = { "{a=\"b\"}", "{}" } }, true, Cancel);
        Assert.Empty(_cluster.Holders[0].LabelsAsked[0].Selection.Selectors);
        await _cluster.Labels.LabelNames(FakeCluster.Call(), new LabelNamesRequest { Matchers = { "{a=\"b\"}", "{c!~\"d\"}" } }, true, Cancel);
        Assert.Equal(2, _cluster.Holders[0].LabelsAsked[1].Selection.Selectors.Count);
        Assert.Equal(Matcher.Types.Op.NotRegex, _cluster.Holders[0].LabelsAsked[1].Selection.Selectors[1].Matchers[0].Op);
    }

    [Fact]
    public async Task Names_that_Prometheus_did_not_allow_need_a_client_that_says_so()
    {
        _cluster.Holders[0].LabelsAnswer = LabelAnswer.Of("1a", "_b9", "a.b", "ключ");
        Assert.Equal(["_b9"], (await _cluster.Labels.LabelNames(FakeCluster.Call(), new LabelNamesRequest(), false, Cancel)).Texts);
        Assert.Equal(4, (await _cluster.Labels.LabelNames(FakeCluster.Call(), new LabelNamesRequest(), true, Cancel)).Texts.Count);
    }

    [Fact]
    public async Task Series_keep_the_allowed_names_asked_for()
    {
        await _cluster.Labels.Series(FakeCluster.Call(), new SeriesRequest { LabelNames = { "a.b", "pod", "pod" } }, false, Cancel);
        Assert.Equal(["pod"], _cluster.Holders[0].LabelsAsked[0].By);

        _cluster.Holders[0].LabelsAnswer = LabelAnswer.Of(Set(("a.b", "1"), ("pod", "x")), Set(("a.b", "2"), ("pod", "x")));
        var all = await _cluster.Labels.Series(FakeCluster.Call(), new SeriesRequest { LabelNames = { "a.b" } }, false, Cancel);
        Assert.Equal([Set(("pod", "x"))], all.Series);
    }

    [Fact]
    public async Task Profile_types_are_taken_apart()
    {
        _cluster.Holders[0].LabelsAnswer = LabelAnswer.Of("goroutine:goroutine:count::", "no type");
        var type = Assert.Single((await _cluster.Labels.ProfileTypes(FakeCluster.Call(), new ProfileTypesRequest(), Cancel)).ProfileTypes);
        Assert.Equal(("goroutine:goroutine:count::", "goroutine", "count", ""), (type.ID, type.SampleType, type.SampleUnit, type.PeriodType));
    }

    [Fact]
    public async Task A_label_must_be_named()
    {
        var e = await Assert.ThrowsAsync<RpcException>(() => _cluster.Labels.LabelValues(FakeCluster.Call(), new LabelValuesRequest(), Cancel));
        Assert.Equal("""{"code":"invalid_argument","message":"name is required"}""", e.Status.Detail);
    }

    [Fact]
    public async Task Stats_tell_the_oldest_and_newest_of_all_holders()
    {
        Assert.Equal(new GetProfileStatsResponse(), await _cluster.Stats.Stats(FakeCluster.Call(), Cancel));
        _cluster.Holders[0].Holdings.Add(new FakeHolding(1) { Rows = { new Row(1, 7, 1, 1) } });
        _cluster.Holders[2].Holdings.Add(new FakeHolding(2) { Rows = { new Row(1, 3, 1, 1), new Row(1, 5, 2, 1) } });
        var expected = new GetProfileStatsResponse { DataIngested = true, OldestProfileTime = 3, NewestProfileTime = 7 };
        Assert.Equal(expected, await _cluster.Stats.Stats(FakeCluster.Call(), Cancel));
    }

    private static Labels Set(params (string Name, string Value)[] labels) =>
        new() { Labels_ = { labels.Select(l => new LabelPair { Name = l.Name, Value = l.Value }) } };
}
