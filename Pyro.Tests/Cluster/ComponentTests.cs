using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Pyro.Tests.Cluster;

/// <summary>The components as processes of their own, behind the gateway.</summary>
public sealed class ComponentTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_push_is_found_whichever_program_runs_the_components(bool byTarget)
    {
        await using var cluster = await RunningCluster.Start(byTarget);
        using var client = new HttpClient { BaseAddress = cluster.Gateway.Url };
        Assert.True(await Push(client, "main;work"));
        Assert.Equal(1, (await ConnectHttp.Totals(client, "{service_name=\"cluster\"}"))["work"]);

        var ring = await Json(client, "/ring");
        var member = Assert.Single(ring["shards"]!.AsArray())!;
        Assert.Equal(("ingester", "ACTIVE", "ingester"), ((string)member["id"]!, (string)member["state"]!, (string)member["address"]!));
        // It sends no heartbeat, so none is shown.
        Assert.Equal("0001-01-01T00:00:00Z", (string)member["timestamp"]!);
        Assert.Contains("<html", await client.GetStringAsync("/"), StringComparison.Ordinal);
        Assert.Equal("success", (string)(await Json(client, "/api/v1/status/buildinfo"))["status"]!);
        Assert.Contains("pyroscope_request_duration_seconds", await client.GetStringAsync("/metrics"), StringComparison.Ordinal);
        using (var missing = await client.GetAsync("/api/nothing"))
            Assert.Equal("""{"code":5,"message":"Not Found","details":[]}""", await missing.Content.ReadAsStringAsync());

        Assert.All((ServerProcess[])[cluster.Gateway, cluster.Distributor, cluster.Ingester, cluster.Query],
            static server => Assert.Empty(server.Warnings()));
        foreach (var server in (ServerProcess[])[cluster.Gateway, cluster.Query, cluster.Distributor, cluster.Ingester])
            Assert.Equal(0, await server.Stop());
    }

    [Fact]
    public async Task An_ingester_that_is_killed_and_comes_back_has_what_was_acknowledged_once()
    {
        await using var cluster = await RunningCluster.Start(byTarget: false,
            ("PYRO__LIMITS__INGESTION_RATE_MB", "1000"), ("PYRO__LIMITS__INGESTION_BURST_SIZE_MB", "1000"));
        using var client = new HttpClient { BaseAddress = cluster.Gateway.Url };
        var sent = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        for (var round = 0; round < 3; round++)
        {
            using var end = new CancellationTokenSource();
            var pushers = Enumerable.Range(0, 8).Select(pusher => PushOn(client, $"f_{round}_{pusher}", sent, end.Token)).ToArray();
            await More(sent, 20);
            cluster.Ingester.Kill();
            await Task.Delay(200);
            cluster.Ingester.Start();
            await cluster.Gateway.WaitUntilReady();
            await More(sent, 20);
            await end.CancelAsync();
            await Task.WhenAll(pushers);

            var totals = await ConnectHttp.Totals(client, "{service_name=\"cluster\"}");
            Assert.All(sent, push => Assert.InRange(totals.GetValueOrDefault(push.Key), push.Value ? 1 : 0, 1));
        }
        Assert.True(sent.Values.Count(acknowledged => acknowledged) > 100, "too few pushes came through to prove anything");
        Assert.Contains(sent.Values, acknowledged => !acknowledged);
    }

    [Fact]
    public async Task What_is_away_is_told_clearly_and_found_again()
    {
        await using var cluster = await RunningCluster.Start();
        using var client = new HttpClient { BaseAddress = cluster.Gateway.Url };
        Assert.True(await Push(client, "main;work"));

        cluster.Ingester.Kill();
        await Unready(client, "the ingester cannot be reached: Connection refused");
        await Refused(client, "ingester: cannot be reached: Connection refused");
        Assert.False(await Push(client, "main;lost"));
        cluster.Ingester.Start();
        await cluster.Gateway.WaitUntilReady();
        Assert.Equal(1, (await ConnectHttp.Totals(client, "{service_name=\"cluster\"}"))["work"]);

        cluster.Query.Kill();
        await Unready(client, "query: ");
        await Refused(client, "the query cannot be reached");
        Assert.True(await Push(client, "main;more"), "the distributor is there");
        cluster.Query.Start();
        await cluster.Gateway.WaitUntilReady();
        Assert.Equal(2, (await ConnectHttp.Totals(client, "{service_name=\"cluster\"}"))["total"]);
    }

    private static Task<bool> Push(HttpClient client, string stack, CancellationToken cancel = default) =>
        ConnectHttp.Push(client, SmallProfile.Push("cluster", SmallProfile.Cpu(DateTimeOffset.UtcNow, (stack, 1))), cancel);

    /// <summary>Pushes until told to end, whatever the answers are.</summary>
    private static async Task PushOn(HttpClient client, string name, ConcurrentDictionary<string, bool> sent, CancellationToken end)
    {
        for (var i = 0; !end.IsCancellationRequested; i++)
        {
            sent[$"{name}_{i}"] = false;
            sent[$"{name}_{i}"] = await Push(client, $"main;{name}_{i}", CancellationToken.None);
            if (!sent[$"{name}_{i}"])
                await Task.Delay(20, CancellationToken.None);
        }
    }

    /// <summary>Waits until more pushes came through.</summary>
    private static async Task More(ConcurrentDictionary<string, bool> sent, int more)
    {
        var wanted = sent.Count(static push => push.Value) + more;
        for (var tries = 0; sent.Count(static push => push.Value) < wanted; tries++)
        {
            Assert.True(tries < 6000, "no more pushes come through");
            await Task.Delay(20);
        }
    }

    /// <summary>Connections that were open may still be found to be broken, each once.</summary>
    private static async Task Unready(HttpClient client, string why)
    {
        for (var left = 100; ; left--)
        {
            using var answer = await client.GetAsync("/ready");
            var text = await answer.Content.ReadAsStringAsync();
            if (left > 0 && !text.Contains(why, StringComparison.Ordinal))
            {
                await Task.Delay(50);
                continue;
            }
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.Contains(why, text, StringComparison.Ordinal);
            return;
        }
    }

    /// <summary>The same for a question.</summary>
    private static async Task Refused(HttpClient client, string why)
    {
        for (var left = 10; ; left--)
        {
            var (status, error) = await Ask(client);
            Assert.Equal((503, "unavailable"), (status, (string)error["code"]!));
            if (left > 0 && ((string)error["message"]!).EndsWith("broke", StringComparison.Ordinal))
                continue;
            Assert.Equal(why, (string)error["message"]!);
            return;
        }
    }

    private static async Task<(int Status, JsonNode Error)> Ask(HttpClient client)
    {
        // A range of long ago would be answered without anybody being asked.
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        using var content = new StringContent($$"""{"start":{{now - 3_600_000}},"end":{{now}}}""", Encoding.UTF8, "application/json");
        using var answer = await client.PostAsync("/querier.v1.QuerierService/ProfileTypes", content);
        return ((int)answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!);
    }

    private static async Task<JsonNode> Json(HttpClient client, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "Accept", "application/json" } } };
        using var answer = await client.SendAsync(request);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
    }
}
