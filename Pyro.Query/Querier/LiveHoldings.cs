using Google.Protobuf;
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
        DropFirstSplits(held);
        var successors = Successors(held.Values);
        var lacking = Unserved(bucket, served, held.Values, successors).ToList();
        lacking.AddRange(Damaged(damaged, held.Values, successors, bucket, mayLose));
        var live = held.Values.Where(d => !IsSucceeded(d.Holding, successors)).ToList();
        return new LiveHoldings(DropIncompleteSplits(live), lacking);
    }

    /// <summary>Whether rows of two holdings may be of the same times, within a range.</summary>
    public static bool Overlap(Described a, Described b, Api.Peers.Range? range) =>
        a.Holding.Range is not { } x || b.Holding.Range is not { } y
        || Math.Max(Math.Max(x.Start, y.Start), range?.Start ?? long.MinValue) <= Math.Min(Math.Min(x.End, y.End), range?.End ?? long.MaxValue);

    private static IEnumerable<LackingBlock> Unserved(
        QueryBlocks bucket, HashSet<ByteString> served, IReadOnlyCollection<Described> held, ILookup<ByteString, Holding> successors)
    {
        foreach (var block in bucket.Blocks)
        {
            var holding = HoldingOf(block);
            if (!served.Contains(holding.Ulid) && !IsSucceeded(holding, successors) && !IsMadeOf(holding, held))
                yield return new LackingBlock(block.Id, LackReason.Unserved, "is in the bucket and served by nobody");
        }

        foreach (var (block, fault) in bucket.Damaged)
        {
            var ulid = WireIds.Bytes(block);
            if (!served.Contains(ulid) && !successors.Contains(ulid)) yield return LackingBlock.Of(block, fault);
        }
    }

    private static IEnumerable<LackingBlock> Damaged(
        List<Described> damaged,
        IReadOnlyCollection<Described> held,
        ILookup<ByteString, Holding> successors,
        QueryBlocks bucket,
        Func<IReadOnlyCollection<RingMember>, bool> mayLose)
    {
        var needed = damaged.Where(d => !IsSucceeded(d.Holding, successors) && !IsMadeOf(d.Holding, held)).ToList();
        var stored = bucket.Blocks.Select(static b => WireIds.Bytes(b.Id)).ToHashSet();
        // What an ingester took in other replicas took in, too, as long as not too many have lost it; of what is stored nobody knows.
        var local = needed.FindAll(d => !stored.Contains(d.Holding.Ulid) && d.Holding.UnsupportedVersion == 0);
        if (local.Count > 0 && mayLose([.. local.Select(static d => d.Holder).Distinct()])) needed.RemoveAll(local.Contains);
        return needed.Select(static d => LackingBlock.Of(d.Holding));
    }

    // What it was made of is still there.
    private static bool IsMadeOf(Holding block, IReadOnlyCollection<Described> held) => block.Sources.Count > 0 && block.Sources.All(source => held.Any(h =>
        (h.Holding.Ulid == source || h.Holding.Sources.Contains(source)) && (!IsPart(h.Holding) || h.Holding.Shard.Equals(block.Shard))));

    private static Holding HoldingOf(BlockMeta meta)
    {
        var holding = new Holding
        {
            Ulid = WireIds.Bytes(meta.Id),
            Level = (uint)Math.Max(0, meta.Compaction.Level),
            Sources = { meta.Compaction.Sources.Select(WireIds.Bytes) },
        };
        if (WireIds.ShardOf(meta.ShardId) is { } shard) holding.Shard = shard;
        return holding;
    }

    private static ILookup<ByteString, Holding> Successors(IEnumerable<Described> held) => held.Where(static d => d.Holding.Level > 1)
        .SelectMany(static d => d.Holding.Sources.Select(source => (source, d.Holding)))
        .ToLookup(static p => p.source, static p => p.Holding);

    // Of what was made of it: the same part of a split, or all parts of one, or what is no part.
    private static bool IsSucceeded(Holding old, ILookup<ByteString, Holding> successors)
    {
        var parts = new HashSet<(ulong Count, ulong Index)>();
        foreach (var successor in successors[old.Sources.Count > 0 ? old.Sources[0] : old.Ulid])
        {
            if (successor.Level <= old.Level || successor.Ulid == old.Ulid || !old.Sources.All(successor.Sources.Contains)) continue;
            if (!IsPart(successor)) return true;
            if (IsPart(old))
            {
                if (successor.Shard.Equals(old.Shard)) return true;
                continue;
            }

            parts.Add((successor.Shard.Count, successor.Shard.Index));
            if ((ulong)parts.Count(p => p.Count == successor.Shard.Count) == successor.Shard.Count) return true;
        }

        return false;
    }

    private static bool IsPart(Holding holding) => holding.Shard is { Count: > 1 };

    // The first parts of a split are made of few blocks each and wait to be merged; as long as all these blocks are there, they answer.
    private static void DropFirstSplits(Dictionary<ByteString, Described> held)
    {
        bool IsThere(ByteString source) => held.TryGetValue(source, out var one) && !IsPart(one.Holding);

        foreach (var part in held.Values.Where(static d => d.Holding.Level <= 2 && IsPart(d.Holding)).ToList())
        {
            if (part.Holding.Sources.All(source => source != part.Holding.Ulid && IsThere(source))) held.Remove(part.Holding.Ulid);
        }
    }

    // A part of a split counts as long as what it was made of is not there: that would not be, were the split whole. An empty part is not written.
    private static List<Described> DropIncompleteSplits(List<Described> live)
    {
        var unsplit = live.Where(static d => !IsPart(d.Holding)).SelectMany(static d => d.Holding.Sources.Append(d.Holding.Ulid)).ToHashSet();
        return live.FindAll(d => !IsPart(d.Holding) || !d.Holding.Sources.All(unsplit.Contains));
    }
}
