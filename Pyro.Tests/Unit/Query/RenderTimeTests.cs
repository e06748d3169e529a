using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Pyro.Api.Types;
using Pyro.Query.Render;

namespace Pyro.Tests.Unit.Query;

public class RenderTimeTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeMilliseconds(1_795_132_800_123);

    [Theory]
    [InlineData(0, 15)]
    [InlineData(60, 15)]
    [InlineData(26_250, 15)]
    [InlineData(26_251, 20)]
    [InlineData(37_500, 20)]
    [InlineData(67_500, 30)]
    [InlineData(86_400, 60)]
    [InlineData(135_000, 60)]
    [InlineData(135_001, 120)]
    [InlineData(604_800, 300)]
    [InlineData(30 * 86_400, 1_800)]
    [InlineData(365 * 86_400, 21_600)]
    [InlineData(1500L * 3 * 604_800, 604_800)]
    [InlineData(1500L * 5 * 604_800, 30 * 86_400)]
    [InlineData(1500L * 6 * 604_800, 365 * 86_400)]
    public void Steps_follow_the_ladder(long seconds, long step) => Assert.Equal(step, Timeline.StepFor(1_795_132_800, 1_795_132_800 + seconds));

    [Fact]
    public void A_timeline_has_a_value_for_each_step_before_the_end()
    {
        Point[] points = [new() { Timestamp = 1_795_132_822_000, Value = 60.9 }, new() { Timestamp = 1_795_132_837_000, Value = 90 }, new() { Timestamp = 1_795_132_852_000, Value = 30 }];
        var timeline = Timeline.From(points, 1_795_132_807_000, 1_795_132_852_000, 15);
        Assert.Equal(1_795_132_800, timeline.Start);
        Assert.Equal([0UL, 60UL, 90UL], timeline.Samples);
        Assert.Empty(Timeline.From(points, 5_000, 4_000, 15).Samples);
    }

    [Fact]
    public void A_query_string_is_read_or_refused() => Fuzz.RunText(
        "render query",
        ["query=a:b:c:d:e{x=\"y\"}&from=now-1h&until=now&maxNodes=3&max-nodes=5", "query={__name__=\"a:b:c:d:e\",x=~\"y\"}", "query=%7B&from=1"],
        text =>
        {
            try
            {
                RenderQuery.Parse(new QueryCollection(QueryHelpers.ParseQuery(text)), "", Now);
            }
            catch (Grpc.Core.RpcException e)
            {
                Assert.Equal(Grpc.Core.StatusCode.InvalidArgument, e.StatusCode);
            }
        });

    [Theory]
    [InlineData("", "\"query\" is required")]
    [InlineData("query=", "\"query\" is required")]
    [InlineData("query=%7B", "failed to parse \"query\": 1:2: parse error: unexpected end of input inside braces")]
    [InlineData("query={service_name=\"cart\"}", "\"query\" must contain a profile-type selection")]
    [InlineData("query={__profile_type__=\"a:b:c:d:e\"}", "\"query\" must contain a profile-type selection")]
    [InlineData("query=a:b:c{}", "failed to parse \"query\"")]
    public void Bad_queries_are_refused_in_known_words(string text, string message)
    {
        var e = Assert.Throws<Grpc.Core.RpcException>(() => RenderQuery.Parse(new QueryCollection(QueryHelpers.ParseQuery(text)), "", Now));
        Assert.Equal(message, e.Status.Detail);
    }

    [Fact]
    public void The_name_is_the_profile_type_and_the_rest_selects()
    {
        var query = RenderQuery.Parse(
            new QueryCollection(QueryHelpers.ParseQuery("leftQuery=a:b:c:d:e:delta{x=\"y\\\"\\\\\",\"k8s.pod\"!~\"q\"}&leftFrom=1000000000&leftUntil=2000000000&max-nodes=2&maxNodes=-3")),
            "left",
            Now);
        Assert.Equal("a:b:c:d:e:delta", query.Type.Id);
        Assert.Equal("""{"x"="y\"\\","k8s.pod"!~"q"}""", query.Selector);
        Assert.Equal((1_000_000_000_000, 2_000_000_000_000, -3), (query.From, query.Until, query.MaxNodes));
        var matchers = Profiles.Labels.Selector.Parse(query.Selector);
        Assert.Equal([("x", "y\"\\"), ("k8s.pod", "q")], matchers.Select(m => (m.Name, m.Value)));
    }
}
