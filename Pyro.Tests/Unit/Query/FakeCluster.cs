using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Pyro.Api.Peers;
using Pyro.Blocks.Buckets;
using Pyro.Connect.Invokers;
using Pyro.ObjectStore;
using Pyro.Query;
using Pyro.Query.Frontend;
using Pyro.Query.Querier;
using Pyro.Ring;
using Pyro.ServiceDefaults.Rings;
using Pyro.Tenancy;

namespace Pyro.Tests.Unit.Query;

/// <summary>Holders in a ring, and the query side in front of them.</summary>
public sealed class FakeCluster
{
    public const string Tenant = "team";
    public const string Type = "process_cpu:cpu:nanoseconds:cpu:nanoseconds";

    private const long Began = 1_795_136_400_000;

    public FakeCluster(int holders, int replicationFactor = 3)
    {
        var ring = new HashRing(Time, new HashRingOptions { ReplicationFactor = replicationFactor, HeartbeatTimeout = TimeSpan.FromDays(1) });
        var invokers = new Dictionary<string, CallInvoker>();
        for (var i = 0; i < holders; i++)
        {
            var holder = new FakeHolder { Writer = $"holder-{i}" };
            Holders.Add(holder);
            invokers[$"holder-{i}:1"] = InProcessCallInvoker.Over(Time, Holder.BindService(holder));
            ring.Merge(RingState.Of(new RingMember($"holder-{i}", $"holder-{i}:1", MemberState.Active, "", [(uint)i + 1], Time.GetUtcNow().ToUnixTimeMilliseconds())));
        }

        var options = new QueryOptions();
        var bucket = new QueryBucket(new BucketView(new MemoryStore(Time), cache: null, TimeSpan.Zero, Time), options, Time, NullLogger<QueryBucket>.Instance);
        Querier = new ProfileQuerier(
            ring, new StoreGateways(static () => "storegateway"), bucket, options, address => invokers[address], Time, NullLogger<ProfileQuerier>.Instance);
    }

    /// <summary>A question that takes no answer without what cannot be reached.</summary>
    public static QueryCall Call() => new(Tenant);

    public FakeTimeProvider Time { get; } = new(DateTimeOffset.FromUnixTimeMilliseconds(Began));

    public List<FakeHolder> Holders { get; } = [];

    public ProfileQuerier Querier { get; }

    public TenantLimits Limits { get; set; } = TenantLimits.Default;

    public PointQueries Points => new(new Overrides(Limits), Time, Querier);

    public LabelQueries Labels => new(new Overrides(Limits), Time, Querier);

    public TreeQueries Trees => new(new Overrides(Limits), Time, Querier, Pprofs);

    public PprofQueries Pprofs => new(new Overrides(Limits), Time, Querier);

    public StatsQueries Stats => new(new Overrides(Limits), Time, Querier);

    /// <summary>When the cluster began; the clock may go on, the rows of a test stay where they are.</summary>
    public long Now => Began;
}
