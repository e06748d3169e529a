using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Pyro.Configuration;
using Pyro.Connect;
using Pyro.Connect.Listening;

namespace Pyro.ServiceDefaults.Rings;

/// <summary>The <c>host:port</c> under which rings advertise this process: the port really bound. Known once the server listens.</summary>
public sealed class RingAddress(IServer server, Settings settings, Network network)
{
    /// <summary>Tells the network that the address leads to this very process, and returns it for the rings.</summary>
    /// <exception cref="InvalidOperationException">The server does not listen yet.</exception>
    public string Announce()
    {
        var urls = server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        var outer = urls.FirstOrDefault(url => !OnePort.IsInner(url)) ?? throw new InvalidOperationException("the server does not listen yet");
        var bound = new Uri(outer.Replace("[::]", "127.0.0.1", StringComparison.Ordinal).Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal));
        var host = settings.Text("ingester.lifecycler.address") is { Length: > 0 } told ? told : bound.Host;
        var port = settings.Integer("ingester.lifecycler.port") is > 0 and var given ? given : bound.Port;
        return network.OwnAddress = $"{host}:{port}";
    }
}
