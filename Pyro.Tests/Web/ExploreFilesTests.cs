using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;

namespace Pyro.Tests.Web;

/// <summary>The files of the page, found as a browser finds them: by the links of the page, from each path where it stands.</summary>
public sealed partial class ExploreFilesTests
{
    [Fact]
    public async Task Every_file_that_the_page_names_is_served_from_each_of_its_paths()
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var pyro = await RunningPyro.Start();
        using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = pyro.Url };
        foreach (var path in new[] { "/", "/explore" })
        {
            using var page = await client.GetAsync(path, cancel);
            Assert.Equal(HttpStatusCode.OK, page.StatusCode);
            Assert.Equal("text/html; charset=utf-8", page.Content.Headers.ContentType?.ToString());
            Assert.True(page.Headers.CacheControl?.NoCache);
            var links = Links().Matches(await page.Content.ReadAsStringAsync(cancel)).Select(m => m.Groups[1].Value).ToList();
            Assert.Contains(links, link => link.EndsWith(".js", StringComparison.Ordinal));
            Assert.Contains(links, link => link.EndsWith(".css", StringComparison.Ordinal));
            foreach (var link in links)
                await Check(client, new Uri(new Uri(pyro.Url, path), link), cancel);
        }
    }

    [Fact]
    public async Task The_page_stands_nowhere_else()
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var pyro = await RunningPyro.Start();
        using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = pyro.Url };
        using var slash = await client.GetAsync("/explore/", cancel);
        Assert.Equal(HttpStatusCode.Found, slash.StatusCode);
        Assert.Equal("/explore", new Uri(new Uri(pyro.Url, "/explore/"), slash.Headers.Location!).AbsolutePath);
        foreach (var path in new[] { "/explore/assets/index.js", "/explore/more", "/Explore", "/assets/none.js", "/favicon.svg" })
        {
            using var answer = await client.GetAsync(path, cancel);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }
    }

    private static async Task Check(HttpClient client, Uri file, CancellationToken cancel)
    {
        using var answer = await client.GetAsync(file, cancel);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{file}: {answer.StatusCode}");
        var type = Path.GetExtension(file.AbsolutePath) == ".js" ? "text/javascript; charset=utf-8" : "text/css; charset=utf-8";
        Assert.Equal(type, answer.Content.Headers.ContentType?.ToString());
        Assert.Equal("public, max-age=31536000, immutable", Assert.Single(answer.Headers.GetValues("Cache-Control")));
        Assert.NotEmpty(await answer.Content.ReadAsByteArrayAsync(cancel));

        using var again = new HttpRequestMessage(HttpMethod.Get, file);
        again.Headers.IfNoneMatch.Add(new EntityTagHeaderValue(answer.Headers.ETag!.Tag));
        using var unchanged = await client.SendAsync(again, cancel);
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
    }

    [GeneratedRegex("(?:src|href)=\"(?!data:)([^\"]+)\"")]
    private static partial Regex Links();
}
