using BenchmarkDotNet.Attributes;
using Google.Protobuf;
using Pyro.Api.Peers;
using Pyro.Blocks.Answers;
using Pyro.Blocks.Files;
using Pyro.Blocks.Meta;
using Pyro.Blocks.Reading;
using Pyro.Blocks.Symbols;
using Pyro.Blocks.Writing;
using Pyro.Disk;
using Pyro.Ingester.Head;
using Pyro.Ingester.Queries;
using Pyro.Load;
using Pyro.Memory;
using Kind = Pyro.Api.Peers.LabelsRequest.Types.Kind;

namespace Pyro.Benchmarks;

/// <summary>Label calls over 10,000 series (P8 of the performance goals): the answer of a holder, and its bytes.</summary>
[MemoryDiagnoser]
public class LabelBenchmarks
{
    private const int Pods = 10_000, Names = 11;
    private const long Hour = 3_600_000;
    private readonly MemoryLedger _ledger = new(1L << 30);
    private IReadOnlyList<TenantHead> _heads = [];
    private BlockAnswers? _block;

    /// <summary>What has the series: a head, two heads that have each half a row later, a block whose pages are in the cache.</summary>
    [Params("head", "two heads", "block")]
    public string Holding { get; set; } = "";

    [GlobalSetup]
    public async Task Setup()
    {
        var held = new HeldProfiles();
        var workload = new SmallWorkload(1, Pods / SmallWorkload.Services);
        var heads = Holding == "two heads" ? 2 : 1;
        for (var head = 0; head < heads; head++)
        {
            var ulid = Ulid.NewUlid();
            for (var i = 0; i < workload.Series; i++)
            {
                held.Store.Append(HeldProfiles.Tenant, ulid, CpuProfiles.Record(workload.Profile((head * workload.Series) + i), 1 + (head * 1_000_000)));
            }
        }

        _heads = held.Store.Heads(HeldProfiles.Tenant);
        if (Holding == "block")
        {
            _block = await Written(_heads[0]);
        }

        CpuProfiles.Check("names", Names, LabelReader.Texts((await Ask(Kind.Names)).Pieces).Count);
        CpuProfiles.Check("pods", Pods, LabelReader.Texts((await Ask(Kind.Values, "pod")).Pieces).Count);
        var sets = (await Ask(Kind.Series)).Pieces.Sum(static piece => Api.Querier.SeriesResponse.Parser.ParseFrom(piece).LabelsSet.Count(static s => s.Labels_.Count == 2));
        CpuProfiles.Check("series", Pods, sets);
    }

    [Benchmark]
    public async Task<ByteString> LabelNames() => (await Ask(Kind.Names)).ToByteString();

    [Benchmark]
    public async Task<ByteString> LabelValues() => (await Ask(Kind.Values, "pod")).ToByteString();

    [Benchmark]
    public async Task<ByteString> Series() => (await Ask(Kind.Series)).ToByteString();

    private ValueTask<LabelsResponse> Ask(Kind kind, string name = "")
    {
        var request = new LabelsRequest { Kind = kind, Name = name, Selection = new Selection { Range = new Api.Peers.Range { Start = 0, End = Hour } } };
        if (kind == Kind.Series)
        {
            request.By.AddRange(["service_name", "pod"]);
        }

        return _block?.Labels(request, default) ?? new ValueTask<LabelsResponse>(LabelAnswers.Of(_heads, request, _ledger, default));
    }

    private async Task<BlockAnswers> Written(TenantHead head)
    {
        var disk = new ForgettingDisk(1);
        var named = new BlockMeta { Id = head.Ulid, MinTime = 0, MaxTime = 0, Compaction = new BlockCompaction { Level = 1, Sources = [head.Ulid] } };
        var meta = (await new BlockWriter(disk, "/b").Write(named, new HeadRows(head.View()), default))!;
        var reading = new BlockReading(new SymbolCache(64 << 20, _ledger));
        var files = new CachedBlockFiles(new DiskBlockFiles(disk, "/b", "b"), new PageCache(64 << 20, _ledger));
        return new BlockAnswers([new Block(HeldProfiles.Tenant, meta, files, reading).TryLease()!], "", _ledger);
    }
}
