using System.Runtime.CompilerServices;
using System.Text;
using Pyro.Blocks;
using Pyro.Blocks.Meta;
using Pyro.ObjectStore;

namespace Pyro.Tests.Unit.Blocks.Meta;

public class StoredBlocksTests
{
    private const string Tenant = "anonymous";

    private static readonly Ulid Block = Ulid.Parse("01JQZ0M6T1B7X3Y9KC4W8ZQ2RD");

    private readonly KeptObjects _store = new();
    private readonly StoredBlocks _blocks;

    public StoredBlocksTests() => _blocks = new StoredBlocks(_store);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Tenants_are_the_folders_of_the_root()
    {
        foreach (var key in (string[])["b/phlaredb/x", "a/adhoc/y", "__pyroscope_cluster/z", "tenant_settings.json", "odd.json/x", "pyroscope_cluster_seed.json", "README"])
        {
            _store.Objects[key] = [];
        }

        Assert.Equal(["a", "b", "odd.json"], await _blocks.Tenants(Cancellation).ToListAsync(Cancellation));
    }

    [Fact]
    public async Task Folders_whose_names_no_tenant_can_have_are_passed_over()
    {
        foreach (var name in (string[])["team", "lost+found", "@meta", "a b", "ä", "..", new string('x', 151), new string('x', 150)])
        {
            _store.Objects[name + "/phlaredb/x"] = [];
        }

        Assert.Equal(new[] { "team", new string('x', 150) }, await _blocks.Tenants(Cancellation).ToListAsync(Cancellation));
    }

    [Fact]
    public async Task Blocks_are_the_folders_named_by_a_ulid()
    {
        foreach (var name in (string[])[$"{Block}/meta.json", "01JQYWK1V0G6ZP8N5T3H7C9M2A/index.tsdb", "markers/x", "81JQYWK1V0G6ZP8N5T3H7C9M2A/x", "01JQYWK1V0G6ZP8N5T3H7C9M2I/x", "bucket-index.json.gz"])
        {
            _store.Objects[BlockPaths.Folder(Tenant) + name] = [];
        }

        var found = await _blocks.Blocks(Tenant, Cancellation).ToListAsync(Cancellation);
        Assert.Equal([Ulid.Parse("01JQYWK1V0G6ZP8N5T3H7C9M2A"), Block], found);
    }

    [Fact]
    public async Task What_is_absent_is_null()
    {
        Assert.Null(await _blocks.Meta(Tenant, Block, Cancellation));
        Assert.Null(await _blocks.Index(Tenant, Cancellation));
        Assert.Null(await _blocks.Mark(Tenant, Block, MarkKind.Deletion, Cancellation));
        Assert.Null(await _blocks.TenantMark(Tenant, Cancellation));
        Assert.Empty(await _blocks.Marks(Tenant, Cancellation).ToListAsync(Cancellation));
        await _blocks.DeleteMark(Tenant, Block, MarkKind.Deletion, Cancellation);
    }

    [Fact]
    public async Task The_meta_of_another_block_is_refused()
    {
        var meta = new BlockMeta { Id = Block, MinTime = 1, MaxTime = 2 };
        _store.Objects[BlockPaths.File(Tenant, Block, BlockPaths.Meta)] = meta.Write();
        Assert.Equal(2, (await _blocks.Meta(Tenant, Block, Cancellation))!.MaxTime);
        var other = Ulid.Parse("01JQYWK1V0G6ZP8N5T3H7C9M2A");
        _store.Objects[BlockPaths.File(Tenant, other, BlockPaths.Meta)] = meta.Write();
        await Assert.ThrowsAsync<DamagedBlockException>(async () => await _blocks.Meta(Tenant, other, Cancellation));
    }

    [Fact]
    public async Task Marks_lie_in_both_places_and_the_first_one_counts()
    {
        await _blocks.Put(Tenant, new BlockMark(MarkKind.Deletion, Block, 10, "first"), Cancellation);
        Assert.Equal(
            [$"anonymous/phlaredb/{Block}/deletion-mark.json", $"anonymous/phlaredb/markers/{Block}-deletion-mark.json"], _store.Objects.Keys);
        _store.Objects.Remove($"anonymous/phlaredb/markers/{Block}-deletion-mark.json");
        await _blocks.Put(Tenant, new BlockMark(MarkKind.Deletion, Block, 20, "second"), Cancellation);
        Assert.Equal(10, (await _blocks.Mark(Tenant, Block, MarkKind.Deletion, Cancellation))!.Time);
        Assert.Contains("first", Encoding.UTF8.GetString(_store.Objects[$"anonymous/phlaredb/markers/{Block}-deletion-mark.json"]), StringComparison.Ordinal);

        await _blocks.Put(Tenant, new TenantDeletionMark(5, 0), Cancellation);
        Assert.Equal(new TenantDeletionMark(5, 0), await _blocks.TenantMark(Tenant, Cancellation));
        Assert.Equal([(MarkKind.Deletion, Block)], await _blocks.Marks(Tenant, Cancellation).ToListAsync(Cancellation));
        await _blocks.DeleteMark(Tenant, Block, MarkKind.Deletion, Cancellation);
        Assert.Equal(["anonymous/phlaredb/markers/tenant-deletion-mark.json"], _store.Objects.Keys);
    }

    [Fact]
    public async Task A_bucket_index_is_read_back()
    {
        var index = new BucketIndex { Blocks = [new BucketIndexBlock(Block, 1, 1500) { UploadedAt = 3, ShardId = "1_of_2", Level = 3 }], UpdatedAt = 9 };
        await _blocks.Put(Tenant, index, Cancellation);
        var read = await _blocks.Index(Tenant, Cancellation);
        Assert.Equal(index.Blocks, read!.Blocks);
        Assert.Equal((9, 3), (read.UpdatedAt, read.Version));
    }

    // A bucket in memory, as small as these tests need.
    private sealed class KeptObjects : IObjectStore
    {
        public SortedDictionary<string, byte[]> Objects { get; } = new(StringComparer.Ordinal);

        public string Description => "kept";

        public ValueTask<Stream> Get(string key, CancellationToken cancellation) => ValueTask.FromResult<Stream>(new MemoryStream(Content(key)));

        public ValueTask<int> GetRange(string key, long offset, Memory<byte> into, CancellationToken cancellation) => throw new NotSupportedException();

        public async ValueTask Put(string key, ObjectBody body, PutMode mode, CancellationToken cancellation)
        {
            var content = new MemoryStream();
            await (await body.Open(cancellation)).CopyToAsync(content, cancellation);
            Objects[key] = content.ToArray();
        }

        public async IAsyncEnumerable<ObjectEntry> List(string prefix, bool recursive, [EnumeratorCancellation] CancellationToken cancellation)
        {
            await Task.CompletedTask;
            foreach (var key in Objects.Keys.Where(k => k.StartsWith(prefix, StringComparison.Ordinal)).Select(k => Shown(k, prefix)).Distinct().ToList())
            {
                yield return new ObjectEntry(key, 0, default);
            }
        }

        public ValueTask Delete(string key, CancellationToken cancellation)
        {
            Objects.Remove(key);
            return ValueTask.CompletedTask;
        }

        public ValueTask<ObjectAttributes> Attributes(string key, CancellationToken cancellation) => throw new NotSupportedException();

        private static string Shown(string key, string prefix) =>
            key.IndexOf('/', prefix.Length) is >= 0 and var slash ? key[..(slash + 1)] : key;

        private byte[] Content(string key) => Objects.TryGetValue(key, out var content) ? content : throw new ObjectNotFoundException(key);
    }
}
