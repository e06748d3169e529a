using System.Diagnostics;
using Pyro.Api.Ingester;

namespace Pyro.Load;

/// <summary>What a run of its own found.</summary>
internal sealed record Findings(IReadOnlyList<Report> Reports, IReadOnlyList<Figure> Figures);

/// <summary>How a server of a run's own is made and what it is asked.</summary>
/// <param name="Server">The program, and what comes before it.</param>
/// <param name="Folder">Where everything is written.</param>
/// <param name="Set">The data set.</param>
/// <param name="Seed">Of its generator.</param>
/// <param name="Count">Times that each question is asked.</param>
/// <param name="MaxNodes">Nodes of the flame graphs.</param>
/// <param name="Rounds">Flushes during which questions are asked.</param>
internal sealed record OwnServer(string Server, string Folder, string Set, ulong Seed, int Count, long MaxNodes, int Rounds);

/// <summary>
/// The way of a data set through one process: pushed, asked for while it is hot, flushed, shipped by a stop in peace, asked for again by a
/// fresh process that has the bucket alone. Tells of latencies, memory, the flush and the bytes on disk.
/// </summary>
internal sealed class CycleRun(OwnServer options)
{
    // What a push leaves to be collected, and what is done behind its answer, is over then.
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(10);

    public async Task<Findings> Run(Action<string> say, CancellationToken cancellation)
    {
        var (reports, figures) = (new List<Report>(), new List<Figure>());
        var held = options.Set == "mix" ? new HeldSize() : null;
        await using var server = await ServerProcess.Start(options.Server, options.Folder, [], cancellation);
        figures.Add(new Figure("resident, empty", ProcessUse.Of(server.Id)!.Value.ResidentBytes / 1e6, "MB"));
        var data = await DataSet.Of(options.Set, options.Seed, held is null ? null : held.Add).Fill(server.Url, null, say, cancellation);
        say(data.ToString());
        await Task.Delay(Settled, cancellation);
        if (held is null)
            reports.AddRange(await Ask("hot", server, data, cancellation));
        figures.AddRange(await Flush(server, cancellation));
        if (held is not null)
        {
            // Memory was of interest, which questions take, too.
            figures.Add(new Figure("resident, allowed by P10", held.Floor / 1e6, "MB"));
            reports.AddRange(await Ask("local", server, data, cancellation));
        }
        say("stopping");
        figures.Add(new Figure("stop in peace", (await server.Stop(cancellation)).TotalSeconds, "s"));
        figures.AddRange(Figure.OfBlocks(server.Bucket));
        await server.StartAfresh(cancellation);
        reports.AddRange(await Ask("cold", server, data, cancellation));
        figures.Add(new Figure("resident, cold", ProcessUse.Of(server.Id)!.Value.ResidentBytes / 1e6, "MB"));
        return new Findings(reports, figures);
    }

    private async Task<IReadOnlyList<Report>> Ask(string when, ServerProcess server, DataSetManifest data, CancellationToken cancellation)
    {
        using var client = new HttpClient { BaseAddress = server.Url, Timeout = TimeSpan.FromMinutes(5) };
        return await new QueryRun(server.Url, options.Count, server.Id).Run($"{data.Name} {when}", Question.About(data, client, null, options.MaxNodes), cancellation);
    }

    private static async Task<List<Figure>> Flush(ServerProcess server, CancellationToken cancellation)
    {
        const string Samples = "pyroscope_head_flushed_block_samples_sum", Blocks = "pyroscope_head_flushed_block_samples_count";
        using var client = new HttpClient { BaseAddress = server.Url, Timeout = TimeSpan.FromMinutes(10) };
        var (flushed, before) = (await Figure.OfMetric(server.Url, Samples, cancellation), ProcessUse.Of(server.Id)!.Value);
        var blocks = await Figure.OfMetric(server.Url, Blocks, cancellation);
        var started = Stopwatch.GetTimestamp();
        var flushing = new Rpc(client, null).Ask("ingester.v1.IngesterService/Flush", new FlushRequest(), FlushResponse.Parser, cancellation);
        var peak = before.ResidentBytes;
        while (await Task.WhenAny(flushing, Task.Delay(5, cancellation)) != flushing)
            peak = Math.Max(peak, ProcessUse.Of(server.Id)!.Value.ResidentBytes);
        await flushing;
        var (seconds, after) = (Stopwatch.GetElapsedTime(started).TotalSeconds, ProcessUse.Of(server.Id)!.Value);
        flushed = await Figure.OfMetric(server.Url, Samples, cancellation) - flushed;
        return
        [
            // Heads that were flushed before, since their log grew long: then not all that was asked for as hot was in heads.
            new Figure("blocks flushed before", blocks, ""),
            new Figure("resident before the flush", before.ResidentBytes / 1e6, "MB"),
            new Figure("peak resident during the flush", peak / 1e6, "MB"),
            new Figure("flush", seconds, "s"),
            new Figure("samples flushed", flushed, ""),
            new Figure("samples flushed a CPU second", flushed / (after.CpuSeconds - before.CpuSeconds), "/s"),
        ];
    }
}
