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
    /// <summary>The folder of a block, `/` at its end.</summary>
    public string Of(Ulid block) => $"{Folder}{block}/";
}

/// <summary>Finds blocks wherever they may lie: in a bucket, in a tenant's folder, in the data path of an ingester, or one alone.</summary>
public static class TenantFolders
{
    // Where a tenant's blocks lie in a bucket, and in the data path of an ingester when they are whole.
    private static readonly string[] Inner = ["phlaredb/", "local/"];

    /// <summary>The folders with blocks, in the order of their keys.</summary>
    /// <param name="store">A store whose root is a bucket, a data path, a tenant's folder, or a folder of blocks.</param>
    /// <param name="rootTenant">Whose the blocks are that lie at the root or right below it.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="ObjectStoreException">The store cannot be read.</exception>
    public static async IAsyncEnumerable<TenantFolder> Find(
        IObjectStore store, string rootTenant, [EnumeratorCancellation] CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(store);
        var tenants = new List<string>();
        await foreach (var entry in store.List("", recursive: false, cancellation))
        {
            if (entry.IsPrefix && !IsBlock(entry.Key) && entry.Key.TrimEnd('/') != ObjectKeys.Cluster)
            {
                tenants.Add(entry.Key);
            }
        }

        if (await Blocks(store, "", cancellation) is { Count: > 0 } right)
        {
            yield return new TenantFolder(rootTenant, "", right);
        }

        foreach (var folder in tenants)
        {
            if (Inner.Contains(folder))
            {
                if (await Blocks(store, folder, cancellation) is { Count: > 0 } blocks)
                {
                    yield return new TenantFolder(rootTenant, folder, blocks);
                }

                continue;
            }

            foreach (var inner in Inner)
            {
                if (await Blocks(store, folder + inner, cancellation) is { Count: > 0 } blocks)
                {
                    yield return new TenantFolder(folder.TrimEnd('/'), folder + inner, blocks);
                }
            }
        }
    }

    private static bool IsBlock(string key) => BlockPaths.TryParse(key.AsSpan().TrimEnd('/'), out _);

    private static async ValueTask<List<Ulid>> Blocks(IObjectStore store, string folder, CancellationToken cancellation)
    {
        var blocks = new List<Ulid>();
        await foreach (var entry in store.List(folder, recursive: false, cancellation))
        {
            if (entry.IsPrefix && BlockPaths.TryParse(entry.Key.AsSpan(folder.Length).TrimEnd('/'), out var block))
            {
                blocks.Add(block);
            }
        }

        return blocks;
    }
}
