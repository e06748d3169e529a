using Google.Protobuf;
using Google.Protobuf.Collections;
using Pyro.Api.Peers;
using Pyro.Blocks.Answers;
using Pyro.Blocks.Meta;
using Pyro.Ring;

namespace Pyro.Query.Querier;

/// <summary>
/// What of all that is held together has every row: a block that was made of others stands for them, a split whose parts are not all there
/// does not count as long as what it was made of is there, and what several have is taken from the first. What cannot be read is done without.
/// </summary>
public sealed class LiveHoldings
{
    private LiveHoldings(List<Described> holdings, List<LackingBlock> lacking) => (Holdings, Lacking) = (holdings, lacking);

    /// <summary>The holdings to answer from.</summary>
    public List<Described> Holdings { get; }

    /// <summary>Blocks whose rows are in none of them.</summary>
    public IReadOnlyList<LackingBlock> Lacking { get; }

    /// <summary>Chooses.</summary>
    /// <param name="described">What holders say they have; ingesters first.</param>
    /// <param name="bucket">The blocks of the bucket that touch the range: each must be there, or what was made of it.</param>
    /// <param name="mayLose">Whether some holders can be done without, since what they took in others have as well.</param>
    public static LiveHoldings Choose(IEnumerable<Described> described, QueryBlocks bucket, Func<IReadOnlyCollection<RingMember>, bool> mayLose)
    {
        var held = new Dictionary<ByteString, Described>();
        foreach (var one in described)
        {
            // One that cannot be read is done without when another holder can.
            if (!held.TryAdd(one.Holding.Ulid, one) && held[one.Holding.Ulid].Holding.Fault.Length > 0) held[one.Holding.Ulid] = one;
        }

        var served = held.Keys.ToHashSet();
        var damaged = held.Values.Where(static d => d.Holding.Fault.Length > 0).ToList();
        damaged.ForEach(d => held.Remove(d.Holding.Ulid));
        DropIncompleteSplits(held);
        var successors = held.Values.Where(static d => d.Holding.Level > 1)
            .SelectMany(static d => d.Holding.Sources.Select(source => (source, d)))
            .ToLookup(static p => p.source, static p => p.d);
        var lacking = Unserved(bucket, served, successors).ToList();
        lacking.AddRange(Damaged(damaged, held, successors, bucket, mayLose));
        return new LiveHoldings([.. held.Values.Where(d => !IsSucceeded(d.Holding.Ulid, d.Holding.Level, d.Holding.Sources, successors))], lacking);
    }

    /// <summary>Whether rows of two holdings may be of the same times, within a range.</summary>
    public static bool Overlap(Described a, Described b, Api.Peers.Range? range) =>
        a.Holding.Range is not { } x || b.Holding.Range is not { } y
        || Math.Max(Math.Max(x.Start, y.Start), range?.Start ?? long.MinValue) <= Math.Min(Math.Min(x.End, y.End), range?.End ?? long.MaxValue);

    private static IEnumerable<LackingBlock> Unserved(QueryBlocks bucket, HashSet<ByteString> served, ILookup<ByteString, Described> successors)
    {
        foreach (var block in bucket.Blocks)
        {
            var ulid = WireIds.Bytes(block.Id);
            if (!served.Contains(ulid) && !IsSucceeded(ulid, (uint)Math.Max(0, block.Compaction.Level), [.. block.Compaction.Sources.Select(WireIds.Bytes)], successors))
                yield return new LackingBlock(block.Id, LackReason.Unserved, "is in the bucket and served by nobody");
        }

        foreach (var (block, fault) in bucket.Damaged)
        {
            var ulid = WireIds.Bytes(block);
            if (!served.Contains(ulid) && !successors.Contains(ulid)) yield return new LackingBlock(block, LackReason.Damaged, fault);
        }
    }

    private static IEnumerable<LackingBlock> Damaged(
        List<Described> damaged,
        Dictionary<ByteString, Described> held,
        ILookup<ByteString, Described> successors,
        QueryBlocks bucket,
        Func<IReadOnlyCollection<RingMember>, bool> mayLose)
    {
        var needed = damaged.Where(d => !IsSucceeded(d.Holding.Ulid, d.Holding.Level, d.Holding.Sources, successors) && !IsMadeOf(d, held.Values)).ToList();
        var stored = bucket.Blocks.Select(static b => WireIds.Bytes(b.Id)).ToHashSet();
        // What an ingester took in other replicas took in, too, as long as not too many have lost it; of what is stored nobody knows.
        var local = needed.FindAll(d => !stored.Contains(d.Holding.Ulid) && !d.Holding.Unsupported);
        if (local.Count > 0 && mayLose([.. local.Select(static d => d.Holder).Distinct()])) needed.RemoveAll(local.Contains);
        return needed.Select(static d => new LackingBlock(
            new Ulid(d.Holding.Ulid.Span), d.Holding.Unsupported ? LackReason.Unsupported : LackReason.Damaged, d.Holding.Fault));
    }

    // A block of a higher level that has all its sources.
    private static bool IsSucceeded(ByteString ulid, uint level, RepeatedField<ByteString> sources, ILookup<ByteString, Described> successors)
    {
        foreach (var successor in successors[sources.Count > 0 ? sources[0] : ulid])
        {
            if (successor.Holding.Level > level && successor.Holding.Ulid != ulid && sources.All(successor.Holding.Sources.Contains)) return true;
        }

        return false;
    }

    // What it was made of is still there.
    private static bool IsMadeOf(Described block, IReadOnlyCollection<Described> held) => block.Holding.Sources.All(source => held.Any(h =>
        (h.Holding.Ulid == source || h.Holding.Sources.Contains(source)) && (h.Holding.Shard is not { Count: > 1 } shard || shard.Equals(block.Holding.Shard))))
        && block.Holding.Sources.Count > 0;

    private static void DropIncompleteSplits(Dictionary<ByteString, Described> held)
    {
        var splits = held.Values.Where(static d => d.Holding.Shard is { Count: > 1 })
            .GroupBy(static d => (d.Holding.Level, d.Holding.Shard.Count, Sources: string.Join(',', d.Holding.Sources.Select(static s => s.ToBase64()).Order(StringComparer.Ordinal))))
            .ToList();
        foreach (var split in splits)
        {
            if ((ulong)split.Select(static d => d.Holding.Shard.Index).Distinct().Count() == split.Key.Count) continue;
            var parts = split.ToList();
            var others = held.Values.Except(parts).Where(static d => d.Holding.Shard is not { Count: > 1 }).ToList();
            // An empty part is not written: when nothing else is left of the sources, what is there is all.
            if (parts[0].Holding.Sources.All(source => others.Exists(o => o.Holding.Ulid == source || o.Holding.Sources.Contains(source))))
                parts.ForEach(part => held.Remove(part.Holding.Ulid));
        }
    }
}
