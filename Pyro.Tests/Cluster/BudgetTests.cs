using System.Net;
using System.Text.Json.Nodes;

namespace Pyro.Tests.Cluster;

/// <summary>A budget of our own that is used up: 429 and Retry-After on every route, while what is held still answers.</summary>
public sealed class BudgetTests
{
    [Fact]
    public async Task Over_the_memory_budget_every_route_answers_429_with_retry_after()
    {
        await using var pyro = await RunningPyro.Start(["-memory.budget=16MiB", "-distributor.ingestion-rate-limit-mb=1000", "-distributor.ingestion-burst-size-mb=1000"]);
        using var client = new HttpClient { BaseAddress = pyro.Url };
        var stored = 0;
        while (stored < 100_000 && await ConnectHttp.Push(client, SmallProfile.Push($"service-{stored}", Wide(stored))))
            stored++;
        Assert.InRange(stored, 1, 99_999);

        using var push = await client.PostAsync("/push.v1.PusherService/Push", ConnectHttp.Proto(SmallProfile.Push("late", Wide(-1))));
        using var ingest = await client.PostAsync("/ingest?name=late&format=pprof", ConnectHttp.Proto(Wide(-2)));
        using var text = await client.PostAsync("/ingest?name=late", new StringContent("main;late 1\n"));
        foreach (var answer in new[] { push, ingest, text })
        {
            Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
            Assert.Equal("1", answer.Headers.GetValues("Retry-After").Single());
            Assert.Contains("memory budget", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        var names = await ConnectHttp.Query(client, "LabelValues", new JsonObject { ["name"] = "service_name" });
        Assert.Equal(stored, names["names"]!.AsArray().Count);
    }

    /// <summary>A profile of names that no other has.</summary>
    private static Api.Pprof.Profile Wide(int seed) =>
        SmallProfile.Cpu(DateTimeOffset.UtcNow, [.. Enumerable.Range(0, 200).Select(i => ($"main;f_{seed}_{i};g_{seed}_{i}", 1L))]);
}
