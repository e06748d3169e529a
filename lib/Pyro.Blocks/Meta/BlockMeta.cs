namespace Pyro.Blocks.Meta;

/// <summary>What meta.json tells of a block. Times are in ms and inclusive.</summary>
public sealed record BlockMeta
{
    /// <summary>The version of blocks that are written, and the only one whose rows and symbols are read.</summary>
    public const int WrittenVersion = 3;

    /// <summary>The block's name.</summary>
    public required Ulid Id { get; init; }

    /// <summary>Time of the earliest profile.</summary>
    public required long MinTime { get; init; }

    /// <summary>Time of the latest profile.</summary>
    public required long MaxTime { get; init; }

    /// <summary>How much is in it.</summary>
    public BlockStats Stats { get; init; }

    /// <summary>Its files but meta.json, in byte order of paths. What is not listed is not there.</summary>
    public IReadOnlyList<BlockFileMeta> Files { get; init; } = [];

    /// <summary>What it was made of.</summary>
    public BlockCompaction Compaction { get; init; } = new();

    /// <summary>Version of the block.</summary>
    public int Version { get; init; } = WrittenVersion;

    /// <summary>External labels, such as the shard of a split; null in blocks older than they are.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>`ingester` or `compactor`; empty in blocks that were not shipped.</summary>
    public string Source { get; init; } = "";

    /// <summary>Always 0; null in blocks older than it is.</summary>
    public long? Resolution { get; init; } = 0;

    /// <summary>What the label of a split calls the shard: `1_of_4`; empty when the block is no shard.</summary>
    public string ShardId => Labels?.GetValueOrDefault(ShardLabel) ?? "";

    /// <summary>The label that names the shard of a split.</summary>
    public const string ShardLabel = "__compactor_shard_id__";

    /// <summary>The label that names the host that shipped the block.</summary>
    public const string HostLabel = "__hostname__";

    /// <summary>A listed file by its path in the block's folder, or null.</summary>
    public BlockFileMeta? File(string relPath) => Files.FirstOrDefault(f => f.RelPath == relPath);

    /// <summary>Refuses blocks whose rows and symbols cannot be read.</summary>
    /// <exception cref="UnsupportedBlockException">The block is of version 1 or 2.</exception>
    public void RequireReadable()
    {
        if (Version != WrittenVersion)
        {
            throw new UnsupportedBlockException(Id, Version);
        }
    }

    /// <summary>Reads meta.json, of all versions that are known.</summary>
    /// <param name="json">Its content.</param>
    /// <param name="file">Its name, for errors.</param>
    /// <exception cref="DamagedBlockException">It is no such file.</exception>
    /// <exception cref="UnsupportedBlockException">It is of a later version.</exception>
    public static BlockMeta Read(ReadOnlyMemory<byte> json, string file) => BlockMetaJson.Read(json, file);

    /// <summary>Content of meta.json, as Pyroscope would write it.</summary>
    public byte[] Write() => BlockMetaJson.Write(this);
}

/// <summary>How much is in a block.</summary>
/// <param name="Samples">Pairs of stack and value over all rows.</param>
/// <param name="Series">Series.</param>
/// <param name="Profiles">Rows of profiles.parquet.</param>
public readonly record struct BlockStats(long Samples, long Series, long Profiles);

/// <summary>A file of a block.</summary>
/// <param name="RelPath">Path in the block's folder, with `/` between its parts.</param>
/// <param name="Bytes">Length; 0: not told.</param>
public sealed record BlockFileMeta(string RelPath, long Bytes)
{
    /// <summary>What is in a Parquet file; null for others. The row groups of symbol tables may be told one too high.</summary>
    public ParquetMeta? Parquet { get; init; }

    /// <summary>Series of an index; null for other files.</summary>
    public long? Series { get; init; }
}

/// <summary>What is in a Parquet file.</summary>
/// <param name="RowGroups">Row groups.</param>
/// <param name="Rows">Rows.</param>
public readonly record struct ParquetMeta(long RowGroups, long Rows);

/// <summary>What a block was made of.</summary>
public sealed record BlockCompaction
{
    /// <summary>1 as an ingester writes it, one more than its inputs after each merge; 0 in very old blocks.</summary>
    public int Level { get; init; }

    /// <summary>The blocks of level 1 that are in it, ascending; of level 1 itself.</summary>
    public IReadOnlyList<Ulid> Sources { get; init; } = [];

    /// <summary>A merge left no rows.</summary>
    public bool IsDeletable { get; init; }

    /// <summary>The blocks it was merged from.</summary>
    public IReadOnlyList<BlockParent> Parents { get; init; } = [];

    /// <summary>A merge failed.</summary>
    public bool HasFailed { get; init; }

    /// <summary>Notes for merging; not used.</summary>
    public IReadOnlyList<string> Hints { get; init; } = [];
}

/// <summary>A block that another was merged from; times in ms, inclusive.</summary>
/// <param name="Id">Its name.</param>
/// <param name="MinTime">Time of its earliest profile.</param>
/// <param name="MaxTime">Time of its latest profile.</param>
public readonly record struct BlockParent(Ulid Id, long MinTime, long MaxTime);

/// <summary>A block that is whole, but of a version that is not read.</summary>
/// <param name="block">Which.</param>
/// <param name="version">Its version.</param>
public sealed class UnsupportedBlockException(Ulid block, int version) : IOException(
    $"block {block} has version {version}, and only version {BlockMeta.WrittenVersion} is read (Pyroscope 1.0 and later write it)")
{
    /// <summary>Its version.</summary>
    public int Version => version;
}
