using Pyro.Blocks;
using Pyro.Blocks.Meta;
using Pyro.Blocks.Verifying;
using Pyro.ObjectStore;

namespace Pyro.Tests.Unit.Blocks.Verifying;

public sealed class InspectedStoreTests
{
    private const string Index = SmallBlock.Folder + BlockPaths.Index;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(StoreFault.Denied)]
    [InlineData(StoreFault.Unavailable)]
    [InlineData(StoreFault.Damaged)]
    [InlineData(StoreFault.InvalidKey)]
    public async Task A_file_that_cannot_be_read_is_a_fault_of_that_file(StoreFault why)
    {
        var files = await new SmallBlock().Files();
        files["symbols.symdb"][20] ^= 1;
        foreach (var file in (string[])[BlockPaths.Meta, BlockPaths.Index, BlockPaths.Profiles, BlockPaths.Symbols])
        {
            var faulty = await Faulty(files);
            faulty.Fault = (operation, key) => key == SmallBlock.Folder + file ? new ObjectStoreException(why, $"no {operation}") : null;
            var found = await SmallBlock.Faults(new InspectedStore(faulty), SmallBlock.Folder, SmallBlock.Id);
            Assert.StartsWith("cannot be read: no ", Assert.Single(found, f => f.File == SmallBlock.Folder + file).Fault, StringComparison.Ordinal);
            Assert.Equal(file is BlockPaths.Index or BlockPaths.Profiles, found.Any(static f => f.File == SmallBlock.Folder + BlockPaths.Symbols && f.Offset >= 0));
        }
    }

    [Fact]
    public async Task A_folder_that_cannot_be_listed_is_a_fault_of_that_folder()
    {
        var faulty = await Faulty(await new SmallBlock().Files());
        foreach (var key in (string[])["a/phlaredb/x", "z/phlaredb/markers/x"])
        {
            await faulty.Put(key, ObjectBody.Of(new byte[1]), PutMode.Replace, Cancellation);
        }

        var store = new InspectedStore(faulty);
        faulty.Fault = static (_, key) => key.StartsWith("a/", StringComparison.Ordinal) ? new ObjectStoreException(StoreFault.Denied, "closed") : null;
        var folders = await TenantFolders.Find(store, "", Cancellation).ToListAsync(Cancellation);
        Assert.Equal(["a", SmallBlock.Tenant], folders.Select(static f => f.Tenant));
        Assert.Equal(new BlockFault("a/", -1, "cannot be read: closed"), folders[0].Fault);
        Assert.Equal([SmallBlock.Id], folders[1].Blocks);

        // Of a block that cannot be listed nothing else is told, and of marks that cannot be listed none is missed.
        faulty.Fault = static (operation, key) => operation == StoreOperation.List && key == SmallBlock.Folder ? new ObjectStoreException(StoreFault.Denied, "closed") : null;
        var closed = await FoundBlock.Read(store, SmallBlock.Tenant, SmallBlock.Folder, SmallBlock.Id, new FaultList(), Cancellation);
        Assert.Equal([new BlockFault(SmallBlock.Folder, -1, "cannot be read: closed")], closed.Faults.Kept);
        var index = new BucketIndex { Blocks = [new BucketIndexBlock(SmallBlock.Id, 0, 1)], DeletionMarks = [new BucketIndexMark(SmallBlock.Id, 5)] };
        await faulty.Put(SmallBlock.Phlaredb + "bucket-index.json.gz", ObjectBody.Of(index.Write()), PutMode.Replace, Cancellation);
        faulty.Fault = static (_, key) => key == SmallBlock.Phlaredb + "markers/" ? new ObjectStoreException(StoreFault.Denied, "closed") : null;
        var beside = new FaultList();
        await TenantVerification.Run(store, SmallBlock.Phlaredb, [closed], beside, Cancellation);
        Assert.Equal([new BlockFault(SmallBlock.Phlaredb + "markers/", -1, "cannot be read: closed")], beside.Kept);
    }

    [Fact]
    public async Task A_store_that_gives_no_longer_what_it_gave_is_itself_at_fault()
    {
        var faulty = await Faulty(await new SmallBlock().Files());
        var store = new InspectedStore(faulty);
        await store.ReadAll(SmallBlock.Folder + BlockPaths.Meta, 1 << 20, Cancellation);
        faulty.Fault = static (operation, _) => operation == StoreOperation.List ? null : new ObjectStoreException(StoreFault.Unavailable, "it failed inside");
        Assert.Equal(StoreFault.Unavailable, (await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.Attributes(Index, Cancellation))).Fault);
        (faulty.Fault, faulty.IsDown) = (null, true);
        Assert.Equal(StoreFault.Unavailable, (await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.Attributes(Index, Cancellation))).Fault);

        // Fewer requests is asked of all of them.
        (faulty.Fault, faulty.IsDown) = (static (_, key) => key == Index ? new ObjectStoreException(StoreFault.Throttled, "slow down") : null, false);
        Assert.Equal(StoreFault.Throttled, (await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.Attributes(Index, Cancellation))).Fault);
    }

    [Fact]
    public async Task Nothing_is_changed()
    {
        var store = new InspectedStore(new MemoryStore(TimeProvider.System));
        await Assert.ThrowsAsync<NotSupportedException>(async () => await store.Put("a", ObjectBody.Of(new byte[1]), PutMode.Replace, Cancellation));
        await Assert.ThrowsAsync<NotSupportedException>(async () => await store.Delete("a", Cancellation));
    }

    private static async Task<FaultyStore> Faulty(IEnumerable<KeyValuePair<string, byte[]>> files) => new(await SmallBlock.Stored(files), 1, TimeProvider.System);
}
