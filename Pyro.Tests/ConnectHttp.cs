using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Google.Protobuf;

namespace Pyro.Tests;

/// <summary>The Connect protocol as plain HTTP, so that tests of the server share nothing with its own client code.</summary>
internal static class ConnectHttp
{
    /// <summary>Pushes one request; true when it was acknowledged with 200.</summary>
    public static async Task<bool> Push(HttpClient client, IMessage request, CancellationToken cancellation = default)
    {
        using var content = Proto(request);
        using var response = await client.PostAsync("/push.v1.PusherService/Push", content, cancellation);
        return response.IsSuccessStatusCode;
    }

    /// <summary>A message as the body of a request.</summary>
    public static ByteArrayContent Proto(IMessage message) =>
        new(message.ToByteArray()) { Headers = { ContentType = new MediaTypeHeaderValue("application/proto") } };

    /// <summary>Calls a method of the query service with JSON.</summary>
    public static async Task<JsonNode> Query(HttpClient client, string method, JsonObject request)
    {
        var (status, text, _) = await TryQuery(client, method, request);
        Assert.True(status == HttpStatusCode.OK, $"{method}: {(int)status} {text}");
        return JsonNode.Parse(text)!;
    }

    /// <summary>Calls a method of the query service with JSON, which may fail, or tell that its answer lacks something.</summary>
    public static async Task<(HttpStatusCode Status, string Text, string? Lacks)> TryQuery(HttpClient client, string method, JsonObject request)
    {
        using var content = new StringContent(request.ToJsonString(), Encoding.UTF8, "application/json");
        using var response = await client.PostAsync($"/querier.v1.QuerierService/{method}", content);
        var lacks = response.Headers.TryGetValues("x-pyro-partial", out var told) ? string.Join(", ", told) : null;
        return (response.StatusCode, await response.Content.ReadAsStringAsync(), lacks);
    }

    /// <summary>The CPU flame graph of a selector over the last and the next hour: total of each name, summed over its bars.</summary>
    public static async Task<Dictionary<string, long>> Totals(HttpClient client, string selector, long maxNodes = 1_000_000)
    {
        var request = LastHour(selector);
        request["maxNodes"] = maxNodes;
        return TotalsOf(await Query(client, "SelectMergeStacktraces", request));
    }

    /// <summary>A request for the CPU profiles of a selector in the last and the next hour.</summary>
    public static JsonObject LastHour(string selector)
    {
        var now = DateTimeOffset.UtcNow;
        return new JsonObject
        {
            ["profileTypeID"] = SmallProfile.CpuType,
            ["labelSelector"] = selector,
            ["start"] = now.AddHours(-1).ToUnixTimeMilliseconds(),
            ["end"] = now.AddHours(1).ToUnixTimeMilliseconds(),
        };
    }

    /// <summary>Total of each name of a flame graph, summed over its bars.</summary>
    public static Dictionary<string, long> TotalsOf(JsonNode answer)
    {
        var graph = answer["flamegraph"]!;
        var names = graph["names"]!.AsArray().Select(n => (string)n!).ToArray();
        var totals = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var level in graph["levels"]!.AsArray())
        {
            var values = level!["values"]!.AsArray().Select(v => long.Parse((string)v!)).ToArray();
            for (var bar = 0; bar < values.Length; bar += 4)
                totals[names[values[bar + 3]]] = totals.GetValueOrDefault(names[values[bar + 3]]) + values[bar + 1];
        }
        return totals;
    }
}
