using Pyro.Tenancy;

namespace Pyro.Tests.Unit.Tenancy;

public class TenantIdTests
{
    [Theory]
    [InlineData("team-a", "team-a")]
    [InlineData(" team_b.1 ", "team_b.1")]
    [InlineData("a:k=v", "a")]
    [InlineData("a|a", "a")]
    [InlineData("a:x=1|a:y=2", "a")]
    [InlineData("ok!-_.*'()", "ok!-_.*'()")]
    [InlineData("__pyroscope_cluster", "__pyroscope_cluster")]
    [InlineData("TEAM-A", "TEAM-A")]
    [InlineData("...", "...")]
    public void A_tenant(string header, string tenant) => Assert.Equal(tenant, TenantId.Resolve(header));

    [Theory]
    [InlineData("ok!-_.*'()", true)]
    [InlineData("...", true)]
    [InlineData("", false)]
    [InlineData(".", false)]
    [InlineData("..", false)]
    [InlineData("lost+found", false)]
    [InlineData("@log", false)]
    [InlineData("a b", false)]
    [InlineData("ключ", false)]
    public void An_id(string id, bool isOne) => Assert.Equal(isOne, TenantId.IsValid(id));

    [Fact]
    public void An_id_is_not_too_long() => Assert.Equal((true, false), (TenantId.IsValid(new string('a', 150)), TenantId.IsValid(new string('a', 151))));

    [Theory]
    [InlineData(null, "no org id", true)]
    [InlineData("", "no org id", true)]
    [InlineData(" ", "no org id", true)]
    [InlineData("|", "no org id", true)]
    [InlineData(":k=v", "no org id", true)]
    [InlineData("a|b", "multiple org IDs present", false)]
    [InlineData("a|", "multiple org IDs present", false)]
    [InlineData("a|b|a", "multiple org IDs present", false)]
    [InlineData("bad tenant", "tenant ID 'bad tenant' contains unsupported character ' '", false)]
    [InlineData("bad/tenant", "tenant ID 'bad/tenant' contains unsupported character '/'", false)]
    [InlineData("ключ", "tenant ID 'ключ' contains unsupported character 'Ð'", false)]
    [InlineData(".", "tenant ID is '.' or '..'", false)]
    [InlineData("..", "tenant ID is '.' or '..'", false)]
    [InlineData("a|..", "tenant ID is '.' or '..'", false)]
    public void No_tenant(string? header, string message, bool missing)
    {
        TenantException e = Assert.Throws<TenantException>(() => TenantId.Resolve(header));
        Assert.Equal((message, missing), (e.Message, e.Missing));
    }

    [Fact]
    public void The_longest_has_150_bytes()
    {
        Assert.Equal(150, TenantId.Resolve(new string('x', 150)).Length);
        Assert.Equal("tenant ID is too long: max 150 characters", Assert.Throws<TenantException>(() => TenantId.Resolve(new string('x', 151))).Message);
    }

    [Fact]
    public void A_tenant_that_needs_no_change_is_not_copied()
    {
        string header = new('x', 20);
        Assert.Same(header, TenantId.Resolve(header));
    }
}
