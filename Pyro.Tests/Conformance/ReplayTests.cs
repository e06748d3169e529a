using System.Text.Json;

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
        [.. ThroughGateway, "hot-flushed-restarted", "hot-flushed-restarted-default-store-after", "span-profile"];

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
        await Check(corpus, Path.Combine("query", name), ServerProcess.FreePort(), Single);
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
        await Check(corpus, Path.Combine("blocks", name), ServerProcess.FreePort(), Single);
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
        await Check(corpus, Path.Combine("query", name), ServerProcess.FreePort(),
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

    private static async Task Check(string corpus, string name, int port, string start, params string[] options)
    {
        var directory = Path.Combine(corpus, name);
        var results = await Replay(Path.Combine(corpus, "replay.mjs"), directory, port, start, options);
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

    private static async Task<List<Result>> Replay(string script, string directory, int port, string start, string[] options)
    {
        var json = Path.GetTempFileName();
        try
        {
            var (_, output, error) = await Node.Run(script, [.. options, "--pyro", "--quiet", "--not-yet", NotYet, "--json", json,
                "--port", port.ToString(), "--start", start, directory]);
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
