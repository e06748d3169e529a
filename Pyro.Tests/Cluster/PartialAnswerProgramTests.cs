using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Grpc.Core;
using Grpc.Net.Client;
using Pyro.Api.Querier;
using Pyro.Tests.Unit.Blocks.Verifying;

namespace Pyro.Tests.Cluster;

/// <summary>A damaged block in the bucket of the real program: every protocol answers what is left and says what is lacking.</summary>
public sealed class PartialAnswerProgramTests : IDisposable
{
    private const string Type = "process_cpu:cpu:nanoseconds:cpu:nanoseconds";
    private const long From = SmallBlock.Start / 1_000_000 - 60_000, Until = From + 120_000;

    private readonly string _bucket = Directory.CreateTempSubdirectory("pyro-partial-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_bucket, recursive: true);

    [Fact]
    public async Task Every_protocol_tells_that_an_answer_lacks_a_damaged_block()
    {
        var block = Path.Combine(_bucket, "anonymous", "phlaredb", SmallBlock.Name);
        Directory.CreateDirectory(block);
        foreach (var (path, bytes) in await new SmallBlock().Files())
        {
            await File.WriteAllBytesAsync(Path.Combine(block, path), path == "symbols.symdb" ? [.. bytes.Select(static b => (byte)~b)] : bytes, Cancel);
        }

        await using var pyro = await RunningPyro.Start(["-storage.backend=filesystem", $"-storage.filesystem.dir={_bucket}", "-querier.max-query-lookback=0"]);
        using var client = new HttpClient { BaseAddress = pyro.Url };
        var mark = $"damaged blocks: {SmallBlock.Name}";

        var request = new JsonObject { ["profileTypeID"] = Type, ["labelSelector"] = "{}", ["start"] = From, ["end"] = Until };
        using (var connect = await client.PostAsJsonAsync("/querier.v1.QuerierService/SelectMergeStacktraces", request, Cancel))
        {
            Assert.Equal((200, mark), ((int)connect.StatusCode, Mark(connect)));
        }

        // What can be answered whole has no mark: the labels of another time.
        using (var labels = await client.PostAsJsonAsync(
            "/querier.v1.QuerierService/LabelValues", new JsonObject { ["name"] = "service_name", ["start"] = Until, ["end"] = Until + 1 }, Cancel))
        {
            Assert.Equal((200, null), ((int)labels.StatusCode, Mark(labels)));
        }

        using (var render = await client.GetAsync(new Uri($"/pyroscope/render?query={Uri.EscapeDataString(Type + "{}")}&from={From}&until={Until}", UriKind.Relative), Cancel))
        {
            Assert.Equal((200, mark), ((int)render.StatusCode, Mark(render)));
        }

        using (var channel = GrpcChannel.ForAddress(pyro.Url))
        {
            using var call = new QuerierService.QuerierServiceClient(channel).SelectSeriesAsync(
                new SelectSeriesRequest { ProfileTypeID = Type, LabelSelector = "{}", Start = From, End = Until, Step = 15 }, cancellationToken: Cancel);
            Assert.Equal(mark, (await call.ResponseHeadersAsync).GetValue("x-pyro-partial"));
            Assert.Empty((await call).Series);
        }

        Assert.Contains("symbols.symdb", await client.GetStringAsync(new Uri("/store-gateway/tenant/anonymous/blocks", UriKind.Relative), Cancel), StringComparison.Ordinal);
        using (var impossible = await client.GetAsync(new Uri("/store-gateway/tenant/no%20tenant/blocks", UriKind.Relative), Cancel))
        {
            Assert.Equal(400, (int)impossible.StatusCode);
            Assert.Contains("No tenant can have this name", await impossible.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        }

        var metrics = (await client.GetStringAsync(new Uri("/metrics", UriKind.Relative), Cancel)).Split('\n');
        Assert.Contains(metrics, static line => line.StartsWith("pyro_block_quarantined_total{", StringComparison.Ordinal) && line.Contains("tenant=\"anonymous\"", StringComparison.Ordinal));
        Assert.Contains(metrics, static line => line.StartsWith("pyro_query_partial_answers_total{", StringComparison.Ordinal));
        await pyro.UntilItTells("is damaged and read no more");
        Assert.Single(pyro.Told("is damaged and read no more"));
    }

    [Fact]
    public async Task A_damaged_meta_json_in_the_bucket_and_one_of_the_ingester_are_told_counted_and_shown()
    {
        var block = Path.Combine(_bucket, "anonymous", "phlaredb", SmallBlock.Name);
        Directory.CreateDirectory(block);
        await File.WriteAllTextAsync(Path.Combine(block, "meta.json"), "{", Cancel);
        var folder = Directory.CreateTempSubdirectory("pyro-unreadable-").FullName;
        try
        {
            var local = Ulid.NewUlid();
            var own = Path.Combine(folder, "data", "anonymous", "local", local.ToString());
            Directory.CreateDirectory(own);
            await File.WriteAllTextAsync(Path.Combine(own, "meta.json"), "}", Cancel);
            await using var pyro = await RunningPyro.Start(["-storage.backend=filesystem", $"-storage.filesystem.dir={_bucket}"], folder);
            using var client = new HttpClient { BaseAddress = pyro.Url };
            var request = new JsonObject { ["profileTypeID"] = Type, ["labelSelector"] = "{}", ["start"] = DateTimeOffset.UtcNow.AddHours(-1).ToUnixTimeMilliseconds(), ["end"] = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() };
            for (var i = 0; i < 3; i++)
            {
                using var answer = await client.PostAsJsonAsync("/querier.v1.QuerierService/SelectMergeStacktraces", request, Cancel);
                Assert.Equal((200, $"damaged blocks: {string.Join(", ", new[] { Ulid.Parse(SmallBlock.Name), local }.Order())}"), ((int)answer.StatusCode, Mark(answer)));
            }

            Assert.Contains($"damaged: {local}/meta.json", await client.GetStringAsync(new Uri("/ingester/blocks", UriKind.Relative), Cancel), StringComparison.Ordinal);
            var metrics = (await client.GetStringAsync(new Uri("/metrics", UriKind.Relative), Cancel)).Split('\n');
            Assert.EndsWith(" 2", Assert.Single(metrics, static line => line.StartsWith("pyro_block_quarantined_total{", StringComparison.Ordinal)), StringComparison.Ordinal);
            await pyro.UntilItTells($"anonymous/phlaredb/{SmallBlock.Name}/meta.json");
            await pyro.UntilItTells($"{local}/meta.json");
            var told = pyro.Told("is damaged and read no more").ToList();
            Assert.Single(told, line => line.Contains($"anonymous/phlaredb/{SmallBlock.Name}/meta.json", StringComparison.Ordinal));
            Assert.Single(told, line => line.Contains($"{local}/meta.json", StringComparison.Ordinal));
            Assert.Equal(2, told.Count);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string? Mark(HttpResponseMessage response) => response.Headers.TryGetValues("X-Pyro-Partial", out var values) ? values.Single() : null;
}
