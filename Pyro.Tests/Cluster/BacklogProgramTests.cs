using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace Pyro.Tests.Cluster;

/// <summary>What an operator sees of heads, local blocks, the log, and what waits for a bucket that is away.</summary>
public sealed class BacklogProgramTests
{
    [Fact]
    public async Task Metrics_and_the_page_show_heads_blocks_log_and_backlog()
    {
        await using var bucket = await S3Process.Start();
        await using var pyro = await RunningPyro.Start(bucket.Flags);
        using var client = new HttpClient { BaseAddress = pyro.Url };
        bucket.Kill();
        Assert.True(await ConnectHttp.Push(client, SmallProfile.Push("shop", SmallProfile.Cpu(DateTimeOffset.UtcNow, ("main;work", 1)))));
        using (var flush = await client.PostAsync("/ingester.v1.IngesterService/Flush", ConnectHttp.Proto(new Api.Ingester.FlushRequest())))
        {
            Assert.Equal(HttpStatusCode.OK, flush.StatusCode);
        }
        Assert.True(await ConnectHttp.Push(client, SmallProfile.Push("cart", SmallProfile.Cpu(DateTimeOffset.UtcNow, ("main;pay", 2)))));

        var folder = Assert.Single(Directory.GetDirectories(Path.Combine(pyro.Folder, "data", "anonymous", "local")));
        var block = Path.GetFileName(folder);
        // meta.json tells of the others and is not counted.
        var bytes = Directory.GetFiles(folder).Where(static file => Path.GetFileName(file) != "meta.json").Sum(static file => new FileInfo(file).Length);
        var figures = await Figures(client);
        Assert.Equal((1, 1, 1), (figures["pyro_ingester_heads"], figures["pyro_ingester_local_blocks"], figures["pyro_ingester_blocks_to_ship"]));
        Assert.InRange(figures["pyro_ingester_head_bytes"], 1, 1 << 20);
        Assert.Equal((bytes, bytes), (figures["pyro_ingester_local_block_bytes"], figures["pyro_ingester_blocks_to_ship_bytes"]));
        Assert.Equal(2, figures["pyro_ingester_log_records_total"]);
        Assert.InRange(figures["pyro_ingester_log_bytes_total"], 1, 1 << 20);
        Assert.Equal(0, figures["pyro_ingester_log_queued_bytes"]);

        string page;
        for (var tries = 0; ; tries++)
        {
            // What the flush ended is closed and deleted in the background.
            figures = await Figures(client);
            page = await client.GetStringAsync("/ingester/blocks");
            if (page.Contains($"The log has {figures["pyro_ingester_log_segments"]} closed segments of ", StringComparison.Ordinal))
                break;
            Assert.True(tries < 2000, page);
            await Task.Delay(50);
        }
        Assert.Contains($"1 blocks of {(bytes < 10 << 10 ? $"{bytes} bytes" : $"{bytes >> 10} KiB")} wait for the bucket", page, StringComparison.Ordinal);
        Assert.Matches($"<code>{block}</code></td><td>local</td>.*<td>1</td><td>1</td>", page);
        Assert.Single(Regex.Matches(page, "<td>open head</td>.*?<td>1</td><td>1</td>"));

        await bucket.StartAgain();
        for (var tries = 0; (figures = await Figures(client))["pyro_ingester_blocks_to_ship"] > 0; tries++)
        {
            Assert.True(tries < 2000, $"the block is not shipped:\n{pyro.Log}");
            await Task.Delay(50);
        }
        Assert.Equal((1, 1, 0), (figures["pyro_ingester_heads"], figures["pyro_ingester_local_blocks"], figures["pyro_ingester_blocks_to_ship_bytes"]));
        Assert.Contains($"anonymous/phlaredb/{block}/meta.json", (await bucket.Objects()).Keys);
        page = await client.GetStringAsync("/ingester/blocks");
        Assert.Contains("0 blocks of 0 bytes wait for the bucket", page, StringComparison.Ordinal);
        Assert.Contains($"<code>{block}</code></td><td>local and in the bucket</td>", page, StringComparison.Ordinal);
    }

    /// <summary>The metrics of the ingester without labels.</summary>
    private static async Task<Dictionary<string, double>> Figures(HttpClient client) => (await client.GetStringAsync("/metrics")).Split('\n')
        .Where(static line => Regex.IsMatch(line, @"^pyro_ingester_[a-z_]+\{\} "))
        .ToDictionary(static line => line.Split('{')[0], static line => double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture), StringComparer.Ordinal);
}
