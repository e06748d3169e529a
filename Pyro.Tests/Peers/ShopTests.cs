using System.Diagnostics;
using System.Net;

namespace Pyro.Tests.Peers;

/// <summary>The demo shop of <c>examples/shop</c> against the built program.</summary>
public sealed class ShopTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "examples", "shop");

    [Fact]
    public async Task The_slow_function_of_the_shop_shows_in_its_flame_graph_and_it_closes_at_once()
    {
        await Install();
        await using var pyro = await RunningPyro.Start();
        using var shop = Start(pyro.Url.ToString());
        try
        {
            await Until(async () => await Query(pyro, "/checkout") is { } flames && flames.Contains("tryCoupons") && flames.Contains("packParcels"));
            await Until(async () => (await Query(pyro, "/search"))?.Contains("searchProducts") == true);
            Assert.DoesNotContain("tryCoupons", await Query(pyro, "/search"));
        }
        finally
        {
            Assert.Equal(0, await Close(shop));
        }
    }

    [Fact]
    public async Task The_shop_is_open_while_no_server_takes_its_profiles_and_refuses_what_is_no_basket()
    {
        await Install();
        using var shop = Start("http://127.0.0.1:9");
        try
        {
            string? opened = null;
            while (opened is null || !opened.Contains("msg=open", StringComparison.Ordinal))
                opened = await shop.StandardOutput.ReadLineAsync() ?? throw new EndOfStreamException("The shop ended: " + await shop.StandardError.ReadToEndAsync());
            var address = opened.Split("url=")[1].Split(' ')[0];
            using var client = new HttpClient { BaseAddress = new Uri(address) };
            Assert.Equal("Healthy", await client.GetStringAsync("/health"));
            foreach (var body in new[] { "", "null", "{}", """{"currency":"EUR","lines":[{"id":"length","count":1}]}""", """{"currency":"EUR","lines":[{"id":1,"count":1e9}]}""" })
            {
                using var answer = await client.PostAsync("/checkout", new StringContent(body));
                Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            }
            using var good = await client.PostAsync("/checkout", new StringContent("""{"currency":"EUR","lines":[{"id":1,"count":2}]}"""));
            Assert.Contains("PYRO SHOP", await good.Content.ReadAsStringAsync());
        }
        finally
        {
            Assert.Equal(0, await Close(shop));
        }
    }

    private static async Task<string?> Query(RunningPyro pyro, string route)
    {
        using var client = new HttpClient();
        var query = Uri.EscapeDataString($$"""wall:wall:nanoseconds:wall:nanoseconds{service_name="shop",route="{{route}}"}""");
        using var answer = await client.GetAsync($"{pyro.Url}/pyroscope/render?query={query}&from=now-10m&until=now&format=json");
        return answer.IsSuccessStatusCode ? await answer.Content.ReadAsStringAsync() : null;
    }

    private static async Task Until(Func<Task<bool>> condition)
    {
        for (var tries = 0; tries < 240; tries++)
        {
            if (await condition())
                return;
            await Task.Delay(500);
        }
        throw new TimeoutException("Not so within two minutes.");
    }

    private static Process Start(string server)
    {
        var start = new ProcessStartInfo("node") { WorkingDirectory = Folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("src/main.mjs");
        start.Environment["PYROSCOPE_SERVER_ADDRESS"] = server;
        start.Environment.Remove("PORT");
        return Process.Start(start)!;
    }

    /// <summary>Sends SIGTERM and returns the exit code.</summary>
    private static async Task<int> Close(Process shop)
    {
        using (var kill = Process.Start("kill", ["-TERM", shop.Id.ToString()]))
            await kill.Ended();
        await shop.Ended();
        return shop.ExitCode;
    }

    /// <summary>What a build of the AppHost does, where it has not been built.</summary>
    private static async Task Install()
    {
        if (File.Exists(Path.Combine(Folder, "node_modules", ".package-lock.json")))
            return;
        using var npm = Process.Start(new ProcessStartInfo("npm", "ci --ignore-scripts --no-audit --no-fund --loglevel=error") { WorkingDirectory = Folder })!;
        await npm.Ended();
        Assert.Equal(0, npm.ExitCode);
    }
}
