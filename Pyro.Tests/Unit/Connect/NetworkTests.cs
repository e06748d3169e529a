using Grpc.Core;
using Pyro.Connect;
using Pyro.Connect.Invokers;

namespace Pyro.Tests.Unit.Connect;

/// <summary>An address leads into the process or over a socket.</summary>
public sealed class NetworkTests
{
    [Fact]
    public async Task The_own_address_leads_into_the_process_and_others_to_one_channel_each()
    {
        await using var server = new ProbeServer { Unlimited = true };
        await server.InitializeAsync();
        using var network = new Network(TimeProvider.System) { OwnAddress = "ingester-1:4040" };
        network.Serve(Probe.BindService(new ProbeService()));
        Assert.IsType<InProcessCallInvoker>(network.Dial("ingester-1:4040"));
        Assert.Equal("here", (await new Probe.ProbeClient(network.Dial("ingester-1:4040")).UnaryAsync(new Ask { Text = "here" })).Text);

        var there = $"127.0.0.1:{server.Port}";
        Assert.Same(network.Dial(there), network.Dial(there));
        Assert.Equal("there", (await new Probe.ProbeClient(network.Dial(there)).UnaryAsync(new Ask { Text = "there" })).Text);
    }

    [Fact]
    public async Task A_service_that_is_added_later_is_reached()
    {
        using var network = new Network(TimeProvider.System) { OwnAddress = "a:1" };
        var early = new Probe.ProbeClient(network.Dial("a:1"));
        Assert.Equal(StatusCode.Unimplemented, (await Assert.ThrowsAsync<RpcException>(async () => await early.UnaryAsync(new Ask()))).StatusCode);
        network.Serve(Probe.BindService(new ProbeService()));
        Assert.NotNull(await new Probe.ProbeClient(network.Dial("a:1")).UnaryAsync(new Ask()));
    }

    [Fact]
    public async Task Nobody_at_an_address_is_unavailable()
    {
        using var network = new Network(TimeProvider.System);
        var client = new Probe.ProbeClient(network.Dial("127.0.0.1:1"));
        Assert.Equal(StatusCode.Unavailable, (await Assert.ThrowsAsync<RpcException>(async () => await client.UnaryAsync(new Ask()))).StatusCode);
    }
}
