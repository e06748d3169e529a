using System.Collections.Concurrent;

namespace Pyro.Tests.Cluster;

/// <summary>The promise: what was answered 200 is there after <c>kill -9</c>, once; what was not is there at most once.</summary>
public sealed class KillTests
{
    private const int Pushers = 8;

    [Fact]
    public async Task Acknowledged_pushes_survive_kill_nine_and_count_once()
    {
        var rounds = Environment.GetEnvironmentVariable("PYRO_LONG") is null ? 20 : 200;
        var seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var sent = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);

        await using var pyro = await RunningPyro.Start(["-distributor.ingestion-rate-limit-mb=1000", "-distributor.ingestion-burst-size-mb=1000"]);
        for (var round = 0; round < rounds; round++)
        {
            await PushUntilKilled(pyro, round, random.Next(50, 600), sent);
            await pyro.StartAgain();
            await CheckEveryPush(pyro, sent);
        }
        Assert.True(sent.Values.Count(acknowledged => acknowledged) > rounds * Pushers, "too few pushes came through to prove anything");
    }

    private static async Task PushUntilKilled(RunningPyro pyro, int round, int milliseconds, ConcurrentDictionary<string, bool> sent)
    {
        using var client = new HttpClient { BaseAddress = pyro.Url };
        var came = 0;
        var pushers = Enumerable.Range(0, Pushers).Select(async pusher =>
        {
            for (var i = 0; ; i++)
            {
                var name = $"f_{round}_{pusher}_{i}";
                sent[name] = false;
                try
                {
                    var profile = SmallProfile.Cpu(DateTimeOffset.UtcNow, ($"main;{name}", 1));
                    if (!await ConnectHttp.Push(client, SmallProfile.Push("kill", profile)))
                        return;
                    sent[name] = true;
                    Interlocked.Increment(ref came);
                }
                catch (HttpRequestException)
                {
                    return;
                }
            }
        }).ToArray();
        await Task.Delay(milliseconds);
        while (Volatile.Read(ref came) <= Pushers && !pushers.All(static pusher => pusher.IsCompleted))
            await Task.Delay(5);
        pyro.Kill();
        await Task.WhenAll(pushers);
    }

    private static async Task CheckEveryPush(RunningPyro pyro, ConcurrentDictionary<string, bool> sent)
    {
        using var client = new HttpClient { BaseAddress = pyro.Url };
        var totals = await ConnectHttp.Totals(client, "{service_name=\"kill\"}");
        foreach (var (name, acknowledged) in sent)
        {
            var count = totals.GetValueOrDefault(name);
            if (acknowledged)
                Assert.True(count == 1, $"{name} was acknowledged and counts {count}");
            else
                Assert.True(count is 0 or 1, $"{name} was not acknowledged and counts {count}");
        }
    }
}
