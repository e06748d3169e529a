using System.Buffers.Binary;
using System.Collections.Concurrent;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Pyro.Api.Peers;
using Pyro.Api.Querier;
using Pyro.Blocks;
using Pyro.Blocks.Answers;
using Pyro.Blocks.Buckets;
using Pyro.Blocks.Files;
using Pyro.Blocks.Meta;
using Pyro.Blocks.Reading;
using Pyro.Blocks.Symbols;
using Pyro.Connect.Invokers;
using Pyro.Memory;
using Pyro.ObjectStore;
using Pyro.Profiles.Labels;
using Pyro.Profiles.Records;
using Pyro.Query;
using Pyro.Query.Frontend;
using Pyro.Query.Querier;
using Pyro.Ring;
using Pyro.ServiceDefaults.Rings;
using Pyro.StoreGateway;
using Pyro.Tenancy;
using Pyro.Tests.Unit.Blocks.Reading;

namespace Pyro.Tests.Unit.Query;

/// <summary>A profile of one stack, which has the service's name.</summary>
internal sealed record StoredRow(string Service, long Millis, ulong Id, long Value)
{
    public LabelSet Labels => LabelSet.From([new Label("__profile_type__", FakeCluster.Type), new Label("service_name", Service)]);

    /// <summary>The same row in a fake holder.</summary>
    public Row Held => new(Labels.Fingerprint, Millis, new UInt128(Id, 1), Value);
}

/// <summary>What was answered: the value of all, and what is lacking.</summary>
internal sealed record StoredAnswer(long Total, string? Mark);

/// <summary>A bucket, the store-gateway that serves it, ingesters that hold what they are told, and the query side before them.</summary>
internal sealed class StoredCluster : IDisposable
{
    private const long Began = 1_795_136_400_000;

    private readonly BlockReading _reading;

    public StoredCluster(
        MemoryStore? bucket = null,
        Func<IObjectStore, IObjectStore>? before = null,
        QueryOptions? options = null,
        int ingesters = 1,
        MetaCache? cache = null,
        TimeSpan markDelay = default)
    {
        Bucket = bucket ?? new MemoryStore(Time);
        Faulty = new FaultyStore(Bucket, 1, Time);
        var store = before is null ? Faulty : before(Bucket);
        _reading = new BlockReading(new SymbolCache(8 << 20, Ledger)) { Time = Time, OnQuarantine = (_, block, fault) => Told.Enqueue((block, fault)) };
        View = new BucketView(store, cache, markDelay, Time) { OnDamage = _reading.Quarantine };
        Served = new ServedBlocks(View, new PageCache(8 << 20, Ledger), _reading);
        Gateway = new BucketHolderService(Served, Ledger, TaskScheduler.Default);
        var ring = new HashRing(Time, new HashRingOptions { ReplicationFactor = ingesters, HeartbeatTimeout = TimeSpan.FromDays(1) });
        var invokers = new Dictionary<string, CallInvoker> { ["storegateway"] = InProcessCallInvoker.Over(Time, BucketHolder.BindService(Gateway)) };
        for (var i = 0; i < ingesters; i++)
        {
            var holder = new FakeHolder { Writer = $"ingester-{i}" };
            Ingesters.Add(holder);
            invokers[$"ingester-{i}:1"] = InProcessCallInvoker.Over(Time, Holder.BindService(holder));
            ring.Merge(RingState.Of(new RingMember($"ingester-{i}", $"ingester-{i}:1", MemberState.Active, "", [(uint)i + 1], Began)));
        }

        // The query side sees the bucket by itself.
        var seen = new BucketView(store, cache: null, markDelay, Time);
        options ??= new QueryOptions();
        Querier = new ProfileQuerier(
            ring, new StoreGateways(static () => "storegateway"), new QueryBucket(seen, options, Time, NullLogger<QueryBucket>.Instance), options,
            address => address == "storegateway" && IsGatewayAway ? throw new RpcException(new Status(StatusCode.Unavailable, "nobody listens")) : invokers[address],
            Time, NullLogger<ProfileQuerier>.Instance);
    }

    public FakeTimeProvider Time { get; } = new(DateTimeOffset.FromUnixTimeMilliseconds(Began));

    public MemoryLedger Ledger { get; } = new(64 << 20);

    public MemoryStore Bucket { get; }

    /// <summary>What the processes see of the bucket.</summary>
    public FaultyStore Faulty { get; }

    public BucketView View { get; }

    public ServedBlocks Served { get; }

    public BucketHolderService Gateway { get; }

    /// <summary>Blocks of which something is open.</summary>
    public int Open => _reading.Open;

    public bool IsGatewayAway { get; set; }

    public List<FakeHolder> Ingesters { get; } = [];

    public ProfileQuerier Querier { get; }

    /// <summary>Blocks that were told to be damaged.</summary>
    public ConcurrentQueue<(Ulid Block, DamagedBlockException Fault)> Told { get; } = [];

    /// <summary>When the cluster began; blocks lie in the hours before.</summary>
    public static long Now => Began;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static Overrides Limits => new(TenantLimits.Default);

    public static ByteString Wire(Ulid ulid) => WireIds.Bytes(ulid);

    /// <summary>Rows a second apart from some minutes before now on; their ids are their seconds.</summary>
    public static StoredRow[] Rows(string service, int minutesAgo, params long[] values) =>
        [.. values.Select((value, i) => new StoredRow(service, Began - (minutesAgo * 60_000L) + (i * 1000), (ulong)(i + 1), value))];

    /// <summary>Puts a block into the bucket.</summary>
    public static async Task<BlockMeta> Put(MemoryStore bucket, Ulid ulid, IEnumerable<StoredRow> rows, Func<BlockMeta, BlockMeta>? change = null, int groupRows = 100_000)
    {
        using var made = new MadeBlock(ulid, groupRows);
        var source = made.Partition(1);
        foreach (var series in rows.GroupBy(static r => r.Service).OrderBy(static s => s.Key, StringComparer.Ordinal))
        {
            var own = source.From(MadeBlock.Functions([series.Key], static _ => 0));
            var sorted = series.OrderBy(static r => r.Millis).ThenBy(static r => r.Id).ToList();
            made.Series(sorted[0].Labels, sorted[0].Millis * 1_000_000, sorted[^1].Millis * 1_000_000);
            foreach (var row in sorted)
            {
                await made.Row(1, row.Millis * 1_000_000, new ProfileId(row.Id, 1), [own.Stack(1)], [row.Value]);
            }
        }

        var (meta, files) = await made.Finish();
        meta = change is null ? meta : change(meta);
        foreach (var file in meta.Files)
        {
            using var opened = await files.Open(file.RelPath, file.Bytes, Cancel);
            var bytes = new byte[opened.Length];
            await opened.Read(0, bytes, Cancel);
            await Put(bucket, ulid, file.RelPath, bytes);
        }

        await Put(bucket, ulid, BlockPaths.Meta, meta.Write());
        return meta;
    }

    public static async Task Put(MemoryStore bucket, Ulid block, string relPath, byte[] content) =>
        await bucket.Put(BlockPaths.File(FakeCluster.Tenant, block, relPath), ObjectBody.Of(content), PutMode.Replace, Cancel);

    public static async Task<byte[]> File(MemoryStore bucket, Ulid block, string relPath) =>
        await bucket.ReadAll(BlockPaths.File(FakeCluster.Tenant, block, relPath), 1 << 24, Cancel);

    public Task<BlockMeta> Put(Ulid ulid, IEnumerable<StoredRow> rows, Func<BlockMeta, BlockMeta>? change = null) => Put(Bucket, ulid, rows, change);

    /// <summary>The value of all profiles, as a series.</summary>
    public async Task<StoredAnswer> Points(bool mayLack = false, int minutes = 300)
    {
        var call = new QueryCall(FakeCluster.Tenant, mayLack);
        var request = new SelectSeriesRequest { ProfileTypeID = FakeCluster.Type, LabelSelector = "{}", Start = Began - (minutes * 60_000L), End = Began, Step = 60 };
        var answer = await new PointQueries(Limits, Time, Querier).Series(call, request, Cancel);
        return new StoredAnswer((long)answer.Series.Sum(static s => s.Points.Sum(static p => p.Value)), call.Mark);
    }

    /// <summary>The value of all profiles, as a flame graph. Fake holders do not answer it.</summary>
    public async Task<StoredAnswer> Graph(bool mayLack = false, string selector = "{}")
    {
        var call = new QueryCall(FakeCluster.Tenant, mayLack);
        var request = new SelectMergeStacktracesRequest { ProfileTypeID = FakeCluster.Type, LabelSelector = selector, Start = Began - 18_000_000, End = Began };
        var answer = await new TreeQueries(Limits, Time, Querier, new PprofQueries(Limits, Time, Querier)).Stacktraces(call, request, Cancel);
        return new StoredAnswer(answer.Flamegraph.Total, call.Mark);
    }

    /// <summary>The value of all profiles, as pprof. Fake holders do not answer it.</summary>
    public async Task<StoredAnswer> Pprof(bool mayLack = false)
    {
        var call = new QueryCall(FakeCluster.Tenant, mayLack);
        var request = new SelectMergeProfileRequest { ProfileTypeID = FakeCluster.Type, LabelSelector = "{}", Start = Began - 18_000_000, End = Began };
        var answer = await new PprofQueries(Limits, Time, Querier).Profile(call, request, Cancel);
        return new StoredAnswer(answer.Sample.Sum(static s => s.Value[0]), call.Mark);
    }

    /// <summary>The services.</summary>
    public async Task<(IReadOnlyList<string> Services, string? Mark)> Services(bool mayLack = false, int minutes = 300)
    {
        var call = new QueryCall(FakeCluster.Tenant, mayLack);
        var request = new Api.Types.LabelValuesRequest { Name = "service_name", Start = Began - (minutes * 60_000L), End = Began };
        var answer = await new LabelQueries(Limits, Time, Querier).LabelValues(call, request, Cancel);
        return (answer.Texts, call.Mark);
    }

    public void Dispose() => _reading.Dispose();
}
