using Pyro.Configuration;

namespace Pyro.Tests.Unit.Configuration;

public class FaultTests
{
    [Fact]
    public void All_faults_are_told_at_once()
    {
        const string yaml = "server:\n  http_listen_prot: 1\nlimits:\n  max_query_length: 1.5h\nwhat: 1\n";
        FaultyConfiguration faulty = Loading.Faults(
            "-nothing.like-this 7 -target=ingestor -server.http-listen-port=99999 -log.level", yaml, null, ("PYRO__TRACING__ENABLD", "true"));
        Assert.Equal(2, faulty.ExitCode);
        Assert.Equal(
            [
                "flag provided but not defined: -nothing.like-this",
                "flag needs an argument: -log.level",
                "config.yaml line 2: field http_listen_prot not found in server; did you mean http_listen_port?",
                "config.yaml line 4: limits.max_query_length: \"1.5h\" is not a duration (30s, 1h30m, 7d)",
                "config.yaml line 5: field what not found in the configuration",
                "PYRO__TRACING__ENABLD: there is no such setting; did you mean PYRO__TRACING__ENABLED?",
                "-server.http-listen-port: 99999 is not within 0 and 65535",
                "unrecognised module name: ingestor; did you mean ingester?",
            ],
            faulty.Faults);
        Assert.StartsWith("failed parsing config: 8 faults\n  flag", faulty.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-target", "flag needs an argument: -target")]
    [InlineData("-=x", "bad flag syntax: -=x")]
    [InlineData("---target=all", "bad flag syntax: ---target=all")]
    [InlineData("-tracing.enabled=maybe", "-tracing.enabled: \"maybe\" is not true or false")]
    [InlineData("-ingester.num-tokens=100000000", "-ingester.num-tokens: 100000000 is not within 1 and 4096")]
    [InlineData("-querier.max-concurrent=0", "-querier.max-concurrent: 0 is below 1")]
    [InlineData("-querier.max-concurrent=1.5", "-querier.max-concurrent: \"1.5\" is not a whole number")]
    [InlineData("-server.http-read-timeout=1d", "-server.http-read-timeout: \"1d\" is not a duration (30s, 1h30m, 250ms)")]
    [InlineData("-server.http-read-timeout=-1s", "-server.http-read-timeout: -1s is negative")]
    [InlineData("-memory.budget=120%", "-memory.budget: \"120%\" is not a size (4GiB) or a share (60%)")]
    [InlineData("-storage.backend=ftp", "-storage.backend: \"ftp\" is not one of filesystem, s3")]
    [InlineData("agent", "mode agent is deprecated: profiles are collected by Grafana Alloy or an SDK")]
    [InlineData("serve", "unknown mode: serve; did you mean server?")]
    [InlineData("blocks", "blocks is a command of its own: pyro blocks list|inspect|verify PLACE, without flags before it")]
    [InlineData("push", "push is a command of its own: pyro push FILE... --name my-app, without flags before it")]
    [InlineData("-validation.max-label-names-per-series=-1", "-validation.max-label-names-per-series: -1 is below 0")]
    [InlineData("-runtime-config.reload-period=0s", "runtime_config.period: 0s is too short, the least is 100ms")]
    [InlineData("-target=", "no modules specified")]
    [InlineData("-target=distributor,nope", "unrecognised module name: nope")]
    [InlineData("-config.file=gone.yaml", "gone.yaml: no such file")]
    [InlineData("-storage.prefix=/a", "storage.prefix must not start with a slash")]
    [InlineData("-storage.prefix=a//b", "storage.prefix: the part \"\" may hold letters, digits, _ - and . and must not begin with a digit")]
    [InlineData("-storage.prefix=a -storage.storage-prefix=b", "storage.prefix and its old name storage.storage_prefix are both given")]
    [InlineData("-compactor.block-ranges=90m", "compactor.block_ranges: 1h30m0s is not a multiple of pyroscopedb.max_block_duration 1h0m0s")]
    [InlineData("-compactor.block-ranges=1h,2h,3h", "compactor.block_ranges: 3h0m0s is not a multiple of the range before it, 2h0m0s")]
    [InlineData("-storage.s3.sse.kms-encryption-context={", "storage.s3.sse.kms_encryption_context is not a JSON object of texts")]
    [InlineData("-storage.s3.force-path-style -storage.s3.bucket-lookup-type=virtual-hosted-style", "storage.s3.force_path_style contradicts storage.s3.bucket_lookup_type virtual-hosted-style")]
    public void A_wrong_setting_is_told(string args, string fault)
    {
        FaultyConfiguration faulty = Loading.Faults(args);
        Assert.Equal(fault, Assert.Single(faulty.Faults));
        Assert.Equal(1, faulty.ExitCode);
    }

    [Theory]
    [InlineData("-server.http-listen-prot=1", "flag provided but not defined: -server.http-listen-prot; did you mean -server.http-listen-port?")]
    [InlineData("-server.http_listen_port=1", "flag provided but not defined: -server.http_listen_port; did you mean -server.http-listen-port?")]
    [InlineData("-x", "flag provided but not defined: -x")]
    [InlineData("-pyroscopedb.data_path", "flag provided but not defined: -pyroscopedb.data_path; did you mean -pyroscopedb.data-path?")]
    public void An_unknown_flag_exits_with_2(string args, string fault)
    {
        FaultyConfiguration faulty = Loading.Faults(args);
        Assert.Equal((fault, 2), (Assert.Single(faulty.Faults), faulty.ExitCode));
    }

    [Theory]
    [InlineData("replication_factor: 3", "config.yaml line 1: field replication_factor not found in the configuration; did you mean ingester.lifecycler.ring.replication_factor?")]
    [InlineData("storage.backend: s3", "config.yaml line 1: field storage.backend not found in the configuration; did you mean storage.backend?")]
    [InlineData("server:\n  http_listen_port: [1]", "config.yaml line 2: server.http_listen_port: takes a single value")]
    [InlineData("server:\n  http_listen_port:\n    a: 1", "config.yaml line 2: server.http_listen_port: has no keys below it")]
    [InlineData("server: 1", "config.yaml line 1: server is a mapping")]
    [InlineData("[a]", "config.yaml line 1: the configuration is a mapping")]
    [InlineData("a: 1\na: 2", "config.yaml: line 2: key \"a\" is given twice")]
    [InlineData("memberlist:\n  join_members:\n    - {a: 1}", "config.yaml line 2: memberlist.join_members: takes a single value")]
    public void A_wrong_file_is_told(string yaml, string fault) => Assert.Equal(fault, Assert.Single(Loading.Faults(yaml: yaml).Faults));

    [Fact]
    public void A_secret_is_not_told()
    {
        FaultyConfiguration faulty = Loading.Faults("", null, null, ("ConnectionStrings__redis", "c:1,defaultDatabase=x"), ("PYRO__STORAGE__S3__INSECURE", "hunter2"));
        Assert.Equal(2, faulty.Faults.Count);
        Assert.DoesNotContain("secretvalue", Loading.Faults("-storage.s3.secret-access-key=secretvalue -x").Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing\n")]
    [InlineData("---\n")]
    [InlineData("{}")]
    public void An_empty_file_is_taken(string yaml) => Assert.False(Loading.Settings(yaml: yaml).IsSet("target"));
}
