using Pyro.Configuration;

namespace Pyro.Tests.Unit.Configuration;

public class EnvExpansionTests
{
    [Theory]
    [InlineData("${v}", "Hello/World")]
    [InlineData("a${v}b${v}c", "aHello/WorldbHello/Worldc")]
    [InlineData("x${none}y", "xy")]
    [InlineData("${none:-d}", "d")]
    [InlineData("${empty:-d}", "d")]
    [InlineData("${v:-d}", "Hello/World")]
    [InlineData("${none:=d}", "d")]
    [InlineData("${none=d}", "d")]
    [InlineData("${none:-${low}}", "low")]
    [InlineData("${none:-${none:-${low^}}}", "Low")]
    [InlineData("${none:-a b/c}", "a b/c")]
    [InlineData("${#v}", "11")]
    [InlineData("${#none}", "0")]
    [InlineData("${low^}", "Low")]
    [InlineData("${low^^}", "LOW")]
    [InlineData("${v,}", "hello/World")]
    [InlineData("${v,,}", "hello/world")]
    [InlineData("${v:6}", "World")]
    [InlineData("${v:0:5}", "Hello")]
    [InlineData("${v:99}", "x")]
    [InlineData("${v#He}", "llo/World")]
    [InlineData("${v#*l}", "lo/World")]
    [InlineData("${v##*l}", "d")]
    [InlineData("${v%ld}", "Hello/Wor")]
    [InlineData("${v%l*}", "Hello/Wor")]
    [InlineData("${v%%l*}", "He")]
    [InlineData("${v/l/L}", "HeLlo/World")]
    [InlineData("${v//l/L}", "HeLLo/WorLd")]
    [InlineData("${v/#Hello/Bye}", "Bye/World")]
    [InlineData("${v/%World/You}", "Hello/You")]
    [InlineData("${v/#World/You}", "Hello/World")]
    [InlineData("$v", "$v")]
    [InlineData("100% $", "100% $")]
    public void Forms(string form, string expected)
    {
        Settings settings = Expand($"storage:\n  s3:\n    region: 'x{form}'\n");
        Assert.Equal("x" + (form == "${v:99}" ? "" : expected), settings.Text("storage.s3.region"));
    }

    [Theory]
    [InlineData("${v")]
    [InlineData("${}")]
    [InlineData("${-x}")]
    [InlineData("${v-default}")]
    [InlineData("${v+x}")]
    [InlineData("${v:?x}")]
    [InlineData("${v:+x}")]
    [InlineData("${v:a}")]
    [InlineData("${v!}")]
    public void Other_forms_are_faults(string form) =>
        Assert.StartsWith("config.yaml: ", Assert.Single(Loading.Faults("-config.expand-env", form).Faults), StringComparison.Ordinal);

    [Fact]
    public void Expansion_may_give_any_yaml_and_is_off_unless_asked_for()
    {
        Assert.Equal("./there", Expand("pyroscopedb: ${yaml}").Text("pyroscopedb.data_path"));
        Assert.Equal("${v}", Loading.Settings(yaml: "pyroscopedb: {data_path: '${v}'}").Text("pyroscopedb.data_path"));
    }

    private static Settings Expand(string yaml) =>
        Loading.Settings("-config.expand-env", yaml, null, ("v", "Hello/World"), ("low", "low"), ("empty", ""), ("yaml", "{data_path: ./there}"));
}
