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
    public async Task Copies_that_no_ring_can_hold_are_warned_of_at_start()
    {
        await using var pyro = await RunningPyro.Start(["-distributor.replication-factor=3"]);
        await pyro.UntilItTells("every push will be refused");
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
    [InlineData("-pyroscopedb.data-path=", 1, "failed parsing config: pyroscopedb.data_path")]
    [InlineData("-pyroscopedb.data-path= -ingester.ring.instance-id= -distributor.push.timeout=0 -memory.budget=1", 1, "4 faults")]
    [InlineData("-ingester.ring.instance-id=", 1, "-ingester.ring.instance-id")]
    [InlineData("-config.file=/proc/1/mem", 1, "failed parsing config: /proc/1/mem: ")]
    [InlineData("-config.file=/etc", 1, "is a directory")]
    [InlineData("-config.file=/dev/zero", 1, "has more than")]
    [InlineData("-target=querier,compactor", 1, "target compactor: this program has no such component yet")]
    [InlineData("-print-config -memory.budget=1", 1, "16MiB")]
    [InlineData("-server.http-listen-address=8.8.8.8 -server.http-listen-port=4747", 1, "pyro cannot run: cannot listen on 8.8.8.8 port 4747")]
    [InlineData("-pyroscopedb.data-path=/proc/version -server.http-listen-address=127.0.0.1 -server.http-listen-port=0", 1, "the data path '/proc/version'")]
    [InlineData("push /dev/null --name a --url ftp://x", 2, "only http and https")]
    [InlineData("psh", 1, "did you mean push?")]
    [InlineData("help", 0, "pyro push")]
    [InlineData("-h", 0, "pyro push")]
    [InlineData("--help", 0, "docs/operating.md")]
    public async Task What_is_wrong_or_asked_for_is_told(string arguments, int code, string text)
    {
        var start = new ProcessStartInfo(RunningPyro.Program, arguments.Split(' '))
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var told = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken) + await error;
        await process.Ended();
        Assert.Equal(code, process.ExitCode);
        Assert.Contains(text, told, StringComparison.Ordinal);
        Assert.DoesNotContain("Pyro is up", told, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_component_tells_where_it_listens_and_whether_it_is_ready()
    {
        await using var pyro = await RunningPyro.Start();
        await pyro.UntilItTells("msg=\"Pyro is ready\"");
        Assert.Contains($"msg=\"Pyro is up\" url=http://127.0.0.1:{pyro.Port} target=all", pyro.Log, StringComparison.Ordinal);

        using var querier = Process.Start(new ProcessStartInfo(
            RunningPyro.Program, ["-target=querier", "-server.http-listen-address=127.0.0.1", "-server.http-listen-port=0"])
        { UseShellExecute = false, RedirectStandardOutput = true })!;
        var lines = new List<string>();
        while (!lines.Any(line => line.Contains("is not ready", StringComparison.Ordinal)) && await querier.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
            lines.Add(line);
        querier.Kill();
        Assert.Contains(lines, line => line.Contains("msg=\"Pyro is up\" url=http://127.0.0.1:", StringComparison.Ordinal));
        Assert.Contains("Pyro is not ready: Query Frontend not ready", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_query_side_that_knows_no_store_gateway_says_so_at_start_and_one_with_its_own_does_not()
    {
        string[] flags = ["-distributor.replication-factor=1", "-ingester.min-ready-duration=0s"];
        await using var without = await RunningPyro.Start(["-target=distributor,ingester,query-frontend,querier", .. flags]);
        await without.UntilItTells("No store-gateway is known");
        var warning = Assert.Single(without.Warnings());
        Assert.Contains("No store-gateway is known", warning, StringComparison.Ordinal);
        Assert.Contains("services__storegateway__http__0=http://HOST:PORT", warning, StringComparison.Ordinal);

        await using var with = await RunningPyro.Start(["-target=distributor,ingester,store-gateway,query-frontend,querier", .. flags]);
        await with.UntilItTells("msg=\"Pyro is ready\"");
        Assert.Empty(with.Warnings());
    }

    [Fact]
    public async Task A_push_to_a_server_that_never_answers_says_so()
    {
        using var silent = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "x", TestContext.Current.CancellationToken);
            using var push = Process.Start(new ProcessStartInfo(
                RunningPyro.Program, ["push", file, "--name", "a", "--timeout", "1", "--url", silent.LocalEndpoint.ToString()!])
            { UseShellExecute = false, RedirectStandardError = true })!;
            var told = await push.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await push.Ended();
            Assert.Equal(1, push.ExitCode);
            Assert.Contains($"no answer from http://{silent.LocalEndpoint}/ in 1 s", told, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("/", 200)]
    [InlineData("/admin", 200)]
    [InlineData("/ring", 200)]
    [InlineData("/health", 200)]
    [InlineData("/ready", 405)]
    public async Task Pages_answer_head(string path, int status)
    {
        await using var pyro = await RunningPyro.Start();
        using var client = new HttpClient { BaseAddress = pyro.Url };
        using var answer = await client.SendAsync(new HttpRequestMessage(HttpMethod.Head, path), TestContext.Current.CancellationToken);
        Assert.Equal(status, (int)answer.StatusCode);
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
