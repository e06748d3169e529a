using System.Buffers;
using System.Text.Json;
using Pyro.Profiles.FlameGraphs;
using Pyro.Profiles.Trees;

namespace Pyro.Tests.Unit.Trees;

/// <summary>Flame graphs and trees that Pyroscope answered, to the byte. Nothing is checked where the corpus is absent.</summary>
public class RecordedAnswersTests
{
    private const long DefaultNodes = 8192;

    [Theory]
    [InlineData("flamegraph-shape", 60)]
    [InlineData("real-go", 30)]
    [InlineData("matchers", 50)]
    public void Answers_are_those_recorded(string name, int least)
    {
        if (Repository.Corpus is null)
        {
            return;
        }

        var recorded = new RecordedCase(name);
        var compared = 0;
        foreach (var step in recorded.Steps)
        {
            compared += Compare(recorded, step) ? 1 : 0;
        }

        Assert.True(compared >= least, $"only {compared} answers were compared");
    }

    private static bool Compare(RecordedCase recorded, JsonElement step)
    {
        if (!step.TryGetProperty("request", out var request) || !step.GetProperty("compare").ValueEquals("json")
            || !request.GetProperty("path").GetString()!.EndsWith("/SelectMergeStacktraces", StringComparison.Ordinal)
            || !request.GetProperty("body").TryGetProperty("json", out var asked) || !asked.TryGetProperty("labelSelector", out var selector)
            || step.TryGetProperty("ours", out _) || step.GetProperty("response").GetProperty("status").GetInt32() != 200)
        {
            return false;
        }

        // Allocations of a cumulative profile are answered as differences, which are made where profiles are stored.
        if (asked.GetProperty("profileTypeID").GetString()!.StartsWith("memory:", StringComparison.Ordinal))
        {
            return false;
        }

        var body = recorded.Body(step.GetProperty("response"));
        var maxNodes = asked.TryGetProperty("maxNodes", out var n) ? n.GetInt64() : 0;
        var tree = recorded.Sum(asked.GetProperty("profileTypeID").GetString()!, selector.GetString()!);
        var cut = TreeCut.Thrice(tree, maxNodes > 0 ? maxNodes : DefaultNodes);
        var what = step.GetProperty("name").GetString();
        if (body.TryGetProperty("tree", out var bytes))
        {
            var written = new ArrayBufferWriter<byte>();
            PyroscopeTree.Write(TreeCut.Cut(cut, maxNodes), written);
            Assert.True(bytes.GetString() == Convert.ToBase64String(written.WrittenSpan), what);
            return true;
        }

        if (!body.TryGetProperty("flamegraph", out var graph))
        {
            return false;
        }

        var ours = FlameGraph.From(cut, maxNodes);
        var (expected, actual) = (Recorded(graph), Text(ours));
        var at = expected.AsSpan().CommonPrefixLength(actual);
        Assert.True(expected == actual, $"{what}: ...{expected.AsSpan(at)} but {actual.AsSpan(at)}");
        return true;
    }

    private static string Recorded(JsonElement graph) => JsonSerializer.Serialize(new
    {
        names = graph.GetProperty("names").EnumerateArray().Select(n => n.GetString()).ToArray(),
        levels = graph.GetProperty("levels").EnumerateArray()
            .Select(l => l.GetProperty("values").EnumerateArray().Select(v => long.Parse(v.GetString()!)).ToArray()).ToArray(),
        total = graph.TryGetProperty("total", out var total) ? total.GetString() : "0",
        maxSelf = graph.TryGetProperty("maxSelf", out var max) ? max.GetString() : "0",
    });

    private static long[][] Levels(FlameGraph graph) => [.. Enumerable.Range(0, graph.LevelCount).Select(depth => graph.Level(depth).ToArray())];

    private static string Text(FlameGraph graph) => JsonSerializer.Serialize(new
    {
        names = graph.Names,
        levels = Levels(graph),
        total = graph.Total.ToString(),
        maxSelf = graph.MaxSelf.ToString(),
    });
}
