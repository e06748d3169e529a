using System.CommandLine;
using System.CommandLine.Parsing;
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
var scrapes = new Option<int>("--scrapes") { Description = "How many scrapes of all 200 series are made and sent in turn.", DefaultValueFactory = _ => 8 };
var push = new Command("push", "Push W-cpu and measure.") { transport, inFlight, rate, warmUp, duration, scrapes };
push.SetAction(async (parsed, cancellation) =>
{
    using var run = new PushRun(new PushOptions(
        parsed.GetRequiredValue(url), parsed.GetRequiredValue(transport), parsed.GetValue(inFlight), parsed.GetValue(rate),
        TimeSpan.FromSeconds(parsed.GetValue(warmUp)), TimeSpan.FromSeconds(parsed.GetValue(duration)), parsed.GetValue(pid), parsed.GetValue(seed),
        parsed.GetValue(scrapes), parsed.GetValue(tenant)));
    return await Show([await run.Run(Console.Error.WriteLine, cancellation)], parsed.GetValue(json), cancellation);
});

var set = new Option<string>("--set") { Description = "q5 (1e5 pairs), q6 (1e6) or q7 (1e7).", DefaultValueFactory = _ => "q5" };
var count = new Option<int>("--count") { Description = "Times each question is asked.", DefaultValueFactory = _ => 20 };
var maxNodes = new Option<long>("--max-nodes") { Description = "Nodes of the flame graphs.", DefaultValueFactory = _ => 16384 };
var query = new Command("query", "Push a data set, then ask for its flame graphs and measure.") { set, count, maxNodes };
query.SetAction(async (parsed, cancellation) =>
{
    var data = await DataSet.Fill(parsed.GetRequiredValue(url), parsed.GetRequiredValue(set), parsed.GetValue(seed), parsed.GetValue(tenant), Console.Error.WriteLine, cancellation);
    Console.Error.WriteLine(JsonSerializer.Serialize(data));
    var run = new QueryRun(parsed.GetRequiredValue(url), data, parsed.GetValue(count), parsed.GetValue(maxNodes), parsed.GetValue(pid), parsed.GetValue(tenant));
    return await Show(await run.Run(cancellation), parsed.GetValue(json), cancellation);
});

return await new RootCommand("Load for any Pyroscope-compatible server.") { url, seed, pid, json, tenant, push, query }.Parse(args).InvokeAsync();

static Uri? Address(ArgumentResult result)
{
    if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var address) && address.Scheme is ("http" or "https"))
        return address;
    result.AddError($"{result.Tokens[0].Value} is no http address");
    return null;
}

static async Task<int> Show(IReadOnlyList<Report> reports, FileInfo? json, CancellationToken cancellation)
{
    var table = new Table().Border(TableBorder.Simple).AddColumns("run", "ok", "failed", "/s", "/CPU s", "MB/CPU s", "p50 ms", "p99 ms", "p99.9 ms", "max ms", "first ms", "resident MB", "check");
    foreach (var r in reports)
    {
        table.AddRow(
            Markup.Escape(r.Run), $"{r.Requests - r.Failed}", $"{r.Failed}", $"{r.PerSecond:f0}", $"{r.PerCpuSecond:f0}", $"{r.MegabytesPerCpuSecond:f1}", $"{r.P50Ms:f2}", $"{r.P99Ms:f2}",
            $"{r.P999Ms:f2}", $"{r.MaxMs:f2}", $"{r.FirstMs:f2}", $"{r.ResidentBytes / 1e6:f0}", Markup.Escape(string.Join("; ", new[] { r.FirstFailure, r.Check }.OfType<string>())));
    }
    if (Console.IsOutputRedirected)
        AnsiConsole.Profile.Width = 240;
    AnsiConsole.Write(table);
    if (json is not null)
        await File.WriteAllTextAsync(json.FullName, JsonSerializer.Serialize(reports, new JsonSerializerOptions { WriteIndented = true }), cancellation);
    return reports.Any(r => r.Failed > 0 || r.Check?.StartsWith("WRONG", StringComparison.Ordinal) == true) ? 1 : 0;
}
