using System.Text;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Pyro.Api.Peers;
using Pyro.Blocks.Buckets;
using Pyro.Blocks.Files;
using Pyro.Blocks.Reading;
using Pyro.Connect.Invokers;
using Pyro.Disk;
using Pyro.Ingester.Queries;
using Pyro.Ingester.Shipping;
using Pyro.Memory;
using Pyro.ObjectStore;
using Pyro.Profiles.Trees;
using Pyro.Query;
using Pyro.Query.Querier;
using Pyro.Ring;
using Pyro.ServiceDefaults.Rings;
using Pyro.StoreGateway;

namespace Pyro.Tests.Simulation.Life;

/// <summary>The query side of a simulated life, over its ingester and the bucket, put together as in the single process.</summary>
internal sealed class LifeQuerier
{
    private const string Ingester = "ingester:1", Gateway = "storegateway:1";
    private readonly ProfileQuerier _querier;

    public LifeQuerier(
        HolderService ingester, (IObjectStore Store, IDisk Disk, string SyncFolder, long KnownBytes) bucket, RetentionOptions retention, MemoryLedger ledger, BlockReading reading,
        TaskScheduler scheduler, TimeProvider time)
    {
        View = new BucketView(bucket.Store, new MetaCache(bucket.Disk, bucket.SyncFolder, bucket.KnownBytes), TimeSpan.Zero, time);
        Served = new ServedBlocks(View, new PageCache(8 << 20, ledger), reading);
        Dictionary<string, CallInvoker> invokers = new()
        {
            [Ingester] = InProcessCallInvoker.Over(time, Holder.BindService(ingester)),
            [Gateway] = InProcessCallInvoker.Over(time, BucketHolder.BindService(new BucketHolderService(Served, ledger, scheduler))),
        };
        var ring = new HashRing(time, new HashRingOptions { StaticMembers = [new RingMember("host", Ingester, MemberState.Active, "", [1], 0)] });
        var options = new QueryOptions { LookLasts = retention.SeenAfter / 2 };
        _querier = new ProfileQuerier(
            ring, new StoreGateways(static () => Gateway), new QueryBucket(View, options, time, NullLogger<QueryBucket>.Instance), options, address => invokers[address], time,
            NullLogger<ProfileQuerier>.Instance);
    }

    /// <summary>What is known of the bucket.</summary>
    public BucketView View { get; }

    /// <summary>What is open of it.</summary>
    public ServedBlocks Served { get; }

    /// <summary>What is lacking of what is told of all times; null: nothing.</summary>
    public async Task<string?> StatsLack(string tenant)
    {
        var call = new QueryCall(tenant);
        await _querier.Holdings(call, new Selection(), CancellationToken.None);
        return call.Mark;
    }

    /// <summary>The sum of all that is held, by function name, and what it lacks; null: nothing.</summary>
    /// <exception cref="RpcException">It cannot be told.</exception>
    public async Task<(Dictionary<string, long> Totals, string? Lacks)> Totals(string tenant, long fromMillis = 0)
    {
        var call = new QueryCall(tenant);
        var request = new SumRequest
        {
            Selection = new Selection { Selectors = { new Selector() }, Range = new Api.Peers.Range { Start = fromMillis, End = 1L << 50 } },
            Tree = new TreeForm(),
        };
        using var tree = TreeAnswer.Merge([.. await _querier.Sum(call, request, TreeAnswer.Read, CancellationToken.None)]);
        var totals = new Dictionary<string, long>(StringComparer.Ordinal);
        for (var node = 1; node < tree.NodeCount; node++)
        {
            if (tree.Self[node] != 0)
            {
                var name = Encoding.UTF8.GetString(tree.NameBytes(tree.Name[node]));
                totals[name] = totals.GetValueOrDefault(name) + tree.Self[node];
            }
        }

        return (totals, call.Mark);
    }
}
