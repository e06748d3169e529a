using Pyro.Blocks.Files;
using Pyro.Blocks.Meta;
using Pyro.ObjectStore;

namespace Pyro.Blocks.Verifying;

/// <summary>A block as it was found: its files by listing, what its meta.json tells, its marks.</summary>
public sealed class FoundBlock
{
    private FoundBlock(IObjectStore store, string tenant, string folder, Ulid id)
    {
        (Tenant, Folder, Id) = (tenant, folder, id);
        Files = new StoreBlockFiles(store, folder);
    }

    /// <summary>Whose it is, as far as the folders tell.</summary>
    public string Tenant { get; }

    /// <summary>What its keys begin with, `/` at its end.</summary>
    public string Folder { get; }

    /// <summary>Its name, as its folder has it.</summary>
    public Ulid Id { get; }

    /// <summary>Its files.</summary>
    public IBlockFiles Files { get; }

    /// <summary>Bytes of each file by its path in the block, in byte order of paths.</summary>
    public IReadOnlyDictionary<string, long> Listed { get; private set; } = new Dictionary<string, long>();

    /// <summary>What meta.json tells; null when it is missing, damaged, or of a later version.</summary>
    public BlockMeta? Meta { get; private set; }

    /// <summary>Its version, as meta.json tells it; null when that is missing or damaged.</summary>
    public int? Version { get; private set; }

    /// <summary>Its mark of deletion, or null.</summary>
    public BlockMark? Deletion { get; private set; }

    /// <summary>Its mark against merging, or null.</summary>
    public BlockMark? NoCompact { get; private set; }

    /// <summary>What is wrong with meta.json and marks.</summary>
    public FaultList Faults { get; } = new();

    /// <summary>Bytes of all files.</summary>
    public long Bytes => Listed.Values.Sum();

    /// <summary>Lists a block and reads its small files. What is wrong with these is in <see cref="Faults"/>.</summary>
    /// <param name="store">Where it lies.</param>
    /// <param name="tenant">Whose it is.</param>
    /// <param name="folder">What its keys begin with, `/` at its end.</param>
    /// <param name="id">Its name.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="ObjectStoreException">The store cannot be read.</exception>
    public static async ValueTask<FoundBlock> Read(
        IObjectStore store, string tenant, string folder, Ulid id, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(folder);
        var block = new FoundBlock(store, tenant, folder, id);
        var listed = new Dictionary<string, long>(StringComparer.Ordinal);
        await foreach (var entry in store.List(folder, recursive: true, cancellation))
        {
            listed[entry.Key[folder.Length..]] = entry.Length;
        }

        block.Listed = listed;
        try
        {
            if (await block.Small(store, BlockPaths.Meta, BlockMeta.Read, cancellation) is { } meta)
            {
                (block.Meta, block.Version) = (meta, meta.Version);
                block.Check(BlockPaths.Meta, meta.Id);
            }
        }
        catch (UnsupportedBlockException later)
        {
            block.Version = later.Version;
        }

        block.Deletion = await block.Mark(store, MarkKind.Deletion, cancellation);
        block.NoCompact = await block.Mark(store, MarkKind.NoCompact, cancellation);
        if (!listed.ContainsKey(BlockPaths.Meta))
        {
            block.Faults.Add(folder + BlockPaths.Meta, -1, "is not there: the block was not shipped whole, or is being removed");
        }

        return block;
    }

    /// <summary>What meta.json tells of a block that can be read; null when it is missing or damaged.</summary>
    /// <exception cref="UnsupportedBlockException">The block is of a version that is not read.</exception>
    public BlockMeta? ReadableMeta() => Version is null or BlockMeta.WrittenVersion ? Meta : throw new UnsupportedBlockException(Id, Version.Value);

    private async ValueTask<BlockMark?> Mark(IObjectStore store, MarkKind kind, CancellationToken cancellation)
    {
        var name = BlockMark.FileName(kind);
        var mark = await Small(store, name, (json, file) => BlockMark.Read(kind, json, file), cancellation);
        if (mark is not null)
        {
            Check(name, mark.Block);
        }

        return mark;
    }

    private void Check(string name, Ulid told)
    {
        if (told != Id)
        {
            Faults.Add(Folder + name, -1, $"tells of block {told}");
        }
    }

    private async ValueTask<T?> Small<T>(IObjectStore store, string name, Func<ReadOnlyMemory<byte>, string, T> parse, CancellationToken cancellation)
        where T : class
    {
        if (!Listed.ContainsKey(name))
        {
            return null;
        }

        var key = Folder + name;
        return await Faults.Try(async () =>
        {
            try
            {
                return parse(await store.ReadAll(key, StoredBlocks.MostBytes, cancellation), key);
            }
            catch (ObjectNotFoundException e)
            {
                throw new MissingFileException(key, e);
            }
        });
    }
}
