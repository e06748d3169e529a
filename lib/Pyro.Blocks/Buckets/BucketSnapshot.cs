using Pyro.Blocks.Meta;

namespace Pyro.Blocks.Buckets;

/// <summary>What a tenant has in the bucket, as it stood at one moment.</summary>
/// <param name="Blocks">Complete blocks that are not marked as deleted for long, ascending by ULID.</param>
/// <param name="Damaged">Blocks whose meta.json cannot be read, and why: it is damaged, or of a version that is not known.</param>
/// <param name="Marked">Blocks marked as deleted, and since when; those marked for long are not among <paramref name="Blocks"/>.</param>
/// <param name="Taken">When the bucket was listed.</param>
/// <param name="Stamp">The same on the clock that does not jump.</param>
public sealed record BucketSnapshot(
    IReadOnlyList<BlockMeta> Blocks,
    IReadOnlyDictionary<Ulid, IOException> Damaged,
    IReadOnlyDictionary<Ulid, DateTimeOffset> Marked,
    DateTimeOffset Taken,
    long Stamp)
{
    /// <summary>Whether there is nothing of the tenant.</summary>
    public bool IsEmpty => Blocks.Count == 0 && Damaged.Count == 0 && Marked.Count == 0;

    /// <summary>Whether a block is known, readable or not.</summary>
    public bool Knows(Ulid block) => Damaged.ContainsKey(block) || Marked.ContainsKey(block) || Blocks.Any(b => b.Id == block);
}
