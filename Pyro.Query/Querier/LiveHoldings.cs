using Google.Protobuf;
using Google.Protobuf.Collections;
using Grpc.Core;
using Pyro.Api.Peers;
using Pyro.Blocks.Answers;
using Pyro.Blocks.Meta;

namespace Pyro.Query.Querier;

/// <summary>
/// Chooses among all that is held what together has every row: a block that was made of others stands for them, a split whose parts are not all there
/// does not count as long as what it was made of is there, and what several have is taken from the first.
/// </summary>
public static class LiveHoldings
{
    /// <summary>The holdings to answer from.</summary>
    /// <param name="described">What holders say they have, without series; ingesters first.</param>
    /// <param name="bucket">The blocks of the bucket that touch the range: each must be there, or what was made of it.</param>
    /// <exception cref="RpcException">unavailable: a block of the bucket is held by nobody.</exception>
    public static List<Described> Choose(IEnumerable<Described> described, IReadOnlyList<BlockMeta> bucket)
    {
        var held = new Dictionary<ByteString, Described>();
        foreach (var one in described)
        {
            // One that cannot be read is done without when another holder can.
            if (!held.TryAdd(one.Holding.Ulid, one) && held[one.Holding.Ulid].Holding.Fault.Length > 0) held[one.Holding.Ulid] = one;
        }

        var served = held.Keys.ToHashSet();
        DropIncompleteSplits(held);
        var successors = held.Values.Where(static d => d.Holding.Level > 1)
            .SelectMany(static d => d.Holding.Sources.Select(source => (source, d)))
            .ToLookup(static p => p.source, static p => p.d);
        foreach (var block in bucket)
        {
            if (!served.Contains(WireIds.Bytes(block.Id)) && !IsSucceeded(WireIds.Bytes(block.Id), (uint)Math.Max(0, block.Compaction.Level), [.. block.Compaction.Sources.Select(WireIds.Bytes)], successors))
                throw new RpcException(new Status(StatusCode.Unavailable, $"block {block.Id} of the bucket is served by nobody"));
        }

        return [.. held.Values.Where(d => !IsSucceeded(d.Holding.Ulid, d.Holding.Level, d.Holding.Sources, successors))];
    }

    /// <summary>Whether rows of two holdings may be of the same times, within a range.</summary>
    public static bool Overlap(Described a, Described b, Api.Peers.Range? range) =>
        a.Holding.Range is not { } x || b.Holding.Range is not { } y
        || Math.Max(Math.Max(x.Start, y.Start), range?.Start ?? long.MinValue) <= Math.Min(Math.Min(x.End, y.End), range?.End ?? long.MaxValue);

    // A block of a higher level that has all its sources.
    private static bool IsSucceeded(ByteString ulid, uint level, RepeatedField<ByteString> sources, ILookup<ByteString, Described> successors)
    {
        foreach (var successor in successors[sources.Count > 0 ? sources[0] : ulid])
        {
            if (successor.Holding.Level > level && successor.Holding.Ulid != ulid && sources.All(successor.Holding.Sources.Contains)) return true;
        }

        return false;
    }

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
