using System.IO.Hashing;

namespace Pyro.Load;

/// <summary>What a query data set holds, so that two systems are known to have got the same bytes.</summary>
internal sealed record DataSetManifest(string Name, ulong Seed, long Pairs, long Sum, long Profiles, string BodiesHash, string Pod, long Start, long End);

/// <summary>The query data sets Q5, Q6 and Q7: W-cpu profiles until 1e5, 1e6 or 1e7 (sample, type) pairs are written.</summary>
internal static class DataSet
{
    public static long PairsOf(string name) => name switch
    {
        "q5" => 100_000,
        "q6" => 1_000_000,
        "q7" => 10_000_000,
        _ => throw new ArgumentException($"no data set {name}: q5, q6 or q7"),
    };

    /// <summary>Pushes the set, event time starting 50 minutes ago, and returns its manifest.</summary>
    /// <exception cref="HttpRequestException">The server refused, or already holds profiles there, which would be counted too.</exception>
    public static async Task<DataSetManifest> Fill(Uri url, string name, ulong seed, string? tenant, Action<string> say, CancellationToken cancellation)
    {
        using var client = new HttpClient { BaseAddress = url };
        var target = PairsOf(name);
        var workload = new CpuWorkload(seed);
        var start = DateTimeOffset.UtcNow.AddMinutes(-50).ToUnixTimeMilliseconds();
        if ((await new FlameGraphQuery(client, tenant).Ask("{}", start, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), 1, cancellation)).Total != 0)
            throw new HttpRequestException("the server holds profiles of the last 50 minutes already: use an empty one, or another tenant");
        var hash = new XxHash128();
        long pairs = 0, sum = 0, profiles = 0, last = start;
        for (var scrape = 0; pairs < target; scrape++)
        {
            for (var series = 0; series < CpuWorkload.Services * CpuWorkload.Pods && pairs < target; series++)
            {
                var body = new RequestBody(workload.Profile(series % CpuWorkload.Services, series / CpuWorkload.Services, scrape));
                last = start + (long)(scrape % 190 * CpuWorkload.ScrapeInterval.TotalMilliseconds) + scrape / 190;
                using var request = body.Request("push", tenant, last * 1_000_000 + series);
                using var response = await client.SendAsync(request, cancellation);
                if (!response.IsSuccessStatusCode)
                    throw new HttpRequestException($"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync(cancellation)}");
                hash.Append(body.Profile.Pprof);
                pairs += body.Profile.Pairs;
                sum += body.Profile.Sum;
                if (++profiles % 1000 == 0)
                    say($"{profiles} profiles, {pairs} of {target} pairs");
            }
        }
        return new DataSetManifest(
            name, seed, pairs, sum, profiles, Convert.ToHexStringLower(hash.GetCurrentHash()),
            workload.Profile(3, 0, 0).Pod, start, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
    }
}
