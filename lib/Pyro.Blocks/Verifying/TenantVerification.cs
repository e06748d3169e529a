using Pyro.Blocks.Files;
using Pyro.Blocks.Meta;
using Pyro.ObjectStore;

namespace Pyro.Blocks.Verifying;

/// <summary>Whether what is told beside a tenant's blocks, in the bucket index and by marks, is true of the blocks.</summary>
public static class TenantVerification
{
    private const string IndexName = "bucket-index.json.gz", MarkFolder = "markers/";

    /// <summary>Verifies the bucket index and the marks of a tenant; a folder without any has no faults.</summary>
    /// <param name="store">Where they lie.</param>
    /// <param name="folder">What the keys begin with, `/` at its end unless it is empty.</param>
    /// <param name="blocks">All blocks in the folder.</param>
    /// <param name="faults">Gets the faults.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="ObjectStoreException">The store cannot be read.</exception>
    public static async ValueTask Run(
        IObjectStore store, string folder, IReadOnlyList<FoundBlock> blocks, FaultList faults, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(blocks);
        ArgumentNullException.ThrowIfNull(faults);
        var byId = blocks.ToDictionary(static b => b.Id);
        var (listing, listed) = (folder + MarkFolder, new HashSet<(MarkKind, Ulid)>());
        var isListed = await faults.Try(async () =>
        {
            await foreach (var entry in store.List(listing, recursive: false, cancellation))
            {
                if (BlockMark.TryParseName(entry.Key[listing.Length..], out var kind, out var id))
                {
                    listed.Add((kind, id));
                    await Mark(store, entry.Key, kind, id, byId.GetValueOrDefault(id), faults, cancellation);
                }
            }
        });
        foreach (var block in isListed ? blocks : [])
        {
            foreach (var mark in (ReadOnlySpan<BlockMark?>)[block.Deletion, block.NoCompact])
            {
                if (mark is not null && !listed.Contains((mark.Kind, block.Id)))
                {
                    faults.Add(block.Folder + BlockMark.FileName(mark.Kind), -1, $"has no copy in {listing}, where marks are listed");
                }
            }
        }

        await Index(store, folder, byId, faults, cancellation);
    }

    private static async ValueTask Mark(
        IObjectStore store, string key, MarkKind kind, Ulid id, FoundBlock? block, FaultList faults, CancellationToken cancellation)
    {
        var copy = await faults.Try(async () => BlockMark.Read(
            kind, await StoredBlocks.Content(store, key, StoredBlocks.MostBytes, cancellation) ?? throw new MissingFileException(key), key));
        if (copy is not null && copy.Block != id)
        {
            faults.Add(key, -1, $"marks block {copy.Block}");
        }

        if (block is null)
        {
            faults.Add(key, -1, "marks a block that is not there");
        }
        else if (block.Mark(kind) is not { } own)
        {
            if (block.Knows(kind))
            {
                faults.Add(key, -1, "is no mark in the folder of its block, where marks are read");
            }
        }
        else if (copy is not null && copy != own)
        {
            faults.Add(key, -1, "says something else than the mark in the folder of its block");
        }
    }

    private static async ValueTask Index(
        IObjectStore store, string folder, Dictionary<Ulid, FoundBlock> blocks, FaultList faults, CancellationToken cancellation)
    {
        var key = folder + IndexName;
        var index = await faults.Try(async () =>
            await StoredBlocks.Content(store, key, BucketIndex.MostBytes, cancellation) is { } packed ? BucketIndex.Read(packed, key) : null);
        if (index is null)
        {
            return;
        }

        foreach (var told in index.Blocks)
        {
            if (!blocks.TryGetValue(told.Id, out var block))
            {
                faults.Add(key, -1, $"lists block {told.Id}, which is not there");
            }
            else if (block.Meta is { } meta && (told.MinTime != meta.MinTime || told.MaxTime != meta.MaxTime
                || (index.Version >= BucketIndex.FirstVersionWithShards && told.ShardId != meta.ShardId) || (told.Level != 0 && told.Level != meta.Compaction.Level)))
            {
                faults.Add(key, -1, $"tells of other times, shard or level of block {told.Id} than its meta.json");
            }
        }

        foreach (var told in index.DeletionMarks)
        {
            var block = blocks.GetValueOrDefault(told.Id);
            if (block?.Deletion is not { } mark)
            {
                if (block?.Knows(MarkKind.Deletion) == false)
                {
                    continue;
                }

                faults.Add(key, -1, $"tells of a mark of deletion of block {told.Id}, which has none");
            }
            else if (mark.Time != told.DeletionTime)
            {
                faults.Add(key, -1, $"tells that block {told.Id} is marked since {told.DeletionTime}, its mark {mark.Time}");
            }
        }
    }
}
