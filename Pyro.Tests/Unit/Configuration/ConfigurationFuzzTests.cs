using System.Text;
using Pyro.Configuration;
using Pyro.Configuration.Yaml;

namespace Pyro.Tests.Unit.Configuration;

public class ConfigurationFuzzTests
{
    [Fact]
    public void Yaml_reads_or_names_its_fault() => Fuzz.Run(
        "yaml",
        [
            Encoding.UTF8.GetBytes(SettingsPrinter.Running(Loading.Settings()).AsSpan(0, 2000).ToString()),
            "a: &x {b: [1, 'two', \"three\"]}\nc: *x\nd:\n  <<: *x\n  e: |\n    text\n"u8.ToArray(),
            "- - - a\n    - b: ? c\n: d\n--- !tag\n...\n%YAML 1.2\n"u8.ToArray(),
        ],
        data =>
        {
            try
            {
                YamlReader.Read(Encoding.UTF8.GetString(data));
            }
            catch (YamlFormatException)
            {
                // The one outcome besides success.
            }
        });

    [Fact]
    public void Any_file_loads_or_is_faulty() => Fuzz.Run(
        "config file",
        [
            "target: all\nserver:\n  http_listen_port: 80\nlimits:\n  max_query_length: ${x:-1d}\n  ingestion_relabeling_rules: [{a: b}]\n"u8.ToArray(),
            "storage: {s3: {region: '${r%%/*}${#r}${r/a/b}${r:1:2}'}}\nmemberlist: {join_members: [a, b]}\n"u8.ToArray(),
        ],
        data => Assert.NotNull(Loading.Load("-config.expand-env", Encoding.UTF8.GetString(data), null, ("x", "2h"), ("r", "a/b/c"))));

    [Fact]
    public void Any_command_line_loads_or_is_faulty() => Fuzz.Run(
        "command line",
        [
            "-target=all\n--tracing.enabled=false\n-memberlist.join\na,b\nserver"u8.ToArray(),
            "-compactor.block-ranges=1h,2h\n-memory.budget=10%\n-distributor.ingestion-relabeling-rules=[{a: b}]\n-querier.max-query-length=1w2d"u8.ToArray(),
        ],
        data => Assert.NotNull(SettingsLoader.Load(Encoding.UTF8.GetString(data).Split('\n'), new Dictionary<string, string>(), _ => null)));

    [Fact]
    public void Any_appsettings_loads_or_is_faulty() => Fuzz.Run(
        "appsettings",
        ["""{ "Pyro": { "server": { "http_listen_port": 80 }, "memberlist": { "join_members": ["a"] } }, "ConnectionStrings": { "redis": "a:1,ssl=true" } }"""u8.ToArray()],
        data => Assert.NotNull(Loading.Load(appSettings: Encoding.UTF8.GetString(data))));
}
