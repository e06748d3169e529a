using Pyro.Blocks.Buckets;
using Pyro.Blocks.Files;
using Pyro.Blocks.Meta;
using Pyro.Blocks.Reading;
using Pyro.Blocks.Symbols;
using Pyro.Blocks.Writing;
using Pyro.Ingester.Head;
using Pyro.Memory;
using Pyro.ObjectStore;
using Pyro.Profiles.Records;

namespace Pyro.Tests.Simulation.Life;

/// <summary>What must be true of a world whenever nothing is under way in it.</summary>
internal static class LifeChecks
{
    /// <summary>What was acknowledged is readable and counted once; nothing else is.</summary>
    public static void Check(this LifeWorld world)
    {
        var rows = new StoredRows();
        Assert.True(world.Do(() => rows.Add(world.Process.Heads, world.Bucket)));
        world.Profiles.Check(rows.Ids, world.Number);
        if (world.HasCounter)
        {
            world.Profiles.CheckCount(rows.Increases);
        }

        var whole = world.Questions.Whole;
        Assert.True(world.Do(world.Questions.Ask));
        Assert.True(
            world.Store.IsDown || world.Store.Faults != new StoreFaults() || world.Questions.Whole > whole,
            $"there is no answer, though nothing is wrong: {world.Questions.Reason}");
    }

    /// <summary>Everything that any process answered for is in an answer of this one.</summary>
    public static void CheckSeesAll(this LifeWorld world)
    {
        // What another shipped is seen at the next look.
        world.Time.Advance(BucketView.Fresh);
        Assert.True(world.Do(async () => world.Profiles.Check((await world.Process.Querier.Totals(LifeWorld.Tenant)).Totals, world.Profiles.KnownToAny())));
    }

    /// <summary>Nothing lies on the disk or in the bucket without an owner. After all was shipped.</summary>
    public static void CheckOwners(this LifeWorld world)
    {
        const string Folder = $"{LifeProcess.Data}/{LifeWorld.Tenant}";
        var (disk, heads, log) = (world.Disk, world.Process.Heads, world.Process.Log);
        Assert.Empty(disk.List($"{Folder}/head"));
        var local = heads.Held(LifeWorld.Tenant).Blocks.Select(b => b.Ulid.ToString()).ToHashSet();
        Assert.Equal(local, disk.List($"{Folder}/local").Where(e => e.IsDirectory).Select(e => e.Name).ToHashSet());
        Assert.All(disk.List($"{Folder}/local").Where(e => !e.IsDirectory), e => Assert.Equal("shipper.json", e.Name));
        // What keeps the log is held: as a rule the baseline of the counter.
        Assert.True(log.Size.Count == 0 || log.Pinning(0).Intersect(heads.Heads(LifeWorld.Tenant).Select(static h => h.Ulid)).Any(), "the log keeps what nobody has");
        var keys = world.Bucket.Keys;
        var blocks = keys.Where(k => k.StartsWith(BlockPaths.Folder(LifeWorld.Tenant), StringComparison.Ordinal)).Select(k => k.Split('/')[2]).ToHashSet();
        Assert.All(blocks, b => Assert.Contains($"{BlockPaths.Folder(LifeWorld.Tenant)}{b}/meta.json", keys));
    }

    /// <summary>All rows of heads, local blocks and bucket, each block once: ids of those that are no counter's, and what the counter's add up to.</summary>
    private sealed class StoredRows
    {
        private const long NanosOfMilli = 1_000_000;

        public List<ProfileId> Ids { get; } = [];

        public long Increases { get; private set; }

        public async Task Add(HeadStore heads, MemoryStore bucket)
        {
            var seen = new HashSet<Ulid>();
            using var reading = new BlockReading(new SymbolCache(16 << 20, new MemoryLedger(1L << 30)));
            foreach (var head in heads.Heads(LifeWorld.Tenant))
            {
                seen.Add(head.Ulid);
                await Add(new HeadRows(head.View()));
            }

            foreach (var block in heads.Held(LifeWorld.Tenant).Blocks)
            {
                Assert.True(seen.Add(block.Ulid), "a head and its block are held both");
                CheckSlot(heads, block.Meta);
                await Add(block.Block);
            }

            var stored = new StoredBlocks(bucket);
            await foreach (var ulid in stored.Blocks(LifeWorld.Tenant, default))
            {
                if (await stored.Meta(LifeWorld.Tenant, ulid, default) is { } meta && seen.Add(ulid))
                {
                    CheckSlot(heads, meta);
                    await Add(new Block(LifeWorld.Tenant, meta, new StoreBlockFiles(bucket, BlockPaths.Folder(LifeWorld.Tenant, ulid)), reading));
                }
            }
        }

        // Pyroscope's compactor takes blocks of level 1 for parts of one hour.
        private static void CheckSlot(HeadStore heads, BlockMeta meta) =>
            Assert.Equal(heads.SlotOf(meta.MinTime * NanosOfMilli), heads.SlotOf(meta.MaxTime * NanosOfMilli));

        private async Task Add(Block block)
        {
            using var lease = block.TryLease()!;
            await using var rows = await BlockRowSource.Open(lease, default);
            await Add(rows);
        }

        private async Task Add(IRowSource rows)
        {
            while (await rows.NextSeries(default))
            {
                while (await rows.NextRow(default))
                {
                    var row = rows.Row;
                    if (rows.Labels.Get("__name__") == "memory")
                    {
                        Increases += row.Values[0];
                    }
                    else
                    {
                        Ids.Add(row.Id);
                    }
                }
            }
        }
    }
}
