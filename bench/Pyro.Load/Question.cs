using Pyro.Api.Querier;
using Pyro.Api.Types;

namespace Pyro.Load;

/// <summary>A question that is asked again and again.</summary>
/// <param name="Name">In reports.</param>
/// <param name="Ask">Asks it once, and tells what the answer comes to; it begins with <see cref="Wrong"/> when it is not what was pushed.</param>
internal sealed record Question(string Name, Func<CancellationToken, Task<string>> Ask)
{
    /// <summary>What a report of a wrong answer begins with.</summary>
    public const string Wrong = "WRONG";

    /// <summary>The questions about a data set.</summary>
    public static IReadOnlyList<Question> About(DataSetManifest data, HttpClient client, string? tenant, long maxNodes) => data.Name switch
    {
        "rows" => [TimeLines(data, new Rpc(client, tenant))],
        "series" => Labels(data, new Rpc(client, tenant)),
        _ => FlameGraphs(data, new FlameGraphQuery(client, tenant, data.ProfileType), maxNodes),
    };

    private static Question[] FlameGraphs(DataSetManifest data, FlameGraphQuery query, long maxNodes)
    {
        return
        [
            Of("all services", "{}", data.End, data.Sum),
            Of("one service", $$"""{service_name="{{data.Pod[..data.Pod.LastIndexOf('-')]}}"}""", data.End),
            Of("one pod", $$"""{pod="{{data.Pod}}"}""", data.End),
            Of("five minutes", "{}", data.Start + 5 * 60_000),
            Of("regular expression", """{service_name=~"svc-0[02][1-5]",region!="r-1"}""", data.End),
        ];

        Question Of(string name, string selector, long end, long? expected = null) => new(name, async cancellation =>
        {
            var graph = await query.Ask(selector, data.Start, end, maxNodes, cancellation);
            return expected is { } sum && graph.Total != sum
                ? $"{Wrong}: total {graph.Total}, pushed {sum}"
                : $"total {graph.Total}, {graph.Levels.Sum(static level => level.Values.Count / 4)} nodes";
        });
    }

    private static Question TimeLines(DataSetManifest data, Rpc rpc) => new("time lines by service", async cancellation =>
    {
        var request = new SelectSeriesRequest
        {
            ProfileTypeID = data.ProfileType,
            LabelSelector = "{}",
            Start = data.Start,
            End = data.End,
            GroupBy = { "service_name" },
            Step = 60,
        };
        var answer = await rpc.Ask("querier.v1.QuerierService/SelectSeries", request, SelectSeriesResponse.Parser, cancellation);
        var sum = answer.Series.Sum(static s => s.Points.Sum(static p => (long)p.Value));
        return answer.Series.Count == SmallWorkload.Services && sum == data.Sum
            ? $"total {sum}, {answer.Series.Count} time lines"
            : $"{Wrong}: total {sum} in {answer.Series.Count} time lines, pushed {data.Sum} of {SmallWorkload.Services} services";
    });

    private static Question[] Labels(DataSetManifest data, Rpc rpc)
    {
        return
        [
            Of("label names", async cancellation => (await rpc.Ask(
                "querier.v1.QuerierService/LabelNames", new LabelNamesRequest { Start = data.Start, End = data.End }, LabelNamesResponse.Parser, cancellation)).Names.Count, 5),
            Of("label values", async cancellation => (await rpc.Ask(
                "querier.v1.QuerierService/LabelValues", new LabelValuesRequest { Name = "pod", Start = data.Start, End = data.End }, LabelValuesResponse.Parser, cancellation)).Names.Count,
                data.Pods),
            Of("series", async cancellation => (await rpc.Ask(
                "querier.v1.QuerierService/Series",
                new SeriesRequest { Matchers = { "{}" }, LabelNames = { "service_name", "pod" }, Start = data.Start, End = data.End }, SeriesResponse.Parser, cancellation)).LabelsSet.Count,
                data.Pods),
        ];

        static Question Of(string name, Func<CancellationToken, Task<int>> count, int expected) => new(name, async cancellation =>
        {
            var found = await count(cancellation);
            return found >= expected && (found == expected || name == "label names") ? $"{found} found" : $"{Wrong}: {found} found, {expected} pushed";
        });
    }
}
