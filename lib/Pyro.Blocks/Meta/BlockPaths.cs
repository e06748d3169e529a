using System.Buffers;

namespace Pyro.Blocks.Meta;

/// <summary>
/// Where things lie in a bucket: <c>tenant/phlaredb/ULID/…</c>, one block a folder, and beside the blocks what is told of all of them. A
/// folder is a block when its name is a ULID; it is complete when it holds meta.json.
/// </summary>
public static class BlockPaths
{
    /// <summary>What tells of a block; the last file put into its folder and the first to go.</summary>
    public const string Meta = "meta.json";

    /// <summary>Which series a block has.</summary>
    public const string Index = "index.tsdb";

    /// <summary>The rows of a block.</summary>
    public const string Profiles = "profiles.parquet";

    /// <summary>The symbols of a block in one file (format 3).</summary>
    public const string Symbols = "symbols.symdb";

    private const int UlidLength = 26;

    // What ULIDs are written in: no I, L, O, U.
    private static readonly SearchValues<char> UlidDigits = SearchValues.Create("0123456789ABCDEFGHJKMNPQRSTVWXYZ");

    /// <summary>The folder of a tenant's blocks, with `/` at its end.</summary>
    public static string Folder(string tenant) => $"{tenant}/phlaredb/";

    /// <summary>The folder of a block, with `/` at its end.</summary>
    public static string Folder(string tenant, Ulid block) => $"{tenant}/phlaredb/{block}/";

    /// <summary>A file of a block by its path in the block's folder.</summary>
    public static string File(string tenant, Ulid block, string relPath) => Folder(tenant, block) + relPath;

    /// <summary>The folder with the second copies of marks, with `/` at its end.</summary>
    public static string Marks(string tenant) => $"{tenant}/phlaredb/markers/";

    /// <summary>The mark of a tenant that is to be deleted.</summary>
    public static string TenantDeletionMark(string tenant) => Marks(tenant) + "tenant-deletion-mark.json";

    /// <summary>What the cleaner tells of all blocks of a tenant.</summary>
    public static string BucketIndex(string tenant) => $"{tenant}/phlaredb/bucket-index.json.gz";

    /// <summary>Reads a ULID as blocks are named by it: 26 upper-case characters, of a number below 2^128.</summary>
    public static bool TryParse(ReadOnlySpan<char> name, out Ulid block)
    {
        block = default;
        return name.Length == UlidLength && name[0] <= '7' && !name.ContainsAnyExcept(UlidDigits) && Ulid.TryParse(name, out block);
    }

    /// <summary>Whether a path may stand in meta.json: below the block's folder, without detours.</summary>
    public static bool IsRelative(string relPath)
    {
        if (relPath.Contains('\\', StringComparison.Ordinal) || relPath.Contains('\0', StringComparison.Ordinal))
        {
            return false;
        }

        foreach (var part in relPath.AsSpan().Split('/'))
        {
            if (relPath.AsSpan(part) is "" or "." or "..")
            {
                return false;
            }
        }

        return true;
    }
}
