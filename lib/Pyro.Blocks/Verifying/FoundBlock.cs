using Pyro.Blocks.Files;
using Pyro.Blocks.Meta;
using Pyro.ObjectStore;

namespace Pyro.Blocks.Verifying;

/// <summary>A block as it was found: its files by listing, what its meta.json tells, its marks.</summary>
public sealed class FoundBlock
{
    private FoundBlock(IObjectStore store, string tenant, string folder, Ulid id, FaultList faults)
    {
        (Tenant, Folder, Id, Faults) = (tenant, folder, id, faults);
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

    /// <summary>What is wrong with it: with its listing, meta.json and marks, once it is read.</summary>
    public FaultList Faults { get; }

    /// <summary>Whether it is known which files it has.</summary>
    public bool IsListed { get; private set; }

    /// <summary>Bytes of all files.</summary>
    public long Bytes => Listed.Values.Sum();

    /// <summary>Lists a block and reads its small files.</summary>
    /// <param name="store">Where it lies.</param>
    /// <param name="tenant">Whose it is.</param>
    /// <param name="folder">What its keys begin with, `/` at its end.</param>
    /// <param name="id">Its name.</param>
    /// <param name="faults">Gets what is wrong with these.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="ObjectStoreException">The store cannot be read.</exception>
    public static async ValueTask<FoundBlock> Read(
        IObjectStore store, string tenant, string folder, Ulid id, FaultList faults, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(faults);
        var block = new FoundBlock(store, tenant, folder, id, faults);
        var listed = new Dictionary<string, long>(StringComparer.Ordinal);
        block.Listed = listed;
        block.IsListed = await faults.Try(async () =>
        {
            await foreach (var entry in store.List(folder, recursive: true, cancellation))
            {
                listed[entry.Key[folder.Length..]] = entry.Length;
            }
        });
        if (!block.IsListed)
        {
            return block;
        }

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
            faults.Add(folder + BlockPaths.Meta, -1, "is not there: the block was not shipped whole, or is being removed");
        }

        return block;
    }

    /// <summary>What meta.json tells of a block that can be read; null when it is missing or damaged.</summary>
    /// <exception cref="UnsupportedBlockException">The block is of a version that is not read.</exception>
    public BlockMeta? ReadableMeta() => Version is null or BlockMeta.WrittenVersion ? Meta : throw new UnsupportedBlockException(Id, Version.Value);

    /// <summary>Its mark of a kind; null: it has none, or that is not known.</summary>
    public BlockMark? Mark(MarkKind kind) => kind == MarkKind.Deletion ? Deletion : NoCompact;

    /// <summary>Whether it is known if it has a mark of a kind, and what that says.</summary>
    public bool Knows(MarkKind kind) => IsListed && (Mark(kind) is not null || !Listed.ContainsKey(BlockMark.FileName(kind)));

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
            parse(await StoredBlocks.Content(store, key, StoredBlocks.MostBytes, cancellation) ?? throw new MissingFileException(key), key));
    }
}
