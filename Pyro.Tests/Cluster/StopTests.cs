using System.Collections.Concurrent;
using System.Net;

namespace Pyro.Tests.Cluster;

/// <summary>A process that is asked to stop under load: each push is stored or sent elsewhere, and there is nothing to wonder about in its log.</summary>
public sealed class StopTests
{
    private const int Pushers = 8;

    [Fact]
    public async Task Stopping_under_load_answers_200_or_503_loses_nothing_and_raises_no_noise()
    {
        var acknowledged = new ConcurrentBag<string>();
        var codes = new ConcurrentDictionary<HttpStatusCode, int>();
        await using var pyro = await RunningPyro.Start(["-distributor.ingestion-rate-limit-mb=1000", "-distributor.ingestion-burst-size-mb=1000"]);
        for (var round = 0; round < 3; round++)
        {
            using var client = new HttpClient { BaseAddress = pyro.Url };
            var pushers = Enumerable.Range(0, Pushers).Select(p => PushUntilRefused(client, $"f_{round}_{p}", acknowledged, codes)).ToArray();
            await Task.Delay(300);
            Assert.Equal(0, await pyro.Stop());
            await Task.WhenAll(pushers);
            await pyro.StartAgain();
        }

        Assert.Empty(codes.Keys.Except([HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable]));
        Assert.DoesNotContain("exception", pyro.Log, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("level=error", pyro.Log, StringComparison.Ordinal);
        using var asking = new HttpClient { BaseAddress = pyro.Url };
        var totals = await ConnectHttp.Totals(asking, "{service_name=\"stop\"}");
        Assert.NotEmpty(acknowledged);
        Assert.All(acknowledged, name => Assert.Equal(1, totals.GetValueOrDefault(name)));
    }

    private static async Task PushUntilRefused(
        HttpClient client, string prefix, ConcurrentBag<string> acknowledged, ConcurrentDictionary<HttpStatusCode, int> codes)
    {
        for (var i = 0; ; i++)
        {
            var name = $"{prefix}_{i}";
            try
            {
                using var content = ConnectHttp.Proto(SmallProfile.Push("stop", SmallProfile.Cpu(DateTimeOffset.UtcNow, ($"main;{name}", 1))));
                using var response = await client.PostAsync("/push.v1.PusherService/Push", content);
                codes.AddOrUpdate(response.StatusCode, 1, (_, n) => n + 1);
                if (response.IsSuccessStatusCode)
                    acknowledged.Add(name);
            }
            catch (HttpRequestException)
            {
                return;
            }
        }
    }
}
