using System.Text;
using System.Text.Json;
using Pyro.Api.Querier;
using Pyro.Profiles.Labels;
using Pyro.Query.Frontend;
using Pyro.Query.Render;

namespace Pyro.Tests.Unit.Query;

public class FlamebearerTests
{
    [Fact]
    public void A_single_graph_with_groups()
    {
        var graph = FlameGraphMessage.From(DiffLayoutTests.Tree("a 1", "a;b 3", "a;c 2", "d 4"), 0);
        var groups = new SortedDictionary<string, Timeline>(StringComparer.Ordinal) { ["*"] = new(15, 15, [7]), ["x"] = new(15, 15, []) };
        Assert.Equal(
            """
            {"version":1,"flamebearer":{"names":["total","d","a","c","b"],"levels":[[0,10,0,0],[0,6,1,2,0,4,4,1],[1,3,3,4,0,2,2,3]],"numTicks":10,"maxSelf":4},
            "metadata":{"format":"single","spyName":"","sampleRate":1000000000,"units":"samples","name":"cpu"},
            "timeline":{"startTime":0,"samples":[1,0],"durationDelta":15,"watermarks":null},
            "groups":{"*":{"startTime":15,"samples":[7],"durationDelta":15,"watermarks":null},"x":{"startTime":15,"samples":[],"durationDelta":15,"watermarks":null}},
            "heatmap":null}
            """.ReplaceLineEndings(""),
            Json(json => Flamebearer.WriteSingle(json, graph, ProfileType.Parse("process_cpu:cpu:nanoseconds:cpu:nanoseconds"), new Timeline(0, 15, [1, 0]), groups)));
    }

    [Fact]
    public void A_double_graph_leaves_out_ticks_of_nothing()
    {
        var graph = DiffLayout.Of(DiffLayoutTests.Tree(), DiffLayoutTests.Tree("a 2"), 0);
        Assert.Equal(
            """
            {"version":1,"flamebearer":{"names":["total","a"],"levels":[[0,0,0,0,2,0,0],[0,0,0,0,2,2,1]],"numTicks":2,"maxSelf":2},
            "metadata":{"format":"double","spyName":"","sampleRate":100,"units":"bytes","name":"inuse_space"},"timeline":null,"groups":null,"heatmap":null,"rightTicks":2}
            """.ReplaceLineEndings(""),
            Json(json => Flamebearer.WriteDouble(json, graph, ProfileType.Parse("memory:inuse_space:bytes:space:bytes"))));
    }

    [Theory]
    [InlineData("a:inuse_objects:count:b:c", 100, "objects")]
    [InlineData("a:alloc_objects:count:b:c", 100, "objects")]
    [InlineData("a:goroutine:count:b:c", 100, "objects")]
    [InlineData("a:goroutines:count:b:c", 100, "count")]
    [InlineData("a:samples:count:b:c", 100, "objects")]
    [InlineData("a:cpu:nanoseconds:b:c", 1_000_000_000, "samples")]
    [InlineData("a:delay:nanoseconds:b:c", 100, "nanoseconds")]
    public void Units_follow_the_sample_type(string type, int rate, string units)
    {
        var json = Json(writer => Flamebearer.WriteDouble(writer, new FlameGraphDiff(), ProfileType.Parse(type)));
        Assert.Contains($"\"sampleRate\":{rate},\"units\":\"{units}\"", json);
    }

    private static string Json(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer)) write(json);
        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
