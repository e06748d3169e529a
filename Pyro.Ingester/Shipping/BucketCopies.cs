using Pyro.Blocks;
using Pyro.Blocks.Meta;
using Pyro.Disk;
using Pyro.Ingester.Head;
using Pyro.ObjectStore;

namespace Pyro.Ingester.Shipping;

/// <summary>The copies of local blocks in the bucket: put there, and asked for.</summary>
/// <param name="store">The bucket.</param>
/// <param name="disk">Holds the blocks.</param>
/// <param name="host">Name of this process, for the label of the copies.</param>
public sealed class BucketCopies(IObjectStore store, IDisk disk, string host)
{
    private readonly StoredBlocks _stored = new(store);

    /// <summary>Puts a block: each file, then meta.json, so that nobody sees half a block.</summary>
    /// <exception cref="ObjectStoreException">The bucket does not take it.</exception>
    /// <exception cref="IOException">The disk cannot be read.</exception>
    public async ValueTask Put(LocalBlock block, CancellationToken cancellation)
    {
        foreach (var file in block.Meta.Files)
        {
            var path = Path.Join(block.Folder, file.RelPath);
            await store.Put(
                BlockPaths.File(block.Tenant, block.Ulid, file.RelPath), ObjectBody.OfFile(disk, path, file.Bytes), PutMode.Replace, cancellation);
        }

        var labels = new Dictionary<string, string>(block.Meta.Labels ?? new Dictionary<string, string>()) { [BlockMeta.HostLabel] = host };
        var meta = block.Meta with { Labels = labels, Source = "ingester" };
        await store.Put(BlockPaths.File(block.Tenant, block.Ulid, BlockPaths.Meta), ObjectBody.Of(meta.Write()), PutMode.Replace, cancellation);
    }

    /// <summary>
    /// Whether the bucket has a block whole: meta.json as it was put, and each file with its length. Of a block whose own meta.json cannot be read,
    /// what the bucket's tells.
    /// </summary>
    /// <exception cref="ObjectStoreException">The bucket cannot be asked.</exception>
    public async ValueTask<bool> Has(LocalBlock block, CancellationToken cancellation)
    {
        BlockMeta? meta;
        try
        {
            meta = await _stored.Meta(block.Tenant, block.Ulid, cancellation);
        }
        catch (Exception e) when (e is DamagedBlockException or UnsupportedBlockException)
        {
            // Nobody can read it: it is put again.
            return false;
        }

        if (meta is null || !(block.Block.IsMetaAssumed || IsSame(meta, block.Meta)))
        {
            return false;
        }

        foreach (var file in meta.Files)
        {
            try
            {
                var found = await store.Attributes(BlockPaths.File(block.Tenant, block.Ulid, file.RelPath), cancellation);
                if (found.Length != file.Bytes)
                {
                    return false;
                }
            }
            catch (ObjectNotFoundException)
            {
                return false;
            }
        }

        return true;
    }

    // But for what is added on the way.
    private static bool IsSame(BlockMeta stored, BlockMeta local) =>
        (stored with { Labels = local.Labels, Source = local.Source }).Write().AsSpan().SequenceEqual(local.Write());
}
