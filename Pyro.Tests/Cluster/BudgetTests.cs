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

    [Fact]
    public async Task Over_the_disk_budget_pushes_are_answered_429_with_retry_after_and_what_is_held_is_told()
    {
        await using var pyro = await RunningPyro.Start(["-disk.budget=2GiB"]);
        using var client = new HttpClient { BaseAddress = pyro.Url };
        Assert.True(await ConnectHttp.Push(client, SmallProfile.Push("before", Wide(0))));

        // Not a block of pyro's, and without a byte on the disk: it counts by its length.
        var large = Path.Combine(pyro.Folder, "data", "somebody-elses");
        await using (var file = File.Create(large))
            file.SetLength(2L << 30);
        var refusal = await PushUntil(client, HttpStatusCode.TooManyRequests);
        Assert.Equal("1", refusal.RetryAfter);
        Assert.Contains("disk is nearly full", refusal.Text, StringComparison.Ordinal);
        var names = await ConnectHttp.Query(client, "LabelValues", new JsonObject { ["name"] = "service_name" });
        Assert.Contains("before", names["names"]!.AsArray().Select(static n => (string)n!));

        File.Delete(large);
        await PushUntil(client, HttpStatusCode.OK);
    }

    // The disk is looked at every few seconds.
    private static async Task<(string? RetryAfter, string Text)> PushUntil(HttpClient client, HttpStatusCode status)
    {
        for (var i = 0; i < 1000; i++)
        {
            using var answer = await client.PostAsync("/push.v1.PusherService/Push", ConnectHttp.Proto(SmallProfile.Push("on", Wide(i))));
            if (answer.StatusCode == status)
                return (answer.Headers.TryGetValues("Retry-After", out var after) ? after.Single() : null, await answer.Content.ReadAsStringAsync());
            await Task.Delay(100);
        }
        throw new TimeoutException($"never answered {status}");
    }

    /// <summary>A profile of names that no other has.</summary>
    private static Api.Pprof.Profile Wide(int seed) =>
        SmallProfile.Cpu(DateTimeOffset.UtcNow, [.. Enumerable.Range(0, 200).Select(i => ($"main;f_{seed}_{i};g_{seed}_{i}", 1L))]);
}
