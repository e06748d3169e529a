using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Pyro.Api.Peers;
using Pyro.Api.Push;
using Pyro.Api.Types;
using Pyro.Configuration;
using Pyro.Connect.Invokers;
using Pyro.Distributor;
using Pyro.Distributor.Ingest;
using Pyro.Distributor.Pipeline;
using Pyro.Distributor.Push;
using Pyro.Distributor.Replication;
using Pyro.Memory;
using Pyro.Profiles.Records;
using Pyro.Ring;
using Pyro.ServiceDefaults.Front;
using Pyro.Tenancy;

namespace Pyro.Tests.Unit.Distributor;

/// <summary>A distributor over ingesters that only remember what they were given.</summary>
internal sealed class Harness
{
    private readonly CallInvoker _push;
    private readonly IngestEndpoint _ingest;

    public Harness(int ingesters = 1, int replicationFactor = 1, TenantLimits? limits = null, CancellationToken stopping = default)
    {
        Time = new FakeTimeProvider(DateTimeOffset.Parse("2026-11-20T00:30:00Z"));
        Ring = new HashRing(Time, new HashRingOptions { ReplicationFactor = replicationFactor });
        Ingesters = [.. Enumerable.Range(0, ingesters).Select(i => new Ingester(i, Time))];
        Ring.Merge(RingState.Of(Ingesters.Select((ingester, i) =>
            new RingMember($"i{i}", ingester.Address, MemberState.Active, "", RingToken.Generate(16, [], new Random(i)), 1))));
        Metrics = new DistributorMetrics(replicationFactor);
        Writer = new QuorumWriter(Time, TimeSpan.FromSeconds(5), 100);
        var replicas = new ReplicaWriter(Ring, address => Ingesters.Single(i => i.Address == address).Invoker, Writer, Metrics, Time, stopping);
        var pusher = new ProfilePusher(new ProfilePipeline(new RateLimiter(Time), Metrics, Time), replicas, TaskScheduler.Default);
        var overrides = new Overrides(limits ?? Open);
        var service = new PushService(pusher, Scratch, overrides, Metrics);
        _ingest = new IngestEndpoint(pusher, Scratch, overrides, Time);
        _push = InProcessCallInvoker.Over(Time, PushDefinition.Bind(service.Push));
    }

    /// <summary>Limits that take any time.</summary>
    public static TenantLimits Open { get; } = Limits("-validation.reject-older-than=0", "-validation.reject-newer-than=0");

    /// <summary>What the last ingest request was told of when to try again; "": nothing.</summary>
    public string RetryAfter { get; private set; } = "";

    public FakeTimeProvider Time { get; }

    public HashRing Ring { get; }

    public QuorumWriter Writer { get; }

    public DistributorMetrics Metrics { get; }

    public ScratchPool Scratch { get; } = new();

    public Ingester[] Ingesters { get; }

    public static TenantLimits Limits(params string[] flags)
    {
        var loaded = SettingsLoader.Load(flags, new Dictionary<string, string>(), _ => null);
        return TenantLimits.From(Assert.IsType<LoadedSettings>(loaded).Settings);
    }

    public async Task<Status> Push(byte[] body, string tenant = "anonymous", CancellationToken cancellationToken = default)
    {
        var options = new CallOptions(new Metadata { { TenantId.Header, tenant } }, cancellationToken: cancellationToken);
        var request = new PushBody(Lease.Copy(new System.Buffers.ReadOnlySequence<byte>(body)));
        try
        {
            await _push.AsyncUnaryCall(PushDefinition.Method, null, options, request).ResponseAsync;
            return Status.DefaultSuccess;
        }
        catch (RpcException e)
        {
            return e.Status;
        }
    }

    public Task<Status> Push(params RawProfileSeries[] series) => Push(new PushRequest { Series = { series } }.ToByteArray());

    public async Task<(int Status, string Body)> Ingest(string query, byte[] body, string? contentType = null)
    {
        var context = new DefaultHttpContext();
        context.Request.Method = "POST";
        context.Request.QueryString = new QueryString(query);
        context.Request.ContentType = contentType;
        context.Request.Body = new MemoryStream(body);
        context.Features.Set(new SettledTenant("anonymous"));
        var answer = new MemoryStream();
        context.Response.Body = answer;
        await _ingest.Serve(context);
        RetryAfter = context.Response.Headers.RetryAfter.ToString();
        return (context.Response.StatusCode, System.Text.Encoding.UTF8.GetString(answer.ToArray()));
    }

    public static RawProfileSeries Series(byte[] profile, string id, params (string Name, string Value)[] labels)
    {
        var series = new RawProfileSeries { Samples = { new RawSample { RawProfile = ByteString.CopyFrom(profile), ID = id } } };
        foreach (var (name, value) in labels) series.Labels.Add(new LabelPair { Name = name, Value = value });
        return series;
    }
}

/// <summary>An ingester that remembers the records it was given.</summary>
internal sealed class Ingester
{
    private static readonly AppendResult Accepted = new();

    private readonly List<Stored> _stored = [];

    public Ingester(int number, TimeProvider time)
    {
        Address = $"ingester-{number}:4040";
        Invoker = InProcessCallInvoker.Over(time, AppendDefinition.Bind(Append));
    }

    public sealed record Stored(string Tenant, ProfileId Id, long TimeNanos, string Labels, string[] Types, long[] Values);

    public string Address { get; }

    public CallInvoker Invoker { get; }

    /// <summary>What each append waits for.</summary>
    public Func<CancellationToken, Task> Before { get; set; } = _ => Task.CompletedTask;

    /// <summary>Refuses records by their labels.</summary>
    public Func<string, AppendResult?> Refuse { get; set; } = _ => null;

    /// <summary>Only counts calls.</summary>
    public bool Quiet { get; set; }

    public int Calls { get; private set; }

    public IReadOnlyList<Stored> Records
    {
        get
        {
            lock (_stored) return [.. _stored];
        }
    }

    private async Task<AppendResponse> Append(AppendBatch batch, ServerCallContext context)
    {
        lock (_stored) Calls++;
        await Before(context.CancellationToken);
        var answer = new AppendResponse();
        for (var i = 0; i < batch.Count; i++)
        {
            if (Quiet)
            {
                answer.Results.Add(Accepted);
                continue;
            }

            var record = new ProfileRecord();
            RecordCodec.Decode(batch.Record(i), record);
            var stored = Read(TenantId.Of(context), record);
            var refused = Refuse(stored.Labels);
            answer.Results.Add(refused ?? new AppendResult());
            if (refused is not null) continue;
            lock (_stored) _stored.Add(stored);
        }

        return answer;
    }

    private static Stored Read(string tenant, ProfileRecord r)
    {
        var labels = Enumerable.Range(0, r.LabelCount).Select(i => $"{Text(r.LabelName[i])}={Text(r.LabelValue[i])}");
        var types = Enumerable.Range(0, r.TypeCount).Select(t => Text(r.TypeName[t])).ToArray();
        return new Stored(tenant, r.Id, r.TimeNanos, string.Join(",", labels), types, r.Values[..(r.TypeCount * r.SampleCount)]);

        string Text(int s) => System.Text.Encoding.UTF8.GetString(r.String(s));
    }
}
