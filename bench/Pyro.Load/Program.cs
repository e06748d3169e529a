using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json;
using Pyro.Load;
using Spectre.Console;

var url = new Option<Uri>("--url")
{
    Description = "Any Pyroscope-compatible server.",
    DefaultValueFactory = _ => new Uri("http://localhost:4040"),
    CustomParser = Address,
    Recursive = true,
};
var seed = new Option<ulong>("--seed") { Description = "Same seed, same bytes.", DefaultValueFactory = _ => 20260501, Recursive = true };
var pid = new Option<int?>("--pid") { Description = "The server's process id, for its CPU time and memory.", Recursive = true };
var json = new Option<FileInfo?>("--json") { Description = "Write the results here, too.", Recursive = true };
var tenant = new Option<string?>("--tenant") { Description = "X-Scope-OrgID.", Recursive = true };

var transport = new Option<string>("--transport") { Description = "push (push.v1 by Connect), ingest (raw pprof) or form.", DefaultValueFactory = _ => "push" };
transport.AcceptOnlyFromAmong("push", "ingest", "form");
var inFlight = new Option<int>("--in-flight") { Description = "Closed loop: requests at a time.", DefaultValueFactory = _ => 8 };
var rate = new Option<double>("--rate") { Description = "Open loop: requests a second; latency counts from when a request was due." };
var warmUp = new Option<double>("--warm-up") { Description = "Seconds before the measurement.", DefaultValueFactory = _ => 10 };
var duration = new Option<double>("--duration") { Description = "Seconds measured.", DefaultValueFactory = _ => 30 };
var scrapes = new Option<int>("--scrapes") { Description = "How many scrapes of all series are made and sent in turn.", DefaultValueFactory = _ => 8 };
var workload = new Option<string>("--workload") { Description = "cpu (W-cpu), heap (W-heap) or mix (W-mix).", DefaultValueFactory = _ => "cpu" };
workload.AcceptOnlyFromAmong(Workloads.Names);
var push = new Command("push", "Push a workload and measure.") { workload, transport, inFlight, rate, warmUp, duration, scrapes };
push.SetAction(async (parsed, cancellation) =>
{
    using var run = new PushRun(new PushOptions(
        parsed.GetRequiredValue(url), parsed.GetRequiredValue(transport), parsed.GetValue(inFlight), parsed.GetValue(rate),
        TimeSpan.FromSeconds(parsed.GetValue(warmUp)), TimeSpan.FromSeconds(parsed.GetValue(duration)), parsed.GetValue(pid), parsed.GetValue(seed),
        parsed.GetValue(scrapes), parsed.GetValue(tenant), parsed.GetRequiredValue(workload)));
    return await Show(new Findings([await run.Run(Console.Error.WriteLine, cancellation)], []), parsed.GetValue(json), cancellation);
});

var set = new Option<string>("--set")
{
    Description = "q5, q6, q7 (1e5, 1e6, 1e7 pairs of W-cpu), q8 (1e8 of W-heap), mix (1 GB of W-mix), rows (1e6 small profiles) or series (10,000 series).",
    DefaultValueFactory = _ => "q5",
};
set.AcceptOnlyFromAmong(DataSet.Names);
var count = new Option<int>("--count") { Description = "Times each question is asked.", DefaultValueFactory = _ => 20 };
var maxNodes = new Option<long>("--max-nodes") { Description = "Nodes of the flame graphs.", DefaultValueFactory = _ => 16384 };
var query = new Command("query", "Push a data set, then ask about it and measure.") { set, count, maxNodes };
query.SetAction(async (parsed, cancellation) =>
{
    var address = parsed.GetRequiredValue(url);
    var data = await DataSet.Of(parsed.GetRequiredValue(set), parsed.GetValue(seed)).Fill(address, parsed.GetValue(tenant), Console.Error.WriteLine, cancellation);
    Console.Error.WriteLine(JsonSerializer.Serialize(data));
    using var client = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromMinutes(5) };
    var questions = Question.About(data, client, parsed.GetValue(tenant), parsed.GetValue(maxNodes));
    var reports = await new QueryRun(address, parsed.GetValue(count), parsed.GetValue(pid)).Run($"query {data.Name}", questions, cancellation);
    return await Show(new Findings(reports, []), parsed.GetValue(json), cancellation);
});

var server = new Option<string>("--server") { Description = "The server's program, and what comes before it, such as `taskset -c 0 /path/to/pyro`.", Required = true };
var folder = new Option<DirectoryInfo?>("--folder") { Description = "Where the server's data go, and stay; else a folder that is removed in the end." };
var rounds = new Option<int>("--rounds") { Description = "How many flushes.", DefaultValueFactory = _ => 5 };
var cycle = new Command("cycle", "Start a server, push a data set, ask, flush, stop, start afresh with the bucket alone, ask again.") { server, folder, set, count, maxNodes };
cycle.SetAction((parsed, cancellation) => WithServer(parsed, own => new CycleRun(own).Run(Console.Error.WriteLine, cancellation), cancellation));
var flush = new Command("flush", "Start a server and ask about one tenant while heads of others are flushed, and while none are.") { server, folder, set, rounds, maxNodes };
flush.SetAction((parsed, cancellation) => WithServer(parsed, own => new FlushRun(own).Run(Console.Error.WriteLine, cancellation), cancellation));

return await new RootCommand("Load for any Pyroscope-compatible server.") { url, seed, pid, json, tenant, push, query, cycle, flush }.Parse(args).InvokeAsync();

async Task<int> WithServer(ParseResult parsed, Func<OwnServer, Task<Findings>> run, CancellationToken cancellation)
{
    var place = parsed.GetValue(folder) ?? Directory.CreateTempSubdirectory("pyro-load-");
    try
    {
        var own = new OwnServer(
            parsed.GetRequiredValue(server), place.FullName, parsed.GetRequiredValue(set), parsed.GetValue(seed), parsed.GetValue(count), parsed.GetValue(maxNodes),
            parsed.GetValue(rounds));
        return await Show(await run(own), parsed.GetValue(json), cancellation);
    }
    finally
    {
        if (parsed.GetValue(folder) is null)
            place.Delete(recursive: true);
    }
}

static Uri? Address(ArgumentResult result)
{
    if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var address) && address.Scheme is ("http" or "https"))
        return address;
    result.AddError($"{result.Tokens[0].Value} is no http address");
    return null;
}

static async Task<int> Show(Findings found, FileInfo? json, CancellationToken cancellation)
{
    if (Console.IsOutputRedirected)
        AnsiConsole.Profile.Width = 240;
    var table = new Table().Border(TableBorder.Simple).AddColumns("run", "ok", "failed", "/s", "/CPU s", "MB/CPU s", "p50 ms", "p99 ms", "p99.9 ms", "max ms", "first ms", "resident MB", "check");
    foreach (var r in found.Reports)
    {
        table.AddRow(
            Markup.Escape(r.Run), $"{r.Requests - r.Failed}", $"{r.Failed}", $"{r.PerSecond:f0}", $"{r.PerCpuSecond:f0}", $"{r.MegabytesPerCpuSecond:f1}", $"{r.P50Ms:f2}", $"{r.P99Ms:f2}",
            $"{r.P999Ms:f2}", $"{r.MaxMs:f2}", $"{r.FirstMs:f2}", $"{r.ResidentBytes / 1e6:f0}", Markup.Escape(string.Join("; ", new[] { r.FirstFailure, r.Check }.OfType<string>())));
    }
    AnsiConsole.Write(table);
    if (found.Figures.Count > 0)
    {
        var figures = new Table().Border(TableBorder.Simple).AddColumns("figure", "value", "unit");
        foreach (var figure in found.Figures)
            figures.AddRow(Markup.Escape(figure.What), figure.Value.ToString(figure.Value < 100 ? "f2" : "f0", CultureInfo.InvariantCulture), figure.Unit);
        AnsiConsole.Write(figures);
    }
    if (json is not null)
        await File.WriteAllTextAsync(json.FullName, JsonSerializer.Serialize(found, new JsonSerializerOptions { WriteIndented = true }), cancellation);
    return found.Reports.Any(r => r.Failed > 0 || r.Check?.StartsWith(Question.Wrong, StringComparison.Ordinal) == true) ? 1 : 0;
}
