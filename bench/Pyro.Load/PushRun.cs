using System.Diagnostics;
using System.Net;

namespace Pyro.Load;

/// <summary>How to push.</summary>
internal sealed record PushOptions(
    Uri Url, string Transport, int InFlight, double Rate, TimeSpan WarmUp, TimeSpan Duration, int? ProcessId, ulong Seed, int Scrapes, string? Tenant, string Workload);

/// <summary>
/// Pushes a workload. Closed loop: a fixed number in flight, each sent when the one before was answered. Open loop (a rate is given):
/// requests are due at fixed times and their latency counts from when they were due, so that a slow server cannot hide its tail.
/// </summary>
internal sealed class PushRun(PushOptions options) : IDisposable
{
    private readonly HttpClient _client = new(new SocketsHttpHandler { MaxConnectionsPerServer = 1024, PooledConnectionIdleTimeout = TimeSpan.FromMinutes(5) })
    {
        BaseAddress = options.Url,
        DefaultRequestVersion = HttpVersion.Version11,
    };

    private readonly Latencies _latencies = new();
    private long _next;
    private long _done;
    private long _failed;
    private long _bytes;
    private long _pushed;
    private bool _unsure;
    private string? _firstFailure;

    public void Dispose() => _client.Dispose();

    public async Task<Report> Run(Action<string> say, CancellationToken cancellation)
    {
        var workload = Workloads.Of(options.Workload, options.Seed);
        say($"making {options.Scrapes * workload.Series} profiles");
        var bodies = Bodies(workload, options.Scrapes);
        say($"mean {bodies.Average(b => b.PackedBytes) / 1e3:f1} kB packed, {bodies.Average(b => b.Profile.Pprof.Length) / 1e3:f1} kB raw, {bodies.Average(b => b.Profile.Pairs):f0} samples");
        var firstMillis = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await Phase(bodies, options.WarmUp, cancellation);
        Reset();
        say("measuring");
        var before = ProcessUse.Of(options.ProcessId);
        var watch = Stopwatch.StartNew();
        await Phase(bodies, options.Duration, cancellation);
        var seconds = watch.Elapsed.TotalSeconds;
        var after = ProcessUse.Of(options.ProcessId);
        return Result(workload.Name, seconds, before, after) with { Check = await Check(workload.ProfileType, firstMillis, cancellation) };
    }

    /// <summary>Asks whether what was answered for, the warm-up included, is there, once. Nobody else may push to the tenant meanwhile.</summary>
    private async Task<string> Check(string profileType, long firstMillis, CancellationToken cancellation)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var total = (await new FlameGraphQuery(_client, options.Tenant, profileType).Ask("{}", firstMillis, now, 1, cancellation)).Total;
        if (_unsure)
            return $"total {total}, {_pushed} answered for, and requests that may have been taken";
        return total == _pushed ? $"total {total}" : $"WRONG: total {total}, pushed {_pushed}";
    }

    /// <summary>Every series once a scrape, the series of a scrape in a fixed order.</summary>
    private static RequestBody[] Bodies(IWorkload workload, int scrapes)
    {
        var bodies = new RequestBody[scrapes * workload.Series];
        Parallel.For(0, bodies.Length, i => bodies[i] = new RequestBody(workload.Profile(i)));
        return bodies;
    }

    private async Task Phase(RequestBody[] bodies, TimeSpan duration, CancellationToken cancellation)
    {
        var start = Stopwatch.GetTimestamp();
        var workers = options.Rate > 0
            ? OpenLoop(bodies, start, duration, cancellation)
            : Enumerable.Range(0, options.InFlight).Select(_ => ClosedLoop(bodies, start, duration, cancellation));
        await Task.WhenAll(workers);
    }

    private async Task ClosedLoop(RequestBody[] bodies, long start, TimeSpan duration, CancellationToken cancellation)
    {
        while (Stopwatch.GetElapsedTime(start) < duration)
            await Send(bodies, Stopwatch.GetTimestamp(), cancellation);
    }

    private IEnumerable<Task> OpenLoop(RequestBody[] bodies, long start, TimeSpan duration, CancellationToken cancellation)
    {
        var total = (long)(options.Rate * duration.TotalSeconds);
        var issued = -1L;
        // Enough workers that the server, not their number, is what makes requests wait.
        return Enumerable.Range(0, 256).Select(async _ =>
        {
            for (long i; (i = Interlocked.Increment(ref issued)) < total;)
            {
                var due = start + (long)(i / options.Rate * Stopwatch.Frequency);
                var wait = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
                if (wait > TimeSpan.Zero)
                    await Task.Delay(wait, cancellation);
                await Send(bodies, due, cancellation);
            }
        });
    }

    private async Task Send(RequestBody[] bodies, long due, CancellationToken cancellation)
    {
        var i = Interlocked.Increment(ref _next);
        var body = bodies[i % bodies.Length];
        // Distinct and increasing times, as scrapes have, that fit the servers' window of an hour.
        var time = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1_000_000 + i % 1_000_000;
        try
        {
            using var request = body.Request(options.Transport, options.Tenant, time);
            using var response = await _client.SendAsync(request, cancellation);
            if (response.IsSuccessStatusCode)
                Interlocked.Add(ref _pushed, body.Profile.Sum);
            else
                Fail($"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync(cancellation)}", unsure: response.StatusCode >= HttpStatusCode.InternalServerError);
        }
        catch (HttpRequestException e)
        {
            Fail(e.Message, unsure: true);
        }
        catch (TaskCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            Fail(e.Message, unsure: true);
        }
        _latencies.Add(Stopwatch.GetElapsedTime(due).TotalMilliseconds);
        Interlocked.Increment(ref _done);
        Interlocked.Add(ref _bytes, body.PackedBytes);
    }

    // An error of the server, or no answer, does not tell whether the profile was taken.
    private void Fail(string why, bool unsure)
    {
        if (unsure)
            _unsure = true;
        Interlocked.Increment(ref _failed);
        Interlocked.CompareExchange(ref _firstFailure, why, null);
    }

    private void Reset()
    {
        _latencies.Clear();
        _done = _failed = _bytes = 0;
    }

    private Report Result(string workload, double seconds, ProcessUse? before, ProcessUse? after)
    {
        var sorted = _latencies.Sorted();
        var cpu = after?.CpuSeconds - before?.CpuSeconds;
        return new Report
        {
            Run = $"push {workload} {options.Transport}",
            Url = options.Url.ToString(),
            Loop = options.Rate > 0 ? $"open, {options.Rate}/s" : $"closed, {options.InFlight} in flight",
            Seconds = seconds,
            Requests = _done,
            Failed = _failed,
            FirstFailure = _firstFailure,
            PerSecond = (_done - _failed) / seconds,
            MegabytesPerSecond = _bytes / 1e6 / seconds,
            PerCpuSecond = (_done - _failed) / cpu,
            MegabytesPerCpuSecond = _bytes / 1e6 / cpu,
            P50Ms = Latencies.Percentile(sorted, .5),
            P99Ms = Latencies.Percentile(sorted, .99),
            P999Ms = Latencies.Percentile(sorted, .999),
            MaxMs = sorted.Length == 0 ? double.NaN : sorted[^1],
            ResidentBytes = after?.ResidentBytes,
            PeakBytes = after?.PeakBytes,
        };
    }
}
