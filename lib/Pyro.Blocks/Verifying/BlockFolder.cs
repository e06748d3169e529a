using System.Runtime.CompilerServices;
using Pyro.Blocks.Meta;
using Pyro.ObjectStore;

namespace Pyro.Blocks.Verifying;

/// <summary>A folder that holds blocks of one tenant, each in a folder that is named by its ULID.</summary>
/// <param name="Tenant">Whose they are, as far as the folders tell.</param>
/// <param name="Folder">What the keys begin with, `/` at its end unless it is empty.</param>
/// <param name="Blocks">The blocks, ascending, complete or not.</param>
public sealed record TenantFolder(string Tenant, string Folder, IReadOnlyList<Ulid> Blocks)
{
    /// <summary>Why it could not be looked into, or not to its end; null: it could.</summary>
    public BlockFault? Fault { get; init; }

    /// <summary>The folder of a block, `/` at its end.</summary>
    public string Of(Ulid block) => $"{Folder}{block}/";
}

/// <summary>Finds blocks wherever they may lie: in a bucket, in a tenant's folder, in the data path of an ingester, or one alone.</summary>
public static class TenantFolders
{
    // Where a tenant's blocks lie in a bucket, and in the data path of an ingester when they are whole. Tenants may have these names, too.
    private static readonly string[] Inner = ["phlaredb/", "local/"];

    /// <summary>The folders with blocks, and those that cannot be looked into, in the order of their keys.</summary>
    /// <param name="store">A store whose root is a bucket, a data path, a tenant's folder, or a folder of blocks.</param>
    /// <param name="place">Path of that root with `/` between its parts; its end tells whose the blocks are that lie there.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="ObjectStoreException">The store cannot be read.</exception>
    public static async IAsyncEnumerable<TenantFolder> Find(
        IObjectStore store, string place, [EnumeratorCancellation] CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(store);
        var (root, folders) = await Look(store, place, "", cancellation);
        if (root.Blocks.Count > 0 || root.Fault is not null)
        {
            yield return root;
        }

        foreach (var folder in folders.Where(static f => f != ObjectKeys.Cluster + "/"))
        {
            var (outer, inner) = await Look(store, place, folder, cancellation);
            if ((outer.Blocks.Count > 0 && Inner.Contains(folder)) || outer.Fault is not null)
            {
                yield return outer;
            }

            foreach (var key in inner.Where(i => Inner.Contains(i[folder.Length..])))
            {
                var (found, _) = await Look(store, place, key, cancellation);
                if (found.Blocks.Count > 0 || found.Fault is not null)
                {
                    yield return found;
                }
            }
        }
    }

    // The blocks right in a folder, and its other folders.
    private static async ValueTask<(TenantFolder Folder, List<string> Others)> Look(
        IObjectStore store, string place, string folder, CancellationToken cancellation)
    {
        var (blocks, others, fault) = (new List<Ulid>(), new List<string>(), default(BlockFault?));
        try
        {
            await foreach (var entry in store.List(folder, recursive: false, cancellation))
            {
                if (entry.IsPrefix && BlockPaths.TryParse(entry.Key.AsSpan(folder.Length).TrimEnd('/'), out var block))
                {
                    blocks.Add(block);
                }
                else if (entry.IsPrefix)
                {
                    others.Add(entry.Key);
                }
            }
        }
        catch (DamagedBlockException e)
        {
            fault = new BlockFault(e.File, e.Offset, e.Fault);
        }

        return (new TenantFolder(Tenant($"{place}/{folder}"), folder, blocks) { Fault = fault }, others);
    }

    private static string Tenant(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries) switch
    {
        [.., var tenant, "phlaredb" or "local"] => tenant,
        [.., var last] => last,
        _ => "",
    };
}
