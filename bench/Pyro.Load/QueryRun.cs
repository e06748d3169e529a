using System.Diagnostics;

namespace Pyro.Load;

/// <summary>Asks questions again and again, one after another.</summary>
/// <param name="url">The server.</param>
/// <param name="count">Times that each is asked.</param>
/// <param name="processId">The server's process.</param>
internal sealed class QueryRun(Uri url, int count, int? processId)
{
    /// <summary>Asks each question.</summary>
    /// <param name="called">What reports begin with.</param>
    /// <param name="questions">The questions.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<IReadOnlyList<Report>> Run(string called, IReadOnlyList<Question> questions, CancellationToken cancellation)
    {
        var reports = new List<Report>();
        foreach (var question in questions)
        {
            var latencies = new double[count];
            var check = "";
            var before = ProcessUse.Of(processId);
            for (var i = 0; i < count; i++)
            {
                var started = Stopwatch.GetTimestamp();
                var look = await question.Ask(cancellation);
                latencies[i] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
                var found = look();
                check = check.StartsWith(Question.Wrong, StringComparison.Ordinal) ? check : found;
            }
            reports.Add(Result($"{called} {question.Name}", latencies, before, check));
        }
        return reports;
    }

    private Report Result(string name, double[] latencies, ProcessUse? before, string check)
    {
        var after = ProcessUse.Of(processId);
        var sorted = latencies[1..].Order().ToArray();
        return new Report
        {
            Run = name,
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
            MaxMs = sorted.Length == 0 ? double.NaN : sorted[^1],
            FirstMs = latencies[0],
            ResidentBytes = after?.ResidentBytes,
            PeakBytes = after?.PeakBytes,
            Check = check,
        };
    }
}
