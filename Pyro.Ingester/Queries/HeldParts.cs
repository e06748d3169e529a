using Pyro.Blocks.Reading;
using Pyro.Ingester.Head;

namespace Pyro.Ingester.Queries;

/// <summary>What is held of a tenant while one query is answered: heads, and blocks that stay on the disk until it ends.</summary>
internal sealed class HeldParts : IDisposable
{
    private HeldParts(IReadOnlyList<TenantHead> heads, IReadOnlyList<BlockLease> blocks) => (Heads, Blocks) = (heads, blocks);

    /// <summary>The heads, oldest first.</summary>
    public IReadOnlyList<TenantHead> Heads { get; }

    /// <summary>The blocks; those that cannot be read come first.</summary>
    public IReadOnlyList<BlockLease> Blocks { get; }

    /// <summary>Takes what is held now.</summary>
    public static HeldParts Of(HeadStore store, string tenant)
    {
        var held = store.Held(tenant);
        var leases = new List<BlockLease>(held.Blocks.Length + held.Unreadable.Length);
        foreach (var block in (ReadOnlySpan<LocalBlock>)[.. held.Unreadable, .. held.Blocks])
        {
            // One that is retired already left the holdings after they were taken; the bucket has it.
            if (block.Block.TryLease() is { } lease)
            {
                leases.Add(lease);
            }
        }

        return new HeldParts(held.Heads, leases);
    }

    /// <summary>Whether a ULID is that of a block.</summary>
    public bool HasBlock(Ulid ulid)
    {
        foreach (var lease in Blocks)
        {
            if (lease.Block.Ulid == ulid)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a ULID is that of a head or a block.</summary>
    public bool Has(Ulid ulid) => HasBlock(ulid) || Heads.Any(head => head.Ulid == ulid);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var lease in Blocks)
        {
            lease.Dispose();
        }
    }
}
