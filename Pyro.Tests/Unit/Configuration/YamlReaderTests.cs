using Pyro.Configuration.Yaml;

namespace Pyro.Tests.Unit.Configuration;

public class YamlReaderTests
{
    [Fact]
    public void Anchors_and_merge_keys_are_followed()
    {
        YamlMap map = Assert.IsType<YamlMap>(YamlReader.Read("a: &x {b: 1, c: 2}\nd:\n  <<: *x\n  c: 3\n"));
        YamlMap d = Assert.IsType<YamlMap>(map["d"]);
        Assert.Equal(["c", "b"], d.Entries.Select(entry => entry.Key));
        Assert.Equal("3", Assert.IsType<YamlScalar>(d["c"]).Text);
    }

    [Fact]
    public void An_explosion_of_aliases_is_refused()
    {
        string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
            + string.Concat(Enumerable.Range(1, 9).Select(i => $"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 9))}]\n"));
        Assert.Contains("values", Assert.Throws<YamlFormatException>(() => YamlReader.Read(bomb)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a: 1\n---\nb: 2\n", 2)]
    [InlineData("---\n---\nb: 2\n", 2)]
    public void A_second_document_is_refused(string yaml, int line)
    {
        var refused = Assert.Throws<YamlFormatException>(() => YamlReader.Read(yaml));
        Assert.Contains("a second document", refused.Message, StringComparison.Ordinal);
        Assert.Equal(line, refused.Line);
    }

    [Fact]
    public void One_document_may_have_its_marks() =>
        Assert.NotNull(YamlReader.Read("---\na: 1\n...\n"));

    [Fact]
    public void Depth_is_bounded()
    {
        string deep = new string('[', 5000) + new string(']', 5000);
        Assert.Contains("deeper", Assert.Throws<YamlFormatException>(() => YamlReader.Read(deep)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a: *nothing", 1)]
    [InlineData("a: 1\n  b: 2", 2)]
    [InlineData("a: [1", 1)]
    [InlineData("x: 1\n<<: 3", 2)]
    public void A_fault_names_its_line(string yaml, int line) =>
        Assert.InRange(Assert.Throws<YamlFormatException>(() => YamlReader.Read(yaml)).Line, line, line + 1);
}
