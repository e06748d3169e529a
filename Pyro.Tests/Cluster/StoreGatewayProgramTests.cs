using System.Net;
using System.Text.Json.Nodes;
using Pyro.Tests.Unit.S3StandIn;

namespace Pyro.Tests.Cluster;

/// <summary>The store-gateway as a process of its own: what nobody but the bucket has is answered through it, over the network.</summary>
public sealed class StoreGatewayProgramTests
{
    [Fact]
    public async Task What_only_the_bucket_has_is_answered_through_the_store_gateway()
    {
        await using var bucket = await S3Process.Start();
        await using var cluster = await RunningCluster.Start(variables:
        [
            ("ConnectionStrings__minio", $"Endpoint={bucket.Url};AccessKey={RunningS3.AccessKey};SecretKey={RunningS3.SecretKey};Bucket={S3Process.Bucket}"),
            ("PYRO__STORAGE__S3__CREATE_BUCKET", "true"),
        ]);
        using var client = new HttpClient { BaseAddress = cluster.Gateway.Url };
        var now = DateTimeOffset.UtcNow;
        Assert.True(await ConnectHttp.Push(client, SmallProfile.Push("shop", SmallProfile.Cpu(now.AddSeconds(-20), ("main;work;read", 3), ("main;work;write", 4), ("main;idle", 1)))));
        Assert.True(await ConnectHttp.Push(client, SmallProfile.Push("shop", SmallProfile.Cpu(now.AddSeconds(-5), ("main;work;read", 10)))));
        Assert.True(await ConnectHttp.Push(client, SmallProfile.Push("cart", SmallProfile.Cpu(now, ("main;pay", 7)))));
        var questions = Questions();
        var before = await Task.WhenAll(questions.Select(q => ConnectHttp.Query(client, q.Method, q.Request)));
        Assert.Equal(18, ConnectHttp.TotalsOf(before[0])["main"] - 7);
        Assert.Equal(0, await Answered(cluster, "Sum"));

        using (var ingester = new HttpClient { BaseAddress = cluster.Ingester.Url })
        {
            using var flush = await ingester.PostAsync("/ingester.v1.IngesterService/Flush", ConnectHttp.Proto(new Api.Ingester.FlushRequest()));
            Assert.Equal(HttpStatusCode.OK, flush.StatusCode);
        }
        await cluster.Ingester.UntilItTells("Shipped block");
        Assert.Equal(0, await cluster.Ingester.Stop());
        Directory.Delete(Path.Combine(cluster.Folder, "data"), recursive: true);
        cluster.Ingester.Start();
        await cluster.Ingester.WaitUntilReady();
        await cluster.Gateway.WaitUntilReady();

        // A query looks at the bucket anew when the last look is ten seconds old.
        for (var tries = 0; !JsonNode.DeepEquals(before[0], await ConnectHttp.Query(client, questions[0].Method, questions[0].Request)); tries++)
        {
            Assert.True(tries < 1200, $"the block in the bucket is not answered for:\n{cluster.Query.Log}");
            await Task.Delay(50);
        }
        await Same();
        Assert.True(await Answered(cluster, "Sum") > 0);
        Assert.True(await Answered(cluster, "Labels") > 0);

        // Without it nobody has them, and none of the answers hides that.
        cluster.StoreGateway.Kill();
        foreach (var (method, request) in questions)
        {
            var (status, text, lacks) = await ConnectHttp.TryQuery(client, method, request);
            Assert.True(status == HttpStatusCode.ServiceUnavailable || lacks is not null, $"{method}: {(int)status} {text}");
        }
        cluster.StoreGateway.Start();
        await cluster.StoreGateway.WaitUntilReady();
        await cluster.Gateway.WaitUntilReady();
        await Same();

        async Task Same()
        {
            for (var i = 0; i < questions.Length; i++)
            {
                var answer = await ConnectHttp.Query(client, questions[i].Method, questions[i].Request);
                Assert.True(JsonNode.DeepEquals(before[i], answer), $"{questions[i].Method}:\n{before[i].ToJsonString()}\nbecame\n{answer.ToJsonString()}");
            }
        }
    }

    /// <summary>All of one range, so that they are asked again word for word.</summary>
    private static (string Method, JsonObject Request)[] Questions()
    {
        var all = ConnectHttp.LastHour("{}");
        JsonObject With(params (string Name, JsonNode Value)[] more)
        {
            var request = (JsonObject)all.DeepClone();
            foreach (var (name, value) in more)
                request[name] = value;
            return request;
        }

        JsonObject range = new() { ["start"] = all["start"]!.DeepClone(), ["end"] = all["end"]!.DeepClone() };
        JsonObject values = (JsonObject)range.DeepClone();
        values["name"] = "service_name";
        return
        [
            ("SelectMergeStacktraces", all),
            ("SelectMergeStacktraces", With(("labelSelector", "{service_name=\"shop\"}"))),
            ("SelectMergeProfile", With(("labelSelector", "{service_name=\"cart\"}"))),
            ("SelectSeries", With(("step", 15), ("groupBy", new JsonArray("service_name")))),
            ("ProfileTypes", range), ("LabelNames", range), ("LabelValues", values), ("Series", range),
        ];
    }

    /// <summary>How many calls of a method the store-gateway has answered.</summary>
    private static async Task<long> Answered(RunningCluster cluster, string method)
    {
        using var client = new HttpClient { BaseAddress = cluster.StoreGateway.Url };
        var lines = (await client.GetStringAsync("/metrics")).Split('\n');
        return lines
            .Where(line => line.StartsWith("pyroscope_request_duration_seconds_count{", StringComparison.Ordinal)
                && line.Contains($"route=\"/pyro.peers.v1.BucketHolder/{method}\"", StringComparison.Ordinal))
            .Sum(static line => long.Parse(line[(line.LastIndexOf(' ') + 1)..]));
    }
}
