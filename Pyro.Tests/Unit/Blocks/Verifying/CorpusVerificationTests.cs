using Pyro.Blocks.Meta;
using Pyro.Blocks.Symbols;
using Pyro.Blocks.Verifying;
using Pyro.Disk;
using Pyro.Memory;
using Pyro.ObjectStore.Filesystem;

namespace Pyro.Tests.Unit.Blocks.Verifying;

/// <summary>What Pyroscope wrote is sound, bucket indexes and marks included, and can be looked into.</summary>
public sealed class CorpusVerificationTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static IEnumerable<TheoryDataRow<string>> Cases() => Repository.Corpus is null ? [new TheoryDataRow<string>("")]
        : Directory.GetDirectories(Path.Combine(Repository.Corpus, "blocks")).Order(StringComparer.Ordinal)
            .Select(static path => new TheoryDataRow<string>(Path.GetFileName(path)));

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Blocks_of_Pyroscope_are_sound(string name)
    {
        if (Repository.Corpus is null) return;
        var root = Path.Combine(Repository.Corpus, "blocks", name, "store");
        var store = new FilesystemStore(new PhysicalDisk(), root, TimeProvider.System, new Random(1));
        var cache = new SymbolCache(1 << 20, new MemoryLedger(1L << 30));
        var looked = 0;
        await foreach (var folder in TenantFolders.Find(store, "corpus", Cancellation))
        {
            var blocks = new List<FoundBlock>();
            foreach (var id in folder.Blocks)
            {
                var block = await FoundBlock.Read(store, folder.Tenant, folder.Of(id), id, new FaultList(), Cancellation);
                blocks.Add(block);
                looked++;
                if (block.Meta is { Version: < BlockMeta.WrittenVersion })
                {
                    await Assert.ThrowsAsync<UnsupportedBlockException>(() => BlockVerification.Run(block, cache, block.Faults, null, Cancellation).AsTask());
                    continue;
                }

                var through = 0L;
                await BlockVerification.Run(block, cache, block.Faults, bytes => through += bytes, Cancellation);
                Assert.Empty(block.Faults.Kept);
                Assert.InRange(through, block.Bytes / 4, block.Bytes);

                var inspected = await BlockInspection.Of(block, cache, Cancellation);
                Assert.Equal(block.Meta!.Stats.Profiles, inspected.Services.Sum(static s => s.Profiles));
                Assert.Equal(block.Meta.Stats.Series, inspected.Services.Sum(static s => (long)s.Series));
                Assert.All(inspected.Symbols, static s => Assert.True(s.Bytes > 0 && s.Entries > 0, s.Kind));
            }

            var beside = new FaultList();
            await TenantVerification.Run(store, folder.Folder, blocks, beside, Cancellation);
            Assert.Empty(beside.Kept);
        }

        Assert.True(looked > 0);
    }
}
