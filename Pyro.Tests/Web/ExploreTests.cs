using System.Diagnostics;
using System.Text.Json.Nodes;
using Pyro.Tests.Unit.Blocks.Verifying;

namespace Pyro.Tests.Web;

/// <summary>A person with a browser: the empty page, the first profile, zoom, search, links, keys, a range of time.</summary>
public sealed class ExploreTests
{
    [Fact]
    public async Task The_page_goes_from_empty_to_a_flame_graph_and_back_from_a_link()
    {
        await using var pyro = await RunningPyro.Start();
        using var client = new HttpClient { BaseAddress = pyro.Url };
        using var browser = Start(pyro, Screenshot());
        await Answer(browser);

        var empty = await Ask(browser, "empty");
        Assert.Contains(empty["help"]!.AsArray(), text => ((string)text!).Contains("pyro push", StringComparison.Ordinal));

        foreach (var push in ShopProfiles.All(DateTimeOffset.UtcNow))
            Assert.True(await ConnectHttp.Push(client, push));
        var shown = await Ask(browser, "shown");
        browser.StandardInput.Close();
        await browser.Ended();

        Assert.Equal(["total"], Texts(shown["root"]));
        Assert.Equal(3, Texts(shown["zoomed"]).Count);
        Assert.Equal(["total"], Texts(shown["back"]));
        Assert.Equal(Texts(shown["zoomed"]), Texts(shown["restored"]));
        Assert.Matches(@"^\d+\.\d+ % match$", (string)shown["found"]!);
        Assert.InRange((int)shown["rows"]!, 1, 10);
        Assert.Equal(3, Texts(shown["byKeys"]).Count);
        Assert.Equal(["total"], Texts(shown["escaped"]));
        Assert.Equal(["catalog", "checkout"], Texts(shown["services"]));
        Assert.Equal("checkout", (string)shown["service"]!);
        Assert.True(long.Parse((string)shown["from"]!) < long.Parse((string)shown["until"]!));
        Assert.Empty(shown["errors"]!.AsArray());
    }

    [Fact]
    public async Task A_link_that_leads_nowhere_is_told()
    {
        await using var pyro = await RunningPyro.Start();
        using var client = new HttpClient { BaseAddress = pyro.Url };
        foreach (var push in ShopProfiles.All(DateTimeOffset.UtcNow))
            Assert.True(await ConnectHttp.Push(client, push));
        using var browser = Start(pyro, Path.Combine(pyro.Folder, "page.png"));
        await Answer(browser);
        var links = await Ask(browser, "links");
        browser.StandardInput.Close();
        await browser.Ended();

        Assert.Contains("from=abc", (string)links["range"]!, StringComparison.Ordinal);
        Assert.True((bool)links["onTop"]!, "the tooltip of the flame graph is cut off");
        Assert.DoesNotContain("{\"", (string)links["refused"]!, StringComparison.Ordinal);
        Assert.Contains("No profiles of chekout", (string)links["unknown"]!, StringComparison.Ordinal);
        Assert.Equal(("checkout", "checkout"), ((string)links["nearest"]!, (string)links["service"]!));
    }

    [Fact]
    public async Task A_tenant_is_asked_for_kept_in_the_link_and_sent()
    {
        await using var pyro = await RunningPyro.Start(["-auth.multitenancy-enabled=true"]);
        using var client = new HttpClient { BaseAddress = pyro.Url };
        client.DefaultRequestHeaders.Add("X-Scope-OrgID", "acme");
        foreach (var push in ShopProfiles.All(DateTimeOffset.UtcNow))
            Assert.True(await ConnectHttp.Push(client, push));
        using var browser = Start(pyro, Path.Combine(pyro.Folder, "page.png"));
        await Answer(browser);
        var named = await Ask(browser, "nameless");
        browser.StandardInput.Close();
        await browser.Ended();

        Assert.Equal("tenant", (string)named["focused"]!);
        Assert.Equal((0, 0), ((int)named["hints"]!, (int)named["alerts"]!));
        Assert.Equal(("acme", "other"), ((string)named["tenant"]!, (string)named["other"]!));
        Assert.InRange((int)named["overflow"]!, 0, 0);
    }

    [Fact]
    public async Task An_answer_that_lacks_a_damaged_block_is_told_to_be_partial()
    {
        var bucket = Directory.CreateTempSubdirectory("pyro-partial-").FullName;
        try
        {
            var folder = Directory.CreateDirectory(Path.Combine(bucket, "anonymous", "phlaredb", SmallBlock.Name)).FullName;
            var time = DateTimeOffset.UtcNow.AddHours(-3).ToUnixTimeMilliseconds() * 1_000_000;
            foreach (var (path, bytes) in await new SmallBlock { Services = 1, Profiles = [new(0, time, 7, [1], [10])] }.Files())
                await File.WriteAllBytesAsync(Path.Combine(folder, path), path == "symbols.symdb" ? [.. bytes.Select(static b => (byte)~b)] : bytes);
            await using var pyro = await RunningPyro.Start(["-storage.backend=filesystem", $"-storage.filesystem.dir={bucket}"]);
            using var client = new HttpClient { BaseAddress = pyro.Url };
            Assert.True(await ConnectHttp.Push(client, SmallProfile.Push("service-0", SmallProfile.Cpu(DateTimeOffset.UtcNow, ("main;work", 2_000_000_000)))));
            using var browser = Start(pyro, Path.Combine(pyro.Folder, "page.png"));
            await Answer(browser);
            var partial = await Ask(browser, "partial");
            browser.StandardInput.Close();
            await browser.Ended();

            Assert.Equal(0, (int)partial["whole"]!);
            Assert.Contains($"not all that was recorded: what could not be read is left out (damaged blocks: {SmallBlock.Name})", (string)partial["notice"]!, StringComparison.Ordinal);
            Assert.Equal(("status", "2 s"), ((string)partial["role"]!, (string)partial["total"]!));
            Assert.Empty(partial["errors"]!.AsArray());
        }
        finally
        {
            Directory.Delete(bucket, recursive: true);
        }
    }

    /// <summary>The README's picture is renewed on demand; an ordinary run leaves it beside other build output.</summary>
    private static string Screenshot()
    {
        var folder = Environment.GetEnvironmentVariable("PYRO_SCREENSHOT") is null ? "artifacts" : "docs";
        return Path.Combine(Directory.CreateDirectory(Path.Combine(Repository.Root, folder)).FullName, "explore.png");
    }

    private static Process Start(RunningPyro pyro, string screenshot)
    {
        var start = new ProcessStartInfo("node")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = Path.Combine(Repository.Root, "Pyro.Tests", "Peers", "node"),
        };
        foreach (var argument in new[] { "explore.mjs", pyro.Url.ToString(), screenshot })
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    private static async Task<JsonNode> Ask(Process browser, string command)
    {
        await browser.StandardInput.WriteLineAsync(command);
        await browser.StandardInput.FlushAsync();
        return await Answer(browser);
    }

    private static async Task<JsonNode> Answer(Process browser)
    {
        var line = await Line(browser) ?? throw new InvalidOperationException("the browser's script ended");
        var answer = JsonNode.Parse(line)!;
        Assert.True(answer["failed"] is null, line);
        return answer;
    }

    // Each step of the script gives up after 30 s, the browser itself may hang.
    private static async Task<string?> Line(Process browser)
    {
        try
        {
            return await browser.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes(5));
        }
        catch (TimeoutException)
        {
            browser.Kill(entireProcessTree: true);
            throw;
        }
    }

    private static List<string> Texts(JsonNode? array) => [.. array!.AsArray().Select(text => (string)text!)];
}
