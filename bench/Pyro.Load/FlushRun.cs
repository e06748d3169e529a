using System.Diagnostics;
using Pyro.Api.Ingester;

namespace Pyro.Load;

/// <summary>
/// What a flush does to the latency of questions. One tenant's data lie in a local block and are asked for, without a break, while heads of
/// other tenants are flushed, and while nothing is.
/// </summary>
internal sealed class FlushRun(OwnServer options)
{
    private const string Asked = "asked";
    private const int LeastQuiet = 100;

    public async Task<Findings> Run(Action<string> say, CancellationToken cancellation)
    {
        await using var server = await ServerProcess.Start(options.Server, options.Folder, ["-auth.multitenancy-enabled=true"], cancellation);
        using var client = new HttpClient { BaseAddress = server.Url, Timeout = TimeSpan.FromMinutes(10) };
        var data = await DataSet.Of("q6", options.Seed).Fill(server.Url, Asked, say, cancellation);
        await Flush(client, cancellation);
        var questions = Question.About(data, client, Asked, options.MaxNodes).Where(static q => q.Name is "all services" or "one service")
            .Select(static q => new Asking(q, [], [])).ToList();
        // The runtime optimises what runs often.
        await Ask(questions, static _ => [], LeastQuiet, Task.CompletedTask, cancellation);
        var seconds = 0.0;
        for (var round = 0; round < options.Rounds; round++)
        {
            await DataSet.Of(options.Set, options.Seed + (ulong)round).Fill(server.Url, $"flushed-{round}", say, cancellation);
            var quiet = Math.Max(LeastQuiet, questions[0].During.Count / Math.Max(1, round));
            await Ask(questions, static q => q.Quiet, quiet, Task.CompletedTask, cancellation);
            var started = Stopwatch.GetTimestamp();
            await Ask(questions, static q => q.During, 0, Flush(client, cancellation), cancellation);
            seconds += Stopwatch.GetElapsedTime(started).TotalSeconds;
        }
        return new Findings(
            [.. questions.SelectMany(q => new[] { Result(server.Url, $"quiet, {q.Question.Name}", q.Quiet), Result(server.Url, $"during a flush, {q.Question.Name}", q.During) })],
            [
                new Figure("a flush", seconds / options.Rounds, "s"),
                .. questions.Select(static q => new Figure($"p99 during a flush / quiet, {q.Question.Name}", P99(q.During) / P99(q.Quiet), "")),
            ]);
    }

    // Question after question in turn, at least so many times each and until something is done.
    private static async Task Ask(
        List<Asking> questions, Func<Asking, List<double>> into, int count, Task until, CancellationToken cancellation)
    {
        for (var i = 0; i < count || !until.IsCompleted; i++)
        {
            foreach (var asking in questions)
            {
                var started = Stopwatch.GetTimestamp();
                var look = await asking.Question.Ask(cancellation);
                into(asking).Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                if (look() is var answer && answer.StartsWith(Question.Wrong, StringComparison.Ordinal))
                    throw new InvalidOperationException(answer);
            }
        }
        await until;
    }

    private static Task<FlushResponse> Flush(HttpClient client, CancellationToken cancellation) =>
        new Rpc(client, Asked).Ask("ingester.v1.IngesterService/Flush", new FlushRequest(), FlushResponse.Parser, cancellation);

    private static double P99(List<double> latencies) => Latencies.Percentile([.. latencies.Order()], .99);

    private static Report Result(Uri url, string name, List<double> latencies)
    {
        var sorted = latencies.Order().ToArray();
        return new Report
        {
            Run = name,
            Url = url.ToString(),
            Loop = "closed, one in flight",
            Seconds = latencies.Sum() / 1000,
            Requests = latencies.Count,
            Failed = 0,
            PerSecond = latencies.Count * 1000 / latencies.Sum(),
            P50Ms = Latencies.Percentile(sorted, .5),
            P99Ms = Latencies.Percentile(sorted, .99),
            P999Ms = Latencies.Percentile(sorted, .999),
            MaxMs = sorted.Length == 0 ? double.NaN : sorted[^1],
        };
    }

    /// <summary>A question and how long it took, while nothing was flushed and during flushes.</summary>
    private sealed record Asking(Question Question, List<double> Quiet, List<double> During);
}
