using Pyro.Blocks.Meta;
using Pyro.Blocks.Verifying;
using Pyro.ObjectStore;

namespace Pyro.Tests.Unit.Blocks.Verifying;

public sealed class TenantVerificationTests
{
    private const string Marks = SmallBlock.Phlaredb + "markers/" + SmallBlock.Name + "-deletion-mark.json", Own = SmallBlock.Folder + "deletion-mark.json";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Index_and_marks_that_agree_have_no_faults() => Assert.Empty(await Faults(static _ => { }));

    [Fact]
    public async Task A_mark_in_one_place_alone_is_a_fault()
    {
        Assert.Contains((await Faults(static told => told.Remove(Marks))), static f => f.File == Own && f.Fault.Contains("has no copy", StringComparison.Ordinal));
        Assert.Contains((await Faults(static told => told.Remove(Own))), static f => f.File == Marks && f.Fault.Contains("is no mark in the folder of its block", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Marks_that_differ_are_a_fault() => Assert.Contains(
        await Faults(static told => told[Marks] = new BlockMark(MarkKind.Deletion, SmallBlock.Id, 6).Write()),
        static f => f.File == Marks && f.Fault.StartsWith("says something else", StringComparison.Ordinal));

    [Fact]
    public async Task A_mark_without_its_block_is_a_fault() => Assert.Contains(
        await Faults(static told => told[Marks.Replace("336X", "336Y", StringComparison.Ordinal)] = new BlockMark(MarkKind.Deletion, SmallBlock.Id, 5).Write()),
        static f => f.Fault == "marks a block that is not there");

    [Theory]
    [InlineData("gone", "lists block 01M82YG9FD96QSVXFKMAPC336Y, which is not there")]
    [InlineData("times", "tells of other times, shard or level")]
    [InlineData("shard", "tells of other times, shard or level")]
    [InlineData("mark", "is marked since 9, its mark 5")]
    [InlineData("other", "is no gzip")]
    [InlineData("cut off", "of what is packed in it: is cut off")]
    [InlineData("flipped", "is gzip that is damaged")]
    public async Task A_bucket_index_that_is_wrong_is_a_fault(string damage, string fault)
    {
        var found = Assert.Single(await Faults(told => told[SmallBlock.Phlaredb + "bucket-index.json.gz"] = damage switch
        {
            "gone" => Index() with { Blocks = [.. Index().Blocks, new BucketIndexBlock(Ulid.Parse("01M82YG9FD96QSVXFKMAPC336Y"), 0, 1)] },
            "times" => Index() with { Blocks = [Index().Blocks[0] with { MaxTime = 1 + Index().Blocks[0].MaxTime }] },
            "shard" => Index() with { Blocks = [Index().Blocks[0] with { ShardId = "1_of_2" }] },
            "mark" => Index() with { DeletionMarks = [new BucketIndexMark(SmallBlock.Id, 9)] },
            _ => null,
        } is { } index ? index.Write() : damage switch
        {
            "other" => [1, 2, 3],
            "cut off" => Index().Write()[..20],
            _ => [.. Index().Write()[..10], 0xff, .. Index().Write()[11..]],
        }));
        Assert.Equal(SmallBlock.Phlaredb + "bucket-index.json.gz", found.File);
        Assert.Contains(fault, found.Fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public async Task A_bucket_index_of_an_older_version_may_tell_less(int version)
    {
        var told = Index().Blocks[0] with { ShardId = version >= 2 ? "1_of_2" : "", Level = version >= 3 ? 1 : 0 };
        var block = new SmallBlock { Meta = static meta => meta with { Labels = new Dictionary<string, string> { [BlockMeta.ShardLabel] = "1_of_2" } } };
        Assert.Empty(await Faults(all => all[SmallBlock.Phlaredb + "bucket-index.json.gz"] = (Index() with { Version = version, Blocks = [told] }).Write(), block));
    }

    private static BucketIndex Index() => new()
    {
        Blocks = [new BucketIndexBlock(SmallBlock.Id, SmallBlock.Start / 1_000_000, SmallBlock.Start / 1_000_000 + 12_000) { Level = 1 }],
        DeletionMarks = [new BucketIndexMark(SmallBlock.Id, 5)],
    };

    private static async Task<IReadOnlyList<BlockFault>> Faults(Action<Dictionary<string, byte[]>> change, SmallBlock? block = null)
    {
        var mark = new BlockMark(MarkKind.Deletion, SmallBlock.Id, 5, "source of compacted block").Write();
        var told = new Dictionary<string, byte[]> { [Own] = mark, [Marks] = mark, [SmallBlock.Phlaredb + "bucket-index.json.gz"] = Index().Write() };
        change(told);
        var store = await SmallBlock.Stored(await (block ?? new SmallBlock()).Files());
        foreach (var (key, bytes) in told)
        {
            await store.Put(key, ObjectBody.Of(bytes), PutMode.Replace, Cancellation);
        }

        var faults = new FaultList();
        await foreach (var folder in TenantFolders.Find(store, "", Cancellation))
        {
            Assert.Equal(("tenant", SmallBlock.Phlaredb), (folder.Tenant, folder.Folder));
            var blocks = new List<FoundBlock>();
            foreach (var id in folder.Blocks)
            {
                blocks.Add(await FoundBlock.Read(store, folder.Tenant, folder.Of(id), id, new FaultList(), Cancellation));
                Assert.Empty(blocks[^1].Faults.Kept);
            }

            await TenantVerification.Run(store, folder.Folder, blocks, faults, Cancellation);
        }

        return faults.Kept;
    }
}
