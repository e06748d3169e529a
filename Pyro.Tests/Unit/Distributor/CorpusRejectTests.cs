using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Grpc.Core;
using Pyro.Connect.Protocol;

namespace Pyro.Tests.Unit.Distributor;

/// <summary>Recorded pushes with their exact answers, at the level of the services. Nothing is checked where the corpus is absent.</summary>
public sealed class CorpusRejectTests
{
    [Theory]
    [InlineData("reject/labels")]
    [InlineData("reject/labels-no-sanitization")]
    [InlineData("reject/pprof")]
    [InlineData("reject/profile-limits")]
    [InlineData("reject/rates")]
    [InlineData("reject/ingest")]
    [InlineData("reject/ingestion-window")]
    [InlineData("query/ingest-pprof")]
    [InlineData("query/labels-and-series")]
    [InlineData("query/other-languages")]
    [InlineData("clients/node-sdk")]
    [InlineData("clients/node-sdk-0.4")]
    [InlineData("clients/go-sdk")]
    [InlineData("clients/connect-go-alloy-shape")]
    [InlineData("clients/py-spy")]
    public async Task Answers_as_recorded(string name)
    {
        if (Repository.Corpus is not { } corpus) return;
        var folder = Path.Combine(corpus, name);
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "case.json")));
        var flags = document.RootElement.TryGetProperty("server", out var server) && server.TryGetProperty("flags", out var given)
            ? given.EnumerateArray().Select(f => f.GetString()!).ToArray()
            : [];
        var harness = new Harness(limits: Harness.Limits(flags));
        var wrong = new List<string>();
        var compared = 0;
        foreach (var step in document.RootElement.GetProperty("steps").EnumerateArray())
        {
            if (await Check(harness, folder, step) is not { } difference) continue;
            compared++;
            if (difference != "") wrong.Add(step.GetProperty("name").GetString() + ": " + difference);
        }

        Assert.True(compared > 0, "no step of the case was compared");

        TestContext.Current.TestOutputHelper?.WriteLine($"{compared} steps of {name}");
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    /// <summary>What is wrong with the answer to a step, "" when nothing is; null when it is not asked here.</summary>
    private static async Task<string?> Check(Harness harness, string folder, JsonElement step)
    {
        if (!step.TryGetProperty("request", out var request) || request.TryGetProperty("protocol", out _)) return null;
        var uri = request.GetProperty("path").GetString()!;
        var path = uri.Split('?')[0];
        if (request.GetProperty("method").GetString() != "POST" || path is not ("/ingest" or "/push.v1.PusherService/Push") || NotHere(step)) return null;

        var expected = step.TryGetProperty("ours", out var ours) ? ours : step;
        var body = Body(folder, request);
        var type = request.TryGetProperty("headers", out var headers) && headers.ValueKind == JsonValueKind.Object
            && headers.TryGetProperty("content-type", out var header) ? header.GetString() : null;
        if (path == "/ingest")
        {
            var answer = await harness.Ingest(uri[path.Length..], body, type);
            return Compare(expected, answer.Status, answer.Body);
        }

        if (type != "application/proto") return null;
        if (request.GetProperty("headers").TryGetProperty("content-encoding", out _)) return null;
        var status = await harness.Push(body);
        var text = status.StatusCode == StatusCode.OK ? "" : Encoding.UTF8.GetString(ConnectError.Json(status.StatusCode, status.Detail));
        return Compare(expected, status.StatusCode == StatusCode.OK ? 200 : ConnectCode.Http(status.StatusCode), text);
    }

    /// <summary>Steps that other parts answer: limits of ingesters, the limit of the transport, formats that are read later.</summary>
    private static bool NotHere(JsonElement step)
    {
        var name = step.GetProperty("name").GetString()!;
        var path = step.GetProperty("request").GetProperty("path").GetString()!;
        return name is "over the body limit"
            || Regex.IsMatch(name, "^series ([56]|limit)")
            || path.Contains("format=speedscope") || path.Contains("format=tree") || path.Contains("format=trie");
    }

    private static string Compare(JsonElement expected, int status, string body)
    {
        var response = expected.GetProperty("response");
        var compare = expected.TryGetProperty("compare", out var how) ? how.GetString() : "status";
        if (response.GetProperty("status").GetInt32() != status) return $"{status} {body}, wanted {response.GetRawText()}";
        if (compare is not "json" || !response.TryGetProperty("body", out var recorded)) return "";
        var ignored = expected.TryGetProperty("ignore", out var ignore) && ignore.ValueKind == JsonValueKind.Array && ignore.GetArrayLength() > 0;
        if (ignored) return "";

        var message = JsonDocument.Parse(body).RootElement.GetProperty("message").GetString()!;
        if (expected.TryGetProperty("match", out var match) && match.ValueKind == JsonValueKind.Object && match.TryGetProperty("/message", out var regex))
        {
            return Regex.IsMatch(message, "^(?:" + regex.GetString() + ")$", RegexOptions.Singleline) ? "" : $"{message}, wanted {regex}";
        }

        return JsonElement.DeepEquals(recorded.GetProperty("json"), JsonDocument.Parse(body).RootElement) ? "" : $"{body}, wanted {recorded.GetRawText()}";
    }

    private static byte[] Body(string folder, JsonElement request)
    {
        if (!request.TryGetProperty("body", out var body) || body.ValueKind != JsonValueKind.Object) return [];
        if (body.TryGetProperty("file", out var file)) return File.ReadAllBytes(Path.Combine(folder, file.GetString()!));
        if (body.TryGetProperty("text", out var text)) return Encoding.UTF8.GetBytes(text.GetString()!);
        return body.TryGetProperty("base64", out var bytes) ? bytes.GetBytesFromBase64() : [];
    }
}
