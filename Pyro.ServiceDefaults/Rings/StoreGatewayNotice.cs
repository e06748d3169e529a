using Grpc.Core;
using Grpc.Health.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Pyro.Api.Peers;
using Pyro.Connect;

namespace Pyro.ServiceDefaults.Rings;

/// <summary>
/// Tells at start when nothing says where the store-gateway is. Nobody would miss it before the first block is in the bucket, so that is no
/// reason not to be ready.
/// </summary>
public sealed class StoreGatewayNotice(Dial dial, TimeProvider time, ILogger<StoreGatewayNotice> log) : BackgroundService
{
    // Names may be resolved slowly.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>Registers it for a process that asks a store-gateway, unless that is the process itself.</summary>
    public static void Add(WebApplicationBuilder builder)
    {
        if (!StoreGateways.IsHere(builder.Settings()))
            builder.Services.AddHostedService<StoreGatewayNotice>();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            var health = new Health.HealthClient(dial(StoreGateways.Service));
            await health.CheckAsync(new(), deadline: time.GetUtcNow().UtcDateTime + Patience, cancellationToken: stoppingToken);
        }
        catch (RpcException e) when (PeerFailure.IsUnknown(e))
        {
            log.LogWarning(
                "No store-gateway is known, so queries that need a block of the bucket will be refused (503): start one with -target=store-gateway, and set {Setting}=http://HOST:PORT for this process",
                $"services__{StoreGateways.Service}__http__0");
        }
        catch (RpcException)
        {
            // It is known, whatever it does now: queries tell when they cannot reach it.
        }
    }
}
