using Pyro.Ingester;
using Pyro.Ring;

namespace Pyro.Tests.Unit.Lifecycle;

public sealed class AdvertisedAddressTests
{
    [Theory]
    [InlineData("", true)]
    [InlineData("10.0.0.1", true)]
    [InlineData("::1", true)]
    [InlineData("ingester-0.ring.local", true)]
    [InlineData("host_with_underscore", true)]
    [InlineData("999.1.1.1", false)]
    [InlineData("1.2.3", false)]
    [InlineData("host:4040", false)]
    [InlineData("a b", false)]
    [InlineData(".", false)]
    public void Is_a_host_name_or_an_IP_address(string address, bool taken)
    {
        var options = new IngesterOptions { DataPath = "/data", Address = address, Lifecycler = new LifecyclerOptions { Id = "i" } };
        Assert.Equal(taken ? 0 : 1, options.Faults().Count);
    }
}
