using System.Text.Json;

namespace Pyro.Tests.Conformance;

/// <summary>
/// Recorded requests of real clients and the exact answers wanted, replayed against the built program. The recordings are no part of
/// the project: they are taken from beside it, or from where PYRO_CORPUS says.
/// </summary>
public sealed class ReplayTests
{
    private static readonly string[] Cases =
        ["flamegraph-shape", "labels-and-series", "matchers", "real-go", "ingest-pprof", "time-edges", "select-series"];

    private static string NotYet => Path.Combine(Repository.Root, "Pyro.Tests", "Conformance", "not-yet.json");

    /// <summary>The recorded cases; in a clone without the recordings the project's own answers stand in for them.</summary>
    public static TheoryData<string> Wanted => Repository.Corpus is null ? ["own answers"] : new TheoryData<string>(Cases);

    [Theory]
    [MemberData(nameof(Wanted))]
    public async Task Answers_are_the_wanted_ones(string name)
    {
        if (Repository.Corpus is not { } corpus)
        {
            await new OwnAnswersTests().Answers_are_exact_before_and_after_a_restart();
            return;
        }
        var directory = Path.Combine(corpus, "query", name);
        var results = await Replay(Path.Combine(corpus, "replay.mjs"), directory);
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
            Assert.Contains(step.Key.Split('/')[0], Cases);
            Assert.NotEmpty(step.Value);
        });
    }

    private static async Task<List<Result>> Replay(string script, string directory)
    {
        var json = Path.GetTempFileName();
        try
        {
            var start = $"{RunningPyro.Program} -target=all -server.http-listen-address=127.0.0.1 -server.http-listen-port={{port}}"
                + " -pyroscopedb.data-path={data} -storage.filesystem.dir={storage} {flags} {config}";
            var (_, output, error) = await Node.Run(script, "--pyro", "--no-flush", "--quiet", "--not-yet", NotYet, "--json", json,
                "--port", ServerProcess.FreePort().ToString(), "--start", start, directory);
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
