using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Pyro.Blocks.Buckets;
using Pyro.Blocks.Meta;
using Pyro.ObjectStore;

namespace Pyro.Query.Querier;

/// <summary>What of the bucket a query has to be answered from.</summary>
/// <param name="Blocks">The blocks whose time it touches.</param>
/// <param name="Damaged">Blocks of which nobody knows what they have, since their meta.json cannot be read, and why.</param>
/// <param name="IsUnseen">There may be others: the bucket cannot be listed, and was not for so long that ingesters may not have them any more.</param>
public sealed record QueryBlocks(IReadOnlyList<BlockMeta> Blocks, IReadOnlyDictionary<Ulid, string> Damaged, bool IsUnseen)
{
    /// <summary>Nothing.</summary>
    public static QueryBlocks None { get; } = new([], new Dictionary<Ulid, string>(), IsUnseen: false);
}

/// <summary>
/// Which blocks of the bucket a query has to be answered from: those whose time it touches. Known by looking at the bucket, so that a block
/// that nobody serves is missed.
/// </summary>
/// <param name="view">The bucket.</param>
/// <param name="options">Which times are asked of whom.</param>
/// <param name="time">Clock.</param>
/// <param name="logger">Told when the bucket cannot be read.</param>
public sealed class QueryBucket(BucketView view, QueryOptions options, TimeProvider time, ILogger<QueryBucket> logger)
{
    private static readonly TimeSpan ReportInterval = TimeSpan.FromMinutes(1);
    // Store-gateways look that often, a fifth more or less.
    private readonly TimeSpan _settling = options.LookLasts * 1.2;
    private readonly ConcurrentDictionary<string, Dictionary<Ulid, DateTimeOffset>> _since = new(StringComparer.Ordinal);
    private DateTimeOffset _reported;

    /// <summary>The blocks of a tenant that the bucket is asked for of a range.</summary>
    /// <param name="tenant">Whose.</param>
    /// <param name="range">The range; null: any time.</param>
    /// <param name="unserved">Blocks that nobody serves: the bucket is looked at again, for they may have been removed.</param>
    /// <param name="cancel">Gives up.</param>
    public ValueTask<QueryBlocks> Blocks(string tenant, Api.Peers.Range? range, IReadOnlyCollection<Ulid> unserved, CancellationToken cancel)
    {
        if (range is not null && options.StoreAfter > TimeSpan.Zero && range.Start > (time.GetUtcNow() - options.StoreAfter).ToUnixTimeMilliseconds())
            return ValueTask.FromResult(QueryBlocks.None);
        view.Doubt(tenant, unserved);
        return Look(tenant, range, unserved.Count > 0 ? TimeSpan.Zero : BucketView.Fresh, cancel);
    }

    /// <summary>
    /// The blocks of a tenant in the bucket that may have rows in a range (null: any time) and that every store-gateway has seen by now: those
    /// that were there when this was first asked, and those that have been there for as long as a store-gateway takes to look again.
    /// </summary>
    public async ValueTask<IReadOnlyList<BlockMeta>> Settled(string tenant, Api.Peers.Range? range, CancellationToken cancel)
    {
        var all = (await Look(tenant, null, BucketView.Fresh, cancel)).Blocks;
        var isFirst = false;
        var since = _since.GetOrAdd(tenant, _ =>
        {
            isFirst = true;
            return [];
        });
        lock (since)
        {
            var now = time.GetUtcNow();
            foreach (var gone in since.Keys.Except(all.Select(static b => b.Id)).ToList()) since.Remove(gone);
            foreach (var block in all) since.TryAdd(block.Id, isFirst ? DateTimeOffset.MinValue : now);
            return [.. all.Where(b => now - since[b.Id] >= _settling && (range is null || (b.MinTime <= range.End && b.MaxTime >= range.Start)))];
        }
    }

    private async ValueTask<QueryBlocks> Look(string tenant, Api.Peers.Range? range, TimeSpan oldest, CancellationToken cancel)
    {
        BucketSnapshot? snapshot;
        try
        {
            snapshot = await view.Soon(tenant, oldest, cancel);
        }
        catch (ObjectStoreException e)
        {
            // What was there when it was seen last is still needed, and ingesters answer for what they have.
            snapshot = view.Last(tenant);
            Report(tenant, e);
        }

        if (snapshot is null) return QueryBlocks.None with { IsUnseen = true };
        var blocks = range is null ? snapshot.Blocks : [.. snapshot.Blocks.Where(b => b.MinTime <= range.End && b.MaxTime >= range.Start)];
        return new QueryBlocks(blocks, snapshot.Damaged, IsUnseen: view.AgeOf(snapshot) > options.LookLasts);
    }

    private void Report(string tenant, ObjectStoreException e)
    {
        var now = time.GetUtcNow();
        if (now - _reported < ReportInterval) return;
        _reported = now;
        logger.LogWarning("Queries of tenant {Tenant} may miss blocks, since the bucket cannot be listed: {Reason}", tenant, e.Message);
    }
}
