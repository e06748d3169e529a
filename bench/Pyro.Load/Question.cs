using Google.Protobuf;
using Pyro.Api.Querier;
using Pyro.Api.Types;

namespace Pyro.Load;

/// <summary>A question that is asked again and again.</summary>
/// <param name="Name">In reports.</param>
/// <param name="Ask">
/// Asks it once, until the last byte of the answer is there; then reads the answer, and tells what it comes to: it begins with <see cref="Wrong"/> when it is
/// not what was pushed.
/// </param>
internal sealed record Question(string Name, Func<CancellationToken, Task<Func<string>>> Ask)
{
    /// <summary>What a report of a wrong answer begins with.</summary>
    public const string Wrong = "WRONG";

    /// <summary>The questions about a data set.</summary>
    public static IReadOnlyList<Question> About(DataSetManifest data, HttpClient client, string? tenant, long maxNodes) => data.Name switch
    {
        "rows" => [TimeLines(data, new Rpc(client, tenant))],
        "series" => Labels(data, new Rpc(client, tenant)),
        _ => FlameGraphs(data, new Rpc(client, tenant), maxNodes),
    };

    private static Question[] FlameGraphs(DataSetManifest data, Rpc rpc, long maxNodes)
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
            var request = FlameGraphQuery.Request(data.ProfileType, selector, data.Start, end, maxNodes);
            var body = await rpc.Receive(FlameGraphQuery.Method, request, cancellation);
            return () =>
            {
                var graph = FlameGraphQuery.Read(body);
                return expected is { } sum && graph.Total != sum
                    ? $"{Wrong}: total {graph.Total}, pushed {sum}"
                    : $"total {graph.Total}, {graph.Levels.Sum(static level => level.Values.Count / 4)} nodes";
            };
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
        var body = await rpc.Receive("querier.v1.QuerierService/SelectSeries", request, cancellation);
        return () =>
        {
            var series = SelectSeriesResponse.Parser.ParseFrom(body).Series;
            var sum = series.Sum(static s => s.Points.Sum(static p => (long)p.Value));
            return series.Count == SmallWorkload.Services && sum == data.Sum
                ? $"total {sum}, {series.Count} time lines"
                : $"{Wrong}: total {sum} in {series.Count} time lines, pushed {data.Sum} of {SmallWorkload.Services} services";
        };
    });

    private static Question[] Labels(DataSetManifest data, Rpc rpc)
    {
        return
        [
            // Names that the server adds are there too.
            Of("label names", "LabelNames", new LabelNamesRequest { Start = data.Start, End = data.End }, static body => LabelNamesResponse.Parser.ParseFrom(body).Names.Count, 5, int.MaxValue),
            Of("label values", "LabelValues", new LabelValuesRequest { Name = "pod", Start = data.Start, End = data.End },
                static body => LabelValuesResponse.Parser.ParseFrom(body).Names.Count, data.Pods, data.Pods),
            Of("series", "Series", new SeriesRequest { Matchers = { "{}" }, LabelNames = { "service_name", "pod" }, Start = data.Start, End = data.End },
                static body => SeriesResponse.Parser.ParseFrom(body).LabelsSet.Count, data.Pods, data.Pods),
        ];

        Question Of(string name, string method, IMessage request, Func<byte[], int> count, int least, int most) => new(name, async cancellation =>
        {
            var body = await rpc.Receive("querier.v1.QuerierService/" + method, request, cancellation);
            return () => count(body) is var found && found >= least && found <= most ? $"{found} found" : $"{Wrong}: {found} found, {least} pushed";
        });
    }
}
