using Microsoft.Extensions.Time.Testing;
using Pyro.Api.Ingester;
using Pyro.Blocks.Buckets;
using Pyro.Blocks.Files;
using Pyro.Blocks.Meta;
using Pyro.Blocks.Reading;
using Pyro.Blocks.Symbols;
using Pyro.Memory;
using Pyro.ObjectStore;
using Pyro.StoreGateway;
using Pyro.Tests.Unit.Queries;
using BlockStats = Pyro.Blocks.Meta.BlockStats;

namespace Pyro.Tests.Unit.StoreGateway;

/// <summary>What Pyroscope's own service tells of the blocks that are served.</summary>
public class PyroscopeStoreGatewayTests
{
    private static readonly Ulid Old = Ulid.Parse("01M82YG9FD96QSVXFKMAPC336X"), New = Ulid.Parse("01M82YGJPZQN7ZY75Y1FCXBX1G");

    [Fact]
    public async Task Blocks_that_touch_a_range_are_told_with_what_they_were_made_of()
    {
        var service = await Service();
        Assert.Equal([Old, New], await Ids(service, 0, 100));
        Assert.Equal([Old], await Ids(service, 20, 29));
        Assert.Equal([Old, New], await Ids(service, 20, 30));
        Assert.Equal([New], await Ids(service, 31, 100));
        Assert.Empty(await Ids(service, 41, 100));

        var answer = await service.BlockMetadata(new BlockMetadataRequest { Start = 40, End = 40 }, new Call("tenant"));
        var block = Assert.Single(answer.Blocks);
        Assert.Equal((30, 40, 2), (block.MinTime, block.MaxTime, block.Compaction.Level));
        Assert.Equal([$"{Old}", $"{New}"], block.Compaction.Sources);
        Assert.Equal([$"{Old}"], block.Compaction.Parents);
        Assert.Equal("__compactor_shard_id__=1_of_2 __hostname__=host", string.Join(' ', block.Labels.Select(static l => $"{l.Name}={l.Value}")));
        Assert.Empty((await service.BlockMetadata(new BlockMetadataRequest { Start = 0, End = 100 }, new Call("other"))).Blocks);
    }

    [Fact]
    public async Task Sizes_of_blocks_are_told_in_the_order_asked()
    {
        var service = await Service();
        var answer = await service.GetBlockStats(new GetBlockStatsRequest { Ulids = { $"{New}", "no ulid", $"{Old}" } }, new Call("tenant"));
        Assert.Equal([7UL, 3UL], answer.BlockStats.Select(static s => s.SampleCount));
        Assert.Equal((1UL, 2UL, 10UL, 20UL, 70UL), (answer.BlockStats[1].SeriesCount, answer.BlockStats[1].ProfileCount,
            answer.BlockStats[1].IndexBytes, answer.BlockStats[1].ProfileBytes, answer.BlockStats[1].SymbolBytes));
    }

    private static async Task<List<Ulid>> Ids(PyroscopeStoreGatewayService service, long start, long end) =>
        [.. (await service.BlockMetadata(new BlockMetadataRequest { Start = start, End = end }, new Call("tenant"))).Blocks.Select(static b => Ulid.Parse(b.Ulid))];

    private static async Task<PyroscopeStoreGatewayService> Service()
    {
        var time = new FakeTimeProvider();
        var store = new MemoryStore(time);
        BlockFileMeta[] files = [new(BlockPaths.Index, 10), new(BlockPaths.Profiles, 20), new("symbols/index.symdb", 30), new("symbols/strings.parquet", 40)];
        await Put(new BlockMeta
        {
            Id = Old,
            MinTime = 10,
            MaxTime = 30,
            Files = files,
            Stats = new BlockStats(3, 1, 2),
            Compaction = new BlockCompaction { Level = 1, Sources = [Old] },
        });
        await Put(new BlockMeta
        {
            Id = New,
            MinTime = 30,
            MaxTime = 40,
            Files = files,
            Stats = new BlockStats(7, 1, 2),
            Compaction = new BlockCompaction { Level = 2, Sources = [Old, New], Parents = [new BlockParent(Old, 10, 30)] },
            Labels = new Dictionary<string, string> { [BlockMeta.HostLabel] = "host", [BlockMeta.ShardLabel] = "1_of_2" },
        });
        var ledger = new MemoryLedger(64 << 20);
        return new PyroscopeStoreGatewayService(new ServedBlocks(
            new BucketView(store, cache: null, TimeSpan.Zero, time), new PageCache(1 << 20, ledger), new BlockReading(new SymbolCache(1 << 20, ledger))));

        Task Put(BlockMeta meta) => store.Put(
            BlockPaths.Folder("tenant") + meta.Id + "/" + BlockPaths.Meta, ObjectBody.Of(meta.Write()), PutMode.Replace, TestContext.Current.CancellationToken).AsTask();
    }
}
