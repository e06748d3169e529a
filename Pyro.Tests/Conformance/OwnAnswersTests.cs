using System.Text.Json.Nodes;

namespace Pyro.Tests.Conformance;

/// <summary>A few profiles at a fixed time and the exact answers about them, as every compatible server gives them.</summary>
public sealed class OwnAnswersTests
{
    private const long Start = 1795132800000;
    private const long End = Start + 3_600_000;
    private static readonly string[] Flags =
        ["-validation.reject-older-than=0", "-validation.reject-newer-than=0", "-querier.max-query-lookback=0"];

    [Fact]
    public async Task Answers_are_exact_before_and_after_a_restart()
    {
        await using var pyro = await RunningPyro.Start(Flags);
        using (var client = new HttpClient { BaseAddress = pyro.Url })
        {
            await PushAll(client);
            await Check(client);
        }
        Assert.Equal(0, await pyro.Stop());
        await pyro.StartAgain();
        using var again = new HttpClient { BaseAddress = pyro.Url };
        await Check(again);
    }

    [Fact]
    public async Task Answers_through_the_gateway_are_exact_before_and_after_a_restart()
    {
        await using var cluster = await RunningCluster.Start(byTarget: false,
            ("PYRO__LIMITS__REJECT_OLDER_THAN", "0"), ("PYRO__LIMITS__REJECT_NEWER_THAN", "0"), ("PYRO__LIMITS__MAX_QUERY_LOOKBACK", "0"));
        using var client = new HttpClient { BaseAddress = cluster.Gateway.Url };
        await PushAll(client);
        await Check(client);
        Assert.Equal(0, await cluster.Ingester.Stop());
        cluster.Ingester.Start();
        await cluster.Gateway.WaitUntilReady();
        await Check(client);
    }

    private static async Task PushAll(HttpClient client)
    {
        var at = DateTimeOffset.FromUnixTimeMilliseconds(Start);
        var first = SmallProfile.Cpu(at.AddSeconds(10), ("a", 1), ("a;b", 3), ("a;c", 2), ("d", 4));
        Assert.True(await ConnectHttp.Push(client, SmallProfile.Push("own", first)));
        Assert.True(await ConnectHttp.Push(client, SmallProfile.Push("own", first)), "the same push again counts once");
        Assert.True(await ConnectHttp.Push(client, SmallProfile.Push("own", SmallProfile.Cpu(at.AddSeconds(40), ("d", 5)))));
    }

    private static async Task Check(HttpClient client)
    {
        var range = new JsonObject { ["start"] = Start, ["end"] = End };
        await Same(client, "ProfileTypes", range, """
            {"profileTypes":[{"ID":"process_cpu:cpu:nanoseconds:cpu:nanoseconds","name":"process_cpu","sampleType":"cpu","sampleUnit":"nanoseconds","periodType":"cpu","periodUnit":"nanoseconds"}]}
            """);
        await Same(client, "LabelNames", range, """
            {"names":["__name__","__period_type__","__period_unit__","__profile_type__","__service_name__","__type__","__unit__","service_name"]}
            """);
        await Same(client, "LabelValues", With(range, ("name", "service_name")), """{"names":["own"]}""");
        await Same(client, "Series", With(range, ("labelNames", new JsonArray("service_name", "__type__"))), """
            {"labelsSet":[{"labels":[{"name":"__type__","value":"cpu"},{"name":"service_name","value":"own"}]}]}
            """);
        var select = With(range, ("profileTypeID", SmallProfile.CpuType), ("labelSelector", "{service_name=\"own\"}"));
        await Same(client, "SelectMergeStacktraces", select, """
            {"flamegraph":{"names":["total","d","a","c","b"],
             "levels":[{"values":["0","15","0","0"]},{"values":["0","6","1","2","0","9","9","1"]},{"values":["1","3","3","4","0","2","2","3"]}],"total":"15","maxSelf":"9"}}
            """);
        await Same(client, "SelectSeries", With(select, ("step", 15), ("groupBy", new JsonArray("service_name"))), """
            {"series":[{"labels":[{"name":"service_name","value":"own"}],"points":[{"value":10,"timestamp":"1795132815000"},{"value":5,"timestamp":"1795132845000"}]}]}
            """);
        await Render(client);
    }

    private static async Task Render(HttpClient client)
    {
        var query = Uri.EscapeDataString(SmallProfile.CpuType + "{service_name=\"own\"}");
        var text = await client.GetStringAsync($"/pyroscope/render?query={query}&from={Start}&until={Start + 60_000}");
        var answer = JsonNode.Parse(text)!;
        Equal("""{"names":["total","d","a","c","b"],"levels":[[0,15,0,0],[0,6,1,2,0,9,9,1],[1,3,3,4,0,2,2,3]],"numTicks":15,"maxSelf":9}""", answer["flamebearer"]!);
        Equal("""{"format":"single","spyName":"","sampleRate":1000000000,"units":"samples","name":"cpu"}""", answer["metadata"]!);
        Equal("""{"startTime":1795132800,"samples":[0,10,0,5],"durationDelta":15,"watermarks":null}""", answer["timeline"]!);
    }

    private static async Task Same(HttpClient client, string method, JsonObject request, string expected) =>
        Equal(expected, await ConnectHttp.Query(client, method, request));

    private static void Equal(string expected, JsonNode actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), actual), $"want {expected}\ngot  {actual.ToJsonString()}");

    private static JsonObject With(JsonObject request, params (string Name, JsonNode Value)[] more)
    {
        var copy = (JsonObject)request.DeepClone();
        foreach (var (name, value) in more)
            copy[name] = value.DeepClone();
        return copy;
    }
}
