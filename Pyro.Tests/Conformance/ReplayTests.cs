using System.Text.Json;
using System.Text.Json.Nodes;
using Pyro.Blocks.Meta;
using Pyro.Blocks.Reading;
using Pyro.Blocks.Symbols;
using Pyro.Disk;
using Pyro.Memory;
using Pyro.Tests.Unit.Blocks.Writing;

namespace Pyro.Tests.Conformance;

/// <summary>
/// Recorded requests of real clients and the exact answers wanted, replayed against the built program. The recordings are no part of
/// the project: they are taken from beside it, or from where PYRO_CORPUS says.
/// </summary>
public sealed class ReplayTests
{
    private static readonly string[] ThroughGateway =
        ["flamegraph-shape", "labels-and-series", "matchers", "real-go", "ingest-pprof", "time-edges", "select-series"];

    private static readonly string[] Cases =
    [
        .. ThroughGateway, "bad-requests", "diff", "hot-flushed-restarted", "hot-flushed-restarted-default-store-after", "ingest-text", "limits",
        "lookback", "other-languages", "protocols", "relabeling", "render", "span-profile",
    ];

    /// <summary>Those that ask again after a flush or a restart: what they ask then is asked of the bucket alone too.</summary>
    private static readonly string[] FromBucket =
    [
        "hot-flushed-restarted", "hot-flushed-restarted-default-store-after", "ingest-pprof", "ingest-text", "limits", "other-languages", "real-go",
        "relabeling", "select-series", "span-profile", "time-edges",
    ];

    /// <summary>Blocks that others wrote, and what is asked of them.</summary>
    private static readonly string[] Blocks =
    [
        "l1-one-hour", "l1-two-hours", "l2-merged", "l3-two-hours", "old-01GR3Q", "old-01H3YE", "old-01HA2V", "old-01HD3X", "split-2-shards",
        "split-incomplete", "symbols-v3",
    ];

    private static string NotYet => Path.Combine(Repository.Root, "Pyro.Tests", "Conformance", "not-yet.json");

    /// <summary>The recorded cases; in a clone without the recordings the project's own answers stand in for them.</summary>
    public static TheoryData<string> Wanted => Repository.Corpus is null ? ["own answers"] : new TheoryData<string>(Cases);

    /// <summary>Those that are asked of the whole AppHost too: two, and with PYRO_LONG all.</summary>
    public static TheoryData<string> WantedOfAppHost =>
        Repository.Corpus is null ? ["own answers"] : new TheoryData<string>(Environment.GetEnvironmentVariable("PYRO_LONG") is null ? ThroughGateway[..2] : ThroughGateway);

    [Theory]
    [MemberData(nameof(Wanted))]
    public async Task Answers_are_the_wanted_ones(string name)
    {
        if (Repository.Corpus is not { } corpus)
        {
            await new OwnAnswersTests().Answers_are_exact_before_and_after_a_restart();
            return;
        }
        await Check(Path.Combine(corpus, "replay.mjs"), Path.Combine(corpus, "query", name), ServerProcess.FreePort(), Single);
    }

    /// <summary>The recorded blocks; in a clone without the recordings the project's own answers stand in for them.</summary>
    public static TheoryData<string> WantedOfBlocks => Repository.Corpus is null ? ["own answers"] : new TheoryData<string>(Blocks);

    [Theory]
    [MemberData(nameof(WantedOfBlocks))]
    public async Task Answers_over_recorded_blocks_are_the_wanted_ones(string name)
    {
        if (Repository.Corpus is not { } corpus)
        {
            await new OwnAnswersTests().Answers_are_exact_before_and_after_a_restart();
            return;
        }
        await Check(Path.Combine(corpus, "replay.mjs"), Path.Combine(corpus, "blocks", name), ServerProcess.FreePort(), Single);
    }

    /// <summary>The cases whose blocks our writer can have written, all with symbols of format 3 and one of format 2.</summary>
    public static TheoryData<string, int> WantedOfRewrittenBlocks
    {
        get
        {
            if (Repository.Corpus is not { } corpus) return new() { { "own answers", 3 } };
            var cases = new TheoryData<string, int> { { "symbols-v3", 2 } };
            foreach (var name in Blocks.Where(name => RewrittenBlocks.In(Path.Combine(corpus, "blocks", name)).All(static b => b.Meta.Version == BlockMeta.WrittenVersion)))
                cases.Add(name, 3);
            return cases;
        }
    }

    /// <summary>Every block of the case is written again by our writer; what is told beside the blocks stays.</summary>
    [Theory]
    [MemberData(nameof(WantedOfRewrittenBlocks))]
    public async Task Answers_over_rewritten_blocks_are_the_wanted_ones(string name, int symbolsFormat)
    {
        if (Repository.Corpus is not { } corpus)
        {
            await new OwnAnswersTests().Answers_are_exact_before_and_after_a_restart();
            return;
        }

        var folder = Directory.CreateTempSubdirectory("rewritten-").FullName;
        try
        {
            var (recorded, rewritten) = (Path.Combine(corpus, "blocks", name), Path.Combine(folder, name));
            await Rewrite(recorded, rewritten, symbolsFormat);
            await Check(Path.Combine(corpus, "replay.mjs"), rewritten, ServerProcess.FreePort(), Single);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task Rewrite(string recorded, string rewritten, int symbolsFormat)
    {
        var blocks = RewrittenBlocks.In(recorded).ToList();
        using var reading = new BlockReading(new SymbolCache(256 << 20, new MemoryLedger(1L << 30)));
        var disk = new PhysicalDisk();
        foreach (var (folder, meta) in blocks)
        {
            var block = RewrittenBlocks.Open(disk, folder, meta, reading);
            Assert.Equal(meta.Stats, (await RewrittenBlocks.Write(block, disk, Path.Combine(rewritten, Path.GetRelativePath(recorded, folder)), symbolsFormat)).Stats);
        }

        bool IsOfBlock(string file) => blocks.Exists(b => file.StartsWith(b.Folder + Path.DirectorySeparatorChar, StringComparison.Ordinal));
        foreach (var file in Directory.EnumerateFiles(recorded, "*", SearchOption.AllDirectories))
        {
            if (!IsOfBlock(file) || Path.GetFileName(file) == BlockMark.FileName(MarkKind.Deletion))
            {
                var copy = Path.Combine(rewritten, Path.GetRelativePath(recorded, file));
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(file, copy);
            }
        }

        // How many bytes lie there is another question.
        var path = Path.Combine(rewritten, "case.json");
        var @case = JsonNode.Parse(await File.ReadAllTextAsync(path))!;
        foreach (var step in @case["steps"]!.AsArray().Where(static step => IsAnalysis(step!)))
            step!["ignore"] = new JsonArray("/queryScopes/1/profileBytes", "/queryScopes/1/symbolBytes", "/queryImpact/totalBytesInTimeRange");
        await File.WriteAllTextAsync(path, @case.ToJsonString());
    }

    private static bool IsAnalysis(JsonNode step) => ((string)step["request"]!["path"]!).EndsWith("/AnalyzeQuery", StringComparison.Ordinal);

    /// <summary>The recorded cases that ask again; in a clone without the recordings the project's own answers stand in for them.</summary>
    public static TheoryData<string> WantedOfBucket => Repository.Corpus is null ? ["own answers"] : new TheoryData<string>(FromBucket);

    /// <summary>
    /// What was pushed is flushed and shipped; then another process with empty directories of its own, which has nothing but the bucket,
    /// is asked.
    /// </summary>
    [Theory]
    [MemberData(nameof(WantedOfBucket))]
    public async Task Answers_from_the_bucket_alone_are_the_same(string name)
    {
        if (Repository.Corpus is not { } corpus)
        {
            await new OwnAnswersTests().Answers_are_exact_before_and_after_a_restart();
            return;
        }

        var folder = Directory.CreateTempSubdirectory("bucket-alone-").FullName;
        try
        {
            var (before, after) = (Path.Combine(folder, "before", name), Path.Combine(folder, "after", name));
            Halve(Path.Combine(corpus, "query", name), before, after);
            var script = Path.Combine(corpus, "replay.mjs");
            await Check(script, before, ServerProcess.FreePort(), Over("first"));
            await BlocksAreShipped(Path.Combine(folder, "first"), Path.Combine(folder, "storage"));
            await Check(script, after, ServerProcess.FreePort(), Over("second"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        string Over(string data) => Single.Replace("{data}", Path.Combine(folder, data)).Replace("{storage}", Path.Combine(folder, "storage"));
    }

    /// <summary>Writes the two halves of a case: everything up to the last flush, and what is asked after it, or after the restart.</summary>
    private static void Halve(string directory, string before, string after)
    {
        foreach (var half in (string[])[before, after])
        {
            Directory.CreateDirectory(half);
            foreach (var file in Directory.EnumerateFiles(directory)) File.Copy(file, Path.Combine(half, Path.GetFileName(file)));
        }

        var steps = JsonNode.Parse(File.ReadAllText(Path.Combine(directory, "case.json")))!["steps"]!.AsArray();
        static bool Does(JsonNode? step, string what) => (string?)step!["do"] == what;

        // Where data lie is another question: it has another answer once they lie elsewhere.
        bool Asks(JsonNode? step, string when) => ((string)step!["name"]!).StartsWith(when + ": ", StringComparison.Ordinal)
            && (when == "restarted" || !IsAnalysis(step));

        var flush = steps.Select((step, i) => (step, i)).Last(s => Does(s.step, "flush")).i;
        var when = steps.Any(s => Does(s, "restart")) ? "restarted" : "flushed";
        Write(before, _ => true, (_, i) => i <= flush);
        Write(after, flag => !flag.StartsWith("-querier.query-store-after", StringComparison.Ordinal), (step, i) => i > flush && Asks(step, when));

        void Write(string half, Predicate<string> flags, Func<JsonNode?, int, bool> chosen)
        {
            var part = JsonNode.Parse(File.ReadAllText(Path.Combine(directory, "case.json")))!;
            part["server"]!["flags"] = new JsonArray([.. part["server"]!["flags"]!.AsArray().Select(static f => (string)f!).Where(f => flags(f)).Select(static f => (JsonNode)f)]);
            part["steps"] = new JsonArray([.. part["steps"]!.AsArray().Where(chosen).Select(static s => s!.DeepClone())]);
            File.WriteAllText(Path.Combine(half, "case.json"), part.ToJsonString());
        }
    }

    /// <summary>The process that wrote them has stopped and shipped them before: every local block is whole in the bucket.</summary>
    private static async Task BlocksAreShipped(string data, string storage)
    {
        var local = Directory.EnumerateDirectories(data, "local", SearchOption.AllDirectories).SelectMany(Directory.EnumerateDirectories)
            .Select(static block => Path.GetFileName(block)).ToList();
        Assert.NotEmpty(local);
        foreach (var block in local)
        {
            var meta = Assert.Single(Directory.GetFiles(storage, "meta.json", SearchOption.AllDirectories), f => Path.GetFileName(Path.GetDirectoryName(f)) == block);
            using var json = JsonDocument.Parse(await File.ReadAllTextAsync(meta));
            Assert.All(json.RootElement.GetProperty("files").EnumerateArray(), file => Assert.Equal(
                file.GetProperty("sizeBytes").GetInt64(), new FileInfo(Path.Combine(Path.GetDirectoryName(meta)!, file.GetProperty("relPath").GetString()!)).Length));
        }
    }

    [Theory]
    [MemberData(nameof(WantedOfAppHost))]
    public async Task Answers_through_the_gateway_are_the_same(string name)
    {
        if (Repository.Corpus is not { } corpus)
        {
            await new OwnAnswersTests().Answers_through_the_gateway_are_exact_before_and_after_a_restart();
            return;
        }
        // On ports of its own, so that a Pyro that runs on this machine is not asked, nor hindered.
        await Check(Path.Combine(corpus, "replay.mjs"), Path.Combine(corpus, "query", name), ServerProcess.FreePort(),
            "env ASPNETCORE_URLS=http://localhost:0 ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL=http://localhost:0 ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL=http://localhost:0"
            + " ASPIRE_ALLOW_UNSECURED_TRANSPORT=true PYRO__LIMITS__REJECT_OLDER_THAN=0 PYRO__LIMITS__REJECT_NEWER_THAN=0 PYRO__LIMITS__MAX_QUERY_LOOKBACK=0 PYRO__QUERIER__QUERY_STORE_AFTER=87600h"
            + $" dotnet run --no-build --no-launch-profile --configuration {Configuration} --project {Path.Combine(Repository.Root, "Pyro.AppHost")} -- --data={{data}} --port={{port}}",
            // A flush is asked of an ingester itself, which the gateway does not lead to.
            "--no-flush");
    }

    private static string Single => $"{RunningPyro.Program} -target=all -server.http-listen-address=127.0.0.1 -server.http-listen-port={{port}}"
        + " -pyroscopedb.data-path={data}/db -storage.filesystem.dir={storage} -blocks-storage.bucket-store.sync-dir={data}/sync {flags} {config}";

    /// <summary>Debug or Release, as this test run was built.</summary>
    private static string Configuration => Path.GetFileName(Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd('/'))!);

    private static Task Check(string script, string directory, int port, string start, params string[] options) =>
        Check(script, directory, ["--port", port.ToString(), "--start", start, .. options]);

    /// <summary>Replays a case: every step passes, or waits for what is not built yet.</summary>
    /// <param name="script">replay.mjs.</param>
    /// <param name="directory">Of the case.</param>
    /// <param name="options">Of the script: which server is asked, or how one is started.</param>
    internal static async Task Check(string script, string directory, string[] options)
    {
        var results = await Replay(script, directory, options);
        Assert.Equal(Steps(directory), results.Count(r => r.Index >= 0));
        Assert.True(results.All(r => r.Outcome != "failed"), string.Join('\n', results.Where(r => r.Outcome == "failed").Select(r => $"{r.Index} {r.Step}: {r.Detail}")));
        Assert.Contains(results, r => r.Outcome == "passed");
    }

    [Fact]
    public void Every_waiting_step_says_what_it_waits_for()
    {
        var waiting = JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(NotYet))!;
        Assert.All(waiting, step =>
        {
            Assert.Contains(step.Key.Split('/')[0], Cases.Concat(Blocks));
            Assert.NotEmpty(step.Value);
        });
    }

    private static async Task<List<Result>> Replay(string script, string directory, string[] options)
    {
        var json = Path.GetTempFileName();
        try
        {
            var (_, output, error) = await Node.Run(script, [.. options, "--pyro", "--quiet", "--not-yet", NotYet, "--json", json, directory]);
            var text = await File.ReadAllTextAsync(json);
            Assert.True(text.Length > 0, output + error);
            var results = JsonSerializer.Deserialize<List<Result>>(text, JsonSerializerOptions.Web)!;
            TestContext.Current.TestOutputHelper?.WriteLine(output + error);
            return results;
        }
        finally
        {
            File.Delete(json);
        }
    }

    /// <summary>Steps of a case that are compared: all that send a request.</summary>
    private static int Steps(string directory)
    {
        using var @case = JsonDocument.Parse(File.ReadAllText(Path.Combine(directory, "case.json")));
        return @case.RootElement.GetProperty("steps").GetArrayLength();
    }

    private sealed record Result(string Case, int Index, string Step, string Outcome, string? Detail);
}
