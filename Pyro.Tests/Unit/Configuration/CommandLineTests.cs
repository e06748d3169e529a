using Pyro.Configuration;

namespace Pyro.Tests.Unit.Configuration;

public class CommandLineTests
{
    [Theory]
    [InlineData("-server.http-listen-port=7")]
    [InlineData("--server.http-listen-port=7")]
    [InlineData("-server.http-listen-port 7")]
    [InlineData("--server.http-listen-port 7")]
    [InlineData("server -server.http-listen-port 6 -server.http-listen-port=7")]
    [InlineData("-auth.multitenancy-enabled -server.http-listen-port=7 --")]
    public void Flags_are_written_as_in_Go(string args) => Assert.Equal(7, Loading.Settings(args).Integer("server.http_listen_port"));

    [Fact]
    public void Switches_stand_alone_or_take_a_value_behind_an_equals_sign()
    {
        Assert.True(Loading.Settings("-auth.multitenancy-enabled").Flag("multitenancy_enabled"));
        Assert.False(Loading.Settings("-tracing.enabled=false").Flag("tracing.enabled"));
        Assert.False(Loading.Settings("-tracing.enabled=0").Flag("tracing.enabled"));
        Assert.Equal("unknown mode: false", Assert.Single(Loading.Faults("-tracing.enabled false").Faults));
    }

    [Fact]
    public void Values_may_begin_with_a_dash_and_hold_equals_signs()
    {
        Assert.Equal("-a=b", Loading.Settings("-storage.s3.region -a=b").Text("storage.s3.region"));
        Assert.Equal("a=b", Loading.Settings("-storage.s3.region=a=b").Text("storage.s3.region"));
        Assert.Equal("", Loading.Settings("-storage.s3.region=").Text("storage.s3.region"));
    }

    [Fact]
    public void Texts_that_are_asked_for_end_the_process_with_0()
    {
        EarlyExit help = Exit("-help"), all = Exit("-help-all"), modules = Exit("-modules"), version = Exit("-version");
        Assert.Equal(help.Text, Exit("-h").Text);
        Assert.Contains("  -server.http-listen-port int\n    \tThe one port for HTTP/1.1, gRPC and Connect. (default 4040)\n", help.Text, StringComparison.Ordinal);
        Assert.Contains("-config.file", help.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("-memberlist.gossip-nodes", help.Text, StringComparison.Ordinal);
        Assert.Contains("-memberlist.gossip-nodes", all.Text, StringComparison.Ordinal);
        Assert.Contains("ingester *\n", modules.Text, StringComparison.Ordinal);
        Assert.StartsWith("pyro, version ", version.Text, StringComparison.Ordinal);
        Assert.IsType<FaultyConfiguration>(Loading.Load("-help -target=nope"));
        Assert.IsType<LoadedSettings>(Loading.Load("-help=false"));

        static EarlyExit Exit(string args)
        {
            EarlyExit exit = Assert.IsType<EarlyExit>(Loading.Load(args));
            Assert.Equal(0, exit.ExitCode);
            return exit;
        }
    }

    [Fact]
    public void Print_config_masks_secrets_and_keeps_the_rest()
    {
        EarlyExit exit = Assert.IsType<EarlyExit>(Loading.Load("-print-config -storage.s3.secret-access-key=hunter2 -storage.s3.access-key-id=me"));
        Assert.DoesNotContain("hunter2", exit.Text, StringComparison.Ordinal);
        Assert.Contains("    secret_access_key: \"********\"\n    access_key_id: me\n", exit.Text, StringComparison.Ordinal);
        Assert.StartsWith("target: all\napi:\n  base-url: \"\"\npyroscopedb:\n  data_path: ./data\n", exit.Text, StringComparison.Ordinal);
        Settings settings = Loading.Settings("-storage.s3.secret-access-key=hunter2 -querier.max-query-length=2d");
        Assert.Equal("limits:\n  max_query_length: 2d\nstorage:\n  s3:\n    secret_access_key: \"********\"\n", SettingsPrinter.Diff(settings));
        Assert.Contains("  max_query_length: 1d\n", SettingsPrinter.Defaults(settings), StringComparison.Ordinal);
    }
}
