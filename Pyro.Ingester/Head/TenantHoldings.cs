using Pyro.Blocks.Meta;
using Pyro.Blocks.Reading;

namespace Pyro.Ingester.Head;

/// <summary>What is held of a tenant at one moment: a profile that was answered for is in exactly one of them.</summary>
/// <param name="Heads">Heads, sealed ones included, oldest first.</param>
/// <param name="Blocks">Blocks on the local disk, oldest first.</param>
public sealed record TenantHoldings(TenantHead[] Heads, LocalBlock[] Blocks)
{
    /// <summary>Blocks on the local disk whose meta.json cannot be read: that they are lacking is all that they are held for.</summary>
    public LocalBlock[] Unreadable { get; init; } = [];

    /// <summary>Nothing.</summary>
    public static TenantHoldings None { get; } = new([], []);

    /// <summary>Whether there is a block of this name.</summary>
    public bool IsLocal(Ulid ulid)
    {
        foreach (var block in Blocks)
        {
            if (block.Ulid == ulid)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a block is one of them, readable or not.</summary>
    public bool Has(LocalBlock block) => Array.IndexOf(Blocks, block) >= 0 || Array.IndexOf(Unreadable, block) >= 0;

    /// <summary>The same with one more head.</summary>
    public TenantHoldings With(TenantHead head)
    {
        TenantHead[] heads = [.. Heads, head];
        Array.Sort(heads, static (a, b) => a.Ulid.CompareTo(b.Ulid));
        return this with { Heads = heads };
    }

    /// <summary>The same with one more block.</summary>
    public TenantHoldings With(LocalBlock block)
    {
        LocalBlock[] blocks = [.. Blocks, block];
        Array.Sort(blocks, static (a, b) => a.Ulid.CompareTo(b.Ulid));
        return this with { Blocks = blocks };
    }

    /// <summary>The same without a head.</summary>
    public TenantHoldings Without(TenantHead head) => this with { Heads = Array.FindAll(Heads, h => h != head) };

    /// <summary>The same without a block, readable or not.</summary>
    public TenantHoldings Without(LocalBlock block) =>
        this with { Blocks = Array.FindAll(Blocks, b => b != block), Unreadable = Array.FindAll(Unreadable, b => b != block) };
}

/// <summary>A block in the folder of its tenant on the local disk.</summary>
/// <param name="Block">The block.</param>
/// <param name="Folder">Where it lies.</param>
public sealed record LocalBlock(Block Block, string Folder)
{
    /// <summary>Its name.</summary>
    public Ulid Ulid => Block.Ulid;

    /// <summary>Whose it is.</summary>
    public string Tenant => Block.Tenant;

    /// <summary>What its meta.json tells.</summary>
    public BlockMeta Meta => Block.Meta;

    /// <summary>Bytes of its files.</summary>
    public long Bytes => Meta.Files.Sum(static f => f.Bytes);
}
