using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Pyro.Tests.Cluster;

/// <summary>What an operator meets of the running program: metrics, runtime configuration, help and refused settings.</summary>
public sealed class OperationsTests
{
    [Fact]
    public async Task Every_metric_has_one_help_and_one_type()
    {
        await using var pyro = await RunningPyro.Start();
        using var client = new HttpClient { BaseAddress = pyro.Url };
        using (var pushed = await client.PostAsync("/ingest?name=app&format=groups", new StringContent("a;b 1\n"), TestContext.Current.CancellationToken))
            Assert.Equal(HttpStatusCode.OK, pushed.StatusCode);
        using (var refused = await client.PostAsync("/ingest?name=app&format=pprof", new StringContent("no profile"), TestContext.Current.CancellationToken))
            Assert.False(refused.IsSuccessStatusCode);
        using var answer = await client.GetAsync("/metrics", TestContext.Current.CancellationToken);
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8; escaping=underscores", answer.Content.Headers.GetValues("Content-Type").Single());
        var lines = (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Split('\n');
        var helps = Names(lines, "# HELP ");
        var types = Names(lines, "# TYPE ");
        Assert.Equal(types.Distinct(), types);
        Assert.Equal(types, helps);
        Assert.Contains("pyroscope_request_duration_seconds", types);
        var samples = lines.Where(line => line.Length > 0 && line[0] != '#').Select(line => line[..line.IndexOfAny(['{', ' '])]).Distinct();
        Assert.All(samples, sample => Assert.Contains(types, type => sample == type || sample.StartsWith(type + "_", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_scraper_that_prefers_open_metrics_gets_them()
    {
        await using var pyro = await RunningPyro.Start();
        using var client = new HttpClient { BaseAddress = pyro.Url };
        client.DefaultRequestHeaders.Accept.ParseAdd("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3");
        using var answer = await client.GetAsync("/metrics", TestContext.Current.CancellationToken);
        Assert.Equal(MediaTypeHeaderValue.Parse("application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores"), answer.Content.Headers.ContentType);
    }

    [Fact]
    public async Task Limits_of_tenants_are_served_and_heeded()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "overrides:\n  small:\n    max_query_length: 1h\n    ingestion_rate_mb: 3\n", TestContext.Current.CancellationToken);
            await using var pyro = await RunningPyro.Start(["-auth.multitenancy-enabled", $"-runtime-config.file={file}"]);
            using var client = new HttpClient { BaseAddress = pyro.Url };
            Assert.Contains("max_label_names_per_series: 30", await client.GetStringAsync("/runtime_config", TestContext.Current.CancellationToken), StringComparison.Ordinal);
            Assert.Equal(
                "overrides:\n  small:\n    ingestion_rate_mb: 3\n    max_query_length: 1h\n",
                await client.GetStringAsync("/runtime_config?mode=diff", TestContext.Current.CancellationToken));
            using (var nobody = await client.GetAsync("/api/v1/tenant_limits", TestContext.Current.CancellationToken))
                Assert.Equal(HttpStatusCode.Unauthorized, nobody.StatusCode);
            client.DefaultRequestHeaders.Add("X-Scope-OrgID", "small");
            Assert.Equal(
                """{"ingestion_rate":3,"ingestion_burst_size":2,"max_global_series_per_user":5000}""",
                await client.GetStringAsync("/api/v1/tenant_limits", TestContext.Current.CancellationToken));
            Assert.Contains("time range exceeds", await Query(client), StringComparison.Ordinal);
            client.DefaultRequestHeaders.Remove("X-Scope-OrgID");
            client.DefaultRequestHeaders.Add("X-Scope-OrgID", "other");
            Assert.DoesNotContain("time range exceeds", await Query(client), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("-memory.budget=1", 1, "16MiB")]
    [InlineData("-runtime-config.file=/nowhere/at-all.yaml", 1, "/nowhere/at-all.yaml")]
    [InlineData("psh", 1, "did you mean push?")]
    [InlineData("help", 0, "pyro push")]
    [InlineData("-h", 0, "pyro push")]
    [InlineData("--help", 0, "docs/operating.md")]
    public async Task What_is_wrong_or_asked_for_is_told(string argument, int code, string text)
    {
        var start = new ProcessStartInfo(RunningPyro.Program, [argument])
        {
            UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetTempPath(),
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var told = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken) + await error;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(code, process.ExitCode);
        Assert.Contains(text, told, StringComparison.Ordinal);
    }

    private static async Task<string> Query(HttpClient client)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var query = $$"""{"start":{{now - 7_200_000}},"end":{{now}},"labelSelector":"{}","profileTypeID":"process_cpu:cpu:nanoseconds:cpu:nanoseconds"}""";
        using var answer = await client.PostAsync(
            "/querier.v1.QuerierService/SelectMergeStacktraces", new StringContent(query, Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);
        return await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    private static List<string> Names(string[] lines, string start) =>
        [.. lines.Where(line => line.StartsWith(start, StringComparison.Ordinal)).Select(line => line[start.Length..].Split(' ')[0])];
}
