using Pyro.Configuration;

namespace Pyro.Tests.Unit.Configuration;

public class PrecedenceTests
{
    private const string Port = "server.http_listen_port";

    [Fact]
    public void Each_source_beats_the_ones_below_it()
    {
        const string yaml = "server:\n  http_listen_port: 3\n";
        const string json = """{ "Pyro": { "server": { "http_listen_port": 1 } } } // a comment""";
        (string, string) variable = ("PYRO__SERVER__HTTP_LISTEN_PORT", "4"), urls = ("ASPNETCORE_URLS", "http://+:2");
        Assert.Equal(4040, Loading.Settings().Integer(Port));
        Assert.Equal(1, Loading.Settings(appSettings: json).Integer(Port));
        Assert.Equal(2, Loading.Settings("", null, json, urls).Integer(Port));
        Assert.Equal(3, Loading.Settings("", yaml, json, urls).Integer(Port));
        Assert.Equal(4, Loading.Settings("", yaml, json, urls, variable).Integer(Port));
        Assert.Equal(5, Loading.Settings("-server.http-listen-port=5", yaml, json, urls, variable).Integer(Port));
    }

    [Fact]
    public void A_zero_that_is_given_overrides_and_null_does_not()
    {
        Settings settings = Loading.Settings(yaml: "tracing:\n  enabled: false\nlimits:\n  max_query_length: 0\n  reject_older_than:\nserver: null\n");
        Assert.False(settings.Flag("tracing.enabled"));
        Assert.True(settings.IsSet("tracing.enabled"));
        Assert.Equal(TimeSpan.Zero, settings.Duration("limits.max_query_length"));
        Assert.Equal(TimeSpan.FromHours(1), settings.Duration("limits.reject_older_than"));
        Assert.False(settings.IsSet("limits.reject_older_than"));
    }

    [Fact]
    public void Lists_of_flags_add_to_the_file_and_the_last_csv_wins()
    {
        Settings settings = Loading.Settings(
            "-memberlist.join=b:1 -memberlist.join c:1,d:1 -compactor.disabled-tenants=x -compactor.disabled-tenants=y",
            "memberlist:\n  join_members: [a:1]\ncompactor:\n  disabled_tenants: w\n");
        Assert.Equal(["a:1", "b:1", "c:1", "d:1"], settings.List("memberlist.join_members"));
        Assert.Equal(["y"], settings.List("compactor.disabled_tenants"));
    }

    [Fact]
    public void Lists_may_be_sequences_or_scalars_with_commas()
    {
        Assert.Equal(["a", "b"], Loading.Settings(yaml: "memberlist: {join_members: 'a, b'}").List("memberlist.join_members"));
        Assert.Equal(["a", "b"], Loading.Settings(yaml: "memberlist:\n  join_members:\n    - a\n    - b\n").List("memberlist.join_members"));
        Assert.Equal(2, Loading.Settings(yaml: "compactor:\n  block_ranges: [1h, 2h]").Durations("compactor.block_ranges").Count);
    }

    [Fact]
    public void The_own_name_beats_other_names_of_the_same_source_in_any_order()
    {
        const string path = "ingester.lifecycler.ring.replication_factor";
        Assert.Equal(5, Loading.Settings("-ingester.ring.replication-factor=5").Integer(path));
        Assert.Equal(2, Loading.Settings("-distributor.replication-factor=2 -ingester.ring.replication-factor=5").Integer(path));
        Assert.Equal(2, Loading.Settings("-ingester.ring.replication-factor=5 -distributor.replication-factor=2").Integer(path));
        Assert.Equal(5, Loading.Settings("-ingester.ring.replication-factor=5", "ingester: {lifecycler: {ring: {replication_factor: 2}}}").Integer(path));
        Assert.Equal("b", Loading.Settings(yaml: "storage: {s3: {region: b}}\ncommon: {storage: {s3: {region: a}}}").Text("storage.s3.region"));
    }

    [Fact]
    public void Some_defaults_depend_on_the_target()
    {
        Settings all = Loading.Settings(), alone = Loading.Settings("-target=ingester,querier"), mixed = Loading.Settings("-target=all,querier");
        Assert.Equal((1, 3, 1), (Factor(all), Factor(alone), Factor(mixed)));
        Assert.Equal(TimeSpan.Zero, all.Duration("ingester.lifecycler.min_ready_duration"));
        Assert.Equal(TimeSpan.FromSeconds(15), alone.Duration("ingester.lifecycler.min_ready_duration"));
        Assert.Equal(2, Factor(Loading.Settings("-target=ingester -distributor.replication-factor=2")));

        static long Factor(Settings settings) => settings.Integer("ingester.lifecycler.ring.replication_factor");
    }

    [Fact]
    public void Defaults_are_Pyroscope_s_except_where_ours_are_said()
    {
        Settings settings = Loading.Settings();
        Assert.Equal("filesystem", settings.Text("storage.backend"));
        Assert.Equal("./data-shared", settings.Text("storage.filesystem.dir"));
        Assert.Equal(TimeSpan.Zero, settings.Duration("querier.query_store_after"));
        Assert.Equal(TimeSpan.FromHours(6), settings.Duration("blocks_storage.tsdb.retention_period"));
        Assert.Equal(20, settings.Integer("frontend_worker.max_concurrent"));
        Assert.Equal(TimeSpan.FromMinutes(30), settings.Duration("compactor.compaction_interval"));
        Assert.Equal(0, settings.Integer("storage.s3.http.max_idle_connections"));
        Assert.Equal(5, settings.Integer("frontend.max_retries"));
        Assert.Equal(65535, settings.Integer("frontend.grpc_client_config.initial_stream_window_size"));
        Assert.Equal("60%", settings.Text("memory.budget"));
    }

    [Fact]
    public void Variables_are_found_in_any_case_and_by_other_names()
    {
        Settings settings = Loading.Settings("", null, null, ("pyro__Api__base_url", "/x"), ("PYRO__COMMON__STORAGE__BACKEND", "s3"), ("PYROSCOPE", "1"));
        Assert.Equal("/x", settings.Text("api.base-url"));
        Assert.Equal("s3", settings.Text("storage.backend"));
    }

    [Fact]
    public void Connection_strings_give_the_cache_and_the_bucket()
    {
        Settings settings = Loading.Settings("", null, null,
            ("ConnectionStrings__redis", "cache-1:6379,cache-2:6379,password=p@ss,ssl=true,abortConnect=false,defaultDatabase=2"),
            ("CONNECTIONSTRINGS__MINIO", "Endpoint=http://minio:9000;AccessKey=me;SecretKey=a=b"));
        Assert.Equal("redis", settings.Text("frontend.results_cache.backend"));
        Assert.Equal(["cache-1:6379", "cache-2:6379"], settings.List("frontend.results_cache.redis.endpoint"));
        Assert.Equal("p@ss", settings.Text("frontend.results_cache.redis.password"));
        Assert.Equal(2, settings.Integer("frontend.results_cache.redis.db"));
        Assert.True(settings.Flag("frontend.results_cache.redis.tls_enabled"));
        Assert.Equal(("s3", "minio:9000", "a=b"), (settings.Text("storage.backend"), settings.Text("storage.s3.endpoint"), settings.Text("storage.s3.secret_access_key")));
        Assert.True(settings.Flag("storage.s3.insecure"));

        Settings overridden = Loading.Settings("-storage.backend=filesystem", null,
            """{ "ConnectionStrings": { "minio": "Endpoint=https://m;Bucket=profiles" } }""");
        Assert.Equal(("filesystem", "profiles"), (overridden.Text("storage.backend"), overridden.Text("storage.s3.bucket_name")));
        Assert.Equal(2, Loading.Faults("", null, null, ("ConnectionStrings__redis", "password=x"), ("ConnectionStrings__minio", "nowhere")).Faults.Count);
    }

    [Theory]
    [InlineData("ASPNETCORE_URLS", "https://x:1;http://localhost:5005/", 5005, "localhost")]
    [InlineData("ASPNETCORE_URLS", "http://*", 80, "")]
    [InlineData("ASPNETCORE_URLS", "http://[::1]:81", 81, "::1")]
    [InlineData("ASPNETCORE_HTTP_PORTS", "8080;8081", 8080, "")]
    [InlineData("HTTP_PORTS", "7000", 7000, "")]
    public void The_address_may_come_from_the_host(string variable, string value, int port, string address)
    {
        Settings settings = Loading.Settings("", null, null, (variable, value));
        Assert.Equal((port, address), ((int)settings.Integer(Port), settings.Text("server.http_listen_address")));
    }

    [Fact]
    public void A_configuration_in_the_style_of_Mimir_is_taken()
    {
        const string yaml = """
            target: all
            multitenancy_enabled: false
            storage:
              backend: filesystem
            common:
              storage:
                backend: s3
                s3:
                  bucket_name: pyro
                  region: eu-west-1
                  endpoint: minio:9000
                  access_key_id: ${AWS_ACCESS_KEY_ID}
                  secret_access_key: secret
                  insecure: true
                  http:
                    idle_conn_timeout: 90s
                    response_header_timeout: 2m
                    max_idle_connections: 100
            ingester:
              ring:
                replication_factor: 3
                kvstore:
                  store: memberlist
            blocks_storage:
              tsdb:
                block_ranges_period: 1h
                retention_period: 6h
              bucket_store:
                sync_interval: 15m
            memberlist:
              join_members:
                - pyro-1:7946
            """;
        Settings settings = Loading.Settings("-config.expand-env=true", yaml, null, ("AWS_ACCESS_KEY_ID", "me"));
        Assert.Equal("filesystem", settings.Text("storage.backend"));
        Assert.Equal("pyro", settings.Text("storage.s3.bucket_name"));
        Assert.Equal("me", settings.Text("storage.s3.access_key_id"));
        Assert.Equal(TimeSpan.FromSeconds(90), settings.Duration("storage.s3.http.idle_conn_timeout"));
        Assert.Equal(3, settings.Integer("ingester.lifecycler.ring.replication_factor"));
        Assert.Equal(["pyro-1:7946"], settings.List("memberlist.join_members"));
        Assert.Equal("${AWS_ACCESS_KEY_ID}", Loading.Settings(yaml: yaml).Text("storage.s3.access_key_id"));
    }

    [Fact]
    public void What_is_not_built_yet_is_taken_with_one_warning_each()
    {
        LoadedSettings loaded = Assert.IsType<LoadedSettings>(Loading.Load("-compactor.disabled-tenants=a -compactor.disabled-tenants=b -server.http-listen-port=1"));
        string warning = Assert.Single(loaded.Warnings);
        Assert.Contains("compactor.disabled_tenants", warning, StringComparison.Ordinal);
    }
}
