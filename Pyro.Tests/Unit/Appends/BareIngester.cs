using System.Text;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Pyro.Api.Peers;
using Pyro.Connect.Invokers;
using Pyro.Disk;
using Pyro.Ingester.Appends;
using Pyro.Ingester.Head;
using Pyro.Ingester.Queries;
using Pyro.Ingester.Wal;
using Pyro.Memory;
using Pyro.Profiles.Records;
using Pyro.Tenancy;

namespace Pyro.Tests.Unit.Appends;

/// <summary>An ingester without its host: disk, log, heads and the services that peers call, reached in process.</summary>
internal sealed class BareIngester : IAsyncDisposable
{
    private readonly CallInvoker _invoker;

    public BareIngester(ForgettingDisk disk, long budget = 1L << 30, long seriesLimit = 0, TaskScheduler? scheduler = null, TimeSpan retry = default)
    {
        Ledger = new MemoryLedger(budget);
        Heads = new HeadStore(TimeProvider.System, new Random(), _ => seriesLimit, "", Ledger);
        Log = new WriteAheadLog(
            disk, new LogOptions("/data/@log") { RetryInterval = retry }, TimeProvider.System, scheduler ?? TaskScheduler.Default, new Random(), NullLogger<WriteAheadLog>.Instance);
        Appender = new RecordAppender(Heads, Log, Ledger);
        var holder = new HolderService(Heads, "ingester-0", TaskScheduler.Default) { IsComplete = () => Log.IsOpen };
        _invoker = InProcessCallInvoker.Over(TimeProvider.System, AppendDefinition.Bind(Appender.Append), Holder.BindService(holder));
    }

    public MemoryLedger Ledger { get; }

    public HeadStore Heads { get; }

    public WriteAheadLog Log { get; }

    public RecordAppender Appender { get; }

    public static async Task<BareIngester> Open(ForgettingDisk disk, long budget = 1L << 30, long seriesLimit = 0)
    {
        var ingester = new BareIngester(disk, budget, seriesLimit);
        await ingester.Log.Replay(ingester.Appender.TakeReplayed, CancellationToken.None);
        return ingester;
    }

    public async ValueTask DisposeAsync()
    {
        await Log.DisposeAsync();
        Appender.Dispose();
    }

    /// <summary>Codes by record.</summary>
    public async Task<StatusCode[]> Append(string tenant, params ProfileRecord?[] records) => [.. (await Answer(tenant, records)).Select(r => (StatusCode)r.Code)];

    /// <summary>Answers by record.</summary>
    public async Task<IReadOnlyList<AppendResult>> Answer(string tenant, params ProfileRecord?[] records)
    {
        using var builder = new AppendBatchBuilder();
        foreach (ProfileRecord? record in records)
        {
            builder.Begin();
            if (record is null)
            {
                System.Buffers.BuffersExtensions.Write(builder.Output, "no record"u8);
            }
            else
            {
                RecordCodec.Encode(record, builder.Output);
            }

            Assert.True(builder.End());
        }

        AppendBatch batch = builder.Build();
        try
        {
            AppendResponse response = await _invoker.AsyncUnaryCall(AppendDefinition.Method, null, Options(tenant), batch);
            Assert.All(response.Results, r => Assert.Equal(r.Code == 0, r.Message.Length == 0));
            return response.Results;
        }
        finally
        {
            batch.Lease.Release();
        }
    }

    /// <summary>Rows that queries see of a tenant.</summary>
    public async Task<long> Rows(string tenant)
    {
        long rows = 0;
        using var call = new Holder.HolderClient(_invoker).Describe(new DescribeRequest { Selection = new Selection() }, Options(tenant));
        await foreach (DescribeResponse part in call.ResponseStream.ReadAllAsync())
        {
            rows += part.Series?.Rows.Sum(r => (long)r) ?? 0;
        }

        return rows;
    }

    /// <summary>A profile of one sample.</summary>
    public static ProfileRecord Profile(string service, long timeNanos, ulong id = 1)
    {
        string[] strings = ["", "__name__", "process_cpu", "service_name", service, "cpu", "nanoseconds", "/bin/app", "main"];
        var starts = new List<int> { 0 };
        foreach (string text in strings)
        {
            starts.Add(starts[^1] + Encoding.UTF8.GetByteCount(text));
        }

        return new ProfileRecord
        {
            Id = new ProfileId(id, 7),
            TimeNanos = timeNanos,
            StringBytes = Encoding.UTF8.GetBytes(string.Concat(strings)),
            StringCount = strings.Length,
            StringStart = [.. starts],
            LabelCount = 2,
            LabelName = [1, 3],
            LabelValue = [2, 4],
            TypeCount = 1,
            TypeName = [5],
            TypeUnit = [6],
            PeriodType = 5,
            PeriodUnit = 6,
            MappingCount = 1,
            MappingStart = [0],
            MappingLimit = [0],
            MappingOffset = [0],
            MappingFile = [7],
            MappingBuildId = [0],
            MappingFlags = [1],
            FunctionCount = 1,
            FunctionName = [8],
            FunctionSystemName = [8],
            FunctionFile = [0],
            FunctionStartLine = [0],
            LocationCount = 1,
            LocationMapping = [0],
            LocationAddress = [0],
            LocationFolded = [false],
            LocationLineStart = [0, 1],
            LineFunction = [0],
            LineNumber = [3],
            SampleCount = 1,
            SampleStackStart = [0, 1],
            StackLocation = [0],
            Values = [42],
        };
    }

    private static CallOptions Options(string tenant) => new(new Metadata { { TenantId.Header, tenant } });
}
