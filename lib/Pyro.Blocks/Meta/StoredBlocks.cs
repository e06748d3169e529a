using System.Buffers;
using System.Runtime.CompilerServices;
using Pyro.ObjectStore;
using Pyro.Tenancy;

namespace Pyro.Blocks.Meta;

/// <summary>What lies in a bucket: tenants, their blocks, and what is told of these in small files.</summary>
/// <param name="store">The bucket.</param>
public sealed class StoredBlocks(IObjectStore store)
{
    /// <summary>The most bytes of a meta.json or mark.</summary>
    public const int MostBytes = 16 << 20;

    // The first part of keys that are not a tenant's.
    private const string ClusterFolder = "__pyroscope_cluster";

    /// <summary>
    /// The tenants, ascending: folders of the root whose names tenants can have, but what belongs to the cluster as a whole. A name may end in
    /// <c>.json</c>: the settings that lie beside the tenants are files.
    /// </summary>
    public async IAsyncEnumerable<string> Tenants([EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var entry in store.List("", recursive: false, cancellation))
        {
            var name = entry.Key.TrimEnd('/');
            if (entry.IsPrefix && TenantId.IsValid(name) && name != ClusterFolder)
            {
                yield return name;
            }
        }
    }

    /// <summary>The blocks of a tenant, ascending, complete or not.</summary>
    public async IAsyncEnumerable<Ulid> Blocks(string tenant, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var folder = BlockPaths.Folder(tenant);
        await foreach (var entry in store.List(folder, recursive: false, cancellation))
        {
            if (entry.IsPrefix && BlockPaths.TryParse(entry.Key.AsSpan(folder.Length).TrimEnd('/'), out var block))
            {
                yield return block;
            }
        }
    }

    /// <summary>What meta.json tells of a block; null when the block is not complete.</summary>
    /// <exception cref="DamagedBlockException">It is no meta.json, or that of another block.</exception>
    /// <exception cref="UnsupportedBlockException">It is of a later version.</exception>
    public async ValueTask<BlockMeta?> Meta(string tenant, Ulid block, CancellationToken cancellation)
    {
        var key = BlockPaths.File(tenant, block, BlockPaths.Meta);
        if (await Content(store, key, MostBytes, cancellation) is not { } json)
        {
            return null;
        }

        var meta = BlockMeta.Read(json, key);
        return meta.Id == block ? meta : throw new DamagedBlockException(key, -1, $"tells of block {meta.Id}");
    }

    /// <summary>The bucket index of a tenant, or null.</summary>
    /// <exception cref="DamagedBlockException">It is not whole.</exception>
    public async ValueTask<BucketIndex?> Index(string tenant, CancellationToken cancellation)
    {
        var key = BlockPaths.BucketIndex(tenant);
        return await Content(store, key, BucketIndex.MostBytes, cancellation) is { } packed ? BucketIndex.Read(packed, key) : null;
    }

    /// <summary>Replaces the bucket index of a tenant.</summary>
    public ValueTask Put(string tenant, BucketIndex index, CancellationToken cancellation) =>
        Put(BlockPaths.BucketIndex(tenant), index.Write(), cancellation);

    /// <summary>The marks of a tenant's blocks, ascending by block, as they are listed; what they say is to be read by <see cref="Mark"/>.</summary>
    public async IAsyncEnumerable<(MarkKind Kind, Ulid Block)> Marks(string tenant, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var folder = BlockPaths.Marks(tenant);
        await foreach (var entry in store.List(folder, recursive: false, cancellation))
        {
            if (BlockMark.TryParseName(entry.Key[folder.Length..], out var kind, out var block))
            {
                yield return (kind, block);
            }
        }
    }

    /// <summary>A mark from the block's folder, or null.</summary>
    /// <exception cref="DamagedBlockException">It is no such mark, or that of another block.</exception>
    public async ValueTask<BlockMark?> Mark(string tenant, Ulid block, MarkKind kind, CancellationToken cancellation)
    {
        var key = BlockPaths.File(tenant, block, BlockMark.FileName(kind));
        if (await Content(store, key, MostBytes, cancellation) is not { } json)
        {
            return null;
        }

        var mark = BlockMark.Read(kind, json, key);
        return mark.Block == block ? mark : throw new DamagedBlockException(key, -1, $"marks block {mark.Block}");
    }

    /// <summary>
    /// Marks a block in both places: its folder, where the mark is read, then the folder of marks, where it is listed. A block that is
    /// marked already keeps its first mark, whose time counts.
    /// </summary>
    public async ValueTask Put(string tenant, BlockMark mark, CancellationToken cancellation)
    {
        var first = await Mark(tenant, mark.Block, mark.Kind, cancellation);
        if (first is null)
        {
            await Put(BlockPaths.File(tenant, mark.Block, BlockMark.FileName(mark.Kind)), mark.Write(), cancellation);
        }

        // Written again even when it may be there: whoever marked first may have stopped in between.
        await Put(Listed(tenant, mark.Block, mark.Kind), (first ?? mark).Write(), cancellation);
    }

    /// <summary>Takes a mark away in both places; no error when there is none.</summary>
    public async ValueTask DeleteMark(string tenant, Ulid block, MarkKind kind, CancellationToken cancellation)
    {
        await store.Delete(Listed(tenant, block, kind), cancellation);
        await store.Delete(BlockPaths.File(tenant, block, BlockMark.FileName(kind)), cancellation);
    }

    /// <summary>The mark of a tenant that is to be deleted, or null.</summary>
    /// <exception cref="DamagedBlockException">It is no such mark.</exception>
    public async ValueTask<TenantDeletionMark?> TenantMark(string tenant, CancellationToken cancellation)
    {
        var key = BlockPaths.TenantDeletionMark(tenant);
        return await Content(store, key, MostBytes, cancellation) is { } json ? TenantDeletionMark.Read(json, key) : null;
    }

    /// <summary>Marks a tenant to be deleted, or as deleted.</summary>
    public ValueTask Put(string tenant, TenantDeletionMark mark, CancellationToken cancellation) =>
        Put(BlockPaths.TenantDeletionMark(tenant), mark.Write(), cancellation);

    private static string Listed(string tenant, Ulid block, MarkKind kind) => $"{BlockPaths.Marks(tenant)}{block}-{BlockMark.FileName(kind)}";

    private ValueTask Put(string key, byte[] content, CancellationToken cancellation) =>
        store.Put(key, ObjectBody.Of(content), PutMode.Replace, cancellation);

    /// <summary>The content of a small object, or null when there is none.</summary>
    /// <exception cref="DamagedBlockException">It has more bytes than it may have.</exception>
    internal static async ValueTask<ReadOnlyMemory<byte>?> Content(IObjectStore store, string key, int most, CancellationToken cancellation)
    {
        const int Piece = 16 << 10;
        var content = new ArrayBufferWriter<byte>();
        try
        {
            await using var stream = await store.Get(key, cancellation);
            for (int read; (read = await stream.ReadAsync(content.GetMemory(Piece), cancellation)) > 0;)
            {
                content.Advance(read);
                if (content.WrittenCount > most)
                {
                    throw new DamagedBlockException(key, -1, $"has more than {most} bytes");
                }
            }
        }
        catch (ObjectNotFoundException)
        {
            return null;
        }

        return content.WrittenMemory;
    }
}
