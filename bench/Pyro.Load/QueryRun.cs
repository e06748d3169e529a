using System.Diagnostics;

namespace Pyro.Load;

/// <summary>Asks for the flame graph of a data set again and again, and checks its total each time.</summary>
internal sealed class QueryRun(Uri url, DataSetManifest data, int count, long maxNodes, int? processId, string? tenant)
{
    public async Task<IReadOnlyList<Report>> Run(CancellationToken cancellation)
    {
        using var client = new HttpClient { BaseAddress = url };
        var query = new FlameGraphQuery(client, tenant);
        var reports = new List<Report>();
        foreach (var (name, selector, start, end) in Questions())
        {
            var latencies = new double[count];
            long total = 0, nodes = 0;
            var before = ProcessUse.Of(processId);
            for (var i = 0; i < count; i++)
            {
                var started = Stopwatch.GetTimestamp();
                var graph = await query.Ask(selector, start, end, maxNodes, cancellation);
                latencies[i] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
                total = graph.Total;
                nodes = graph.Levels.Sum(level => level.Values.Count / 4);
            }
            var whole = name == "all services";
            reports.Add(Result(name, latencies, before, whole && total != data.Sum ? $"WRONG: total {total}, pushed {data.Sum}" : $"total {total}, {nodes} nodes"));
        }
        return reports;
    }

    private IEnumerable<(string Name, string Selector, long Start, long End)> Questions()
    {
        yield return ("all services", "{}", data.Start, data.End);
        yield return ("one service", """{service_name="svc-003"}""", data.Start, data.End);
        yield return ("one pod", $$"""{pod="{{data.Pod}}"}""", data.Start, data.End);
        yield return ("five minutes", "{}", data.Start, data.Start + 5 * 60_000);
        yield return ("regular expression", """{service_name=~"svc-00[1-5]",region!="r-1"}""", data.Start, data.End);
    }

    private Report Result(string name, double[] latencies, ProcessUse? before, string check)
    {
        var after = ProcessUse.Of(processId);
        var sorted = latencies[1..].Order().ToArray();
        return new Report
        {
            Run = $"query {data.Name} {name}",
            Url = url.ToString(),
            Loop = "closed, one in flight",
            Seconds = latencies.Sum() / 1000,
            Requests = latencies.Length,
            Failed = 0,
            PerSecond = latencies.Length * 1000 / latencies.Sum(),
            PerCpuSecond = latencies.Length / (after?.CpuSeconds - before?.CpuSeconds),
            P50Ms = Latencies.Percentile(sorted, .5),
            P99Ms = Latencies.Percentile(sorted, .99),
            P999Ms = Latencies.Percentile(sorted, .999),
            MaxMs = sorted[^1],
            FirstMs = latencies[0],
            ResidentBytes = after?.ResidentBytes,
            PeakBytes = after?.PeakBytes,
            Check = check,
        };
    }
}
