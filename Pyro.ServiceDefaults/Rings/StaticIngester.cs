using Grpc.Core;
using Grpc.Health.V1;
using Pyro.Api.Peers;
using Pyro.Configuration;
using Pyro.Connect;
using Pyro.Ring;

namespace Pyro.ServiceDefaults.Rings;

/// <summary>
/// The one ingester of a ring that is kept nowhere: a process with distributor or querier but without an ingester, and with
/// <c>-ring.store=inmemory</c>, sends everything to the service <c>ingester</c>, whose address is discovered.
/// </summary>
internal static class StaticIngester
{
    /// <summary>Name of the service, and of the member in the ring.</summary>
    public const string Service = "ingester";

    // How long a process that is asked whether it is ready waits for the ingester's word.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Whether the ring of this process is that one.</summary>
    public static bool IsWanted(Settings settings)
    {
        var targets = settings.List("target");
        return settings.Text("ingester.lifecycler.ring.kvstore.store") == "inmemory" && !targets.Contains("all") && !targets.Contains("ingester");
    }

    /// <summary>Its entry. One token is enough: all places are its own.</summary>
    public static RingMember Member(DateTimeOffset now)
    {
        var milliseconds = now.ToUnixTimeMilliseconds();
        return new RingMember(Service, Service, MemberState.Active, Zone: "", Tokens: [0], Heartbeat: milliseconds, Registered: milliseconds);
    }

    /// <summary>Asks it whether it is ready; null: it is.</summary>
    public static async Task<string?> Fault(Dial dial, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            var health = new Health.HealthClient(dial(Service));
            var answer = await health.CheckAsync(new(), deadline: time.GetUtcNow().UtcDateTime + Patience, cancellationToken: cancellationToken);
            return answer.Status == HealthCheckResponse.Types.ServingStatus.Serving ? null : "the ingester is not ready";
        }
        catch (RpcException e)
        {
            return $"the ingester {PeerFailure.Of(e).Detail}";
        }
    }
}
