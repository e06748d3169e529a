using Pyro.Configuration;
using Pyro.Ring;

namespace Pyro.ServiceDefaults.Rings;

/// <summary>
/// Where the store-gateway is: in this very process when that is one of its targets, else at the service <c>storegateway</c>, whose address
/// is discovered. There is one until store-gateways have a ring.
/// </summary>
/// <param name="address">Where it is; asked when it is first needed, since this process may have to listen first.</param>
public sealed class StoreGateways(Func<string> address)
{
    /// <summary>Name of the service.</summary>
    public const string Service = "storegateway";

    /// <summary>The one that there is.</summary>
    public RingMember Only =>
        field ??= new RingMember(Service, address(), MemberState.Active, Zone: "", Tokens: [0], Heartbeat: 0, Registered: 0);

    /// <summary>As the settings say.</summary>
    public static StoreGateways Of(Settings settings, RingAddress own) =>
        IsHere(settings) ? new StoreGateways(own.Announce) : new StoreGateways(static () => Service);

    /// <summary>Whether it runs in this process.</summary>
    public static bool IsHere(Settings settings) => settings.List("target") is var targets && (targets.Contains("all") || targets.Contains("store-gateway"));
}
