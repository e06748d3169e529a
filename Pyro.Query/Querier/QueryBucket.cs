using Microsoft.Extensions.Logging;
using Pyro.Blocks.Buckets;
using Pyro.Blocks.Meta;
using Pyro.ObjectStore;

namespace Pyro.Query.Querier;

/// <summary>What of the bucket a query has to be answered from.</summary>
/// <param name="Blocks">The blocks whose time it touches.</param>
/// <param name="Damaged">Blocks of which nobody knows what they have, since their meta.json cannot be read, and why.</param>
/// <param name="IsUnseen">There may be others: the bucket cannot be listed, and was not for so long that ingesters may not have them any more.</param>
public sealed record QueryBlocks(IReadOnlyList<BlockMeta> Blocks, IReadOnlyDictionary<Ulid, IOException> Damaged, bool IsUnseen)
{
    /// <summary>Nothing.</summary>
    public static QueryBlocks None { get; } = new([], new Dictionary<Ulid, IOException>(), IsUnseen: false);

    /// <summary>They are so young that ingesters should have them: the store-gateway is asked for what they lack only.</summary>
    public bool IsLeftToIngesters { get; init; }
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
    private readonly TenantEntries<SeenBlocks> _seen = new(static seen => seen.IsEmpty);
    private readonly Lock _reporting = new();
    private long? _reported;

    /// <summary>Tenants of which it is kept which blocks were seen.</summary>
    public int Kept => _seen.Count;

    /// <summary>The blocks of a tenant that the bucket is asked for of a range.</summary>
    /// <param name="tenant">Whose.</param>
    /// <param name="range">The range; null: any time.</param>
    /// <param name="unserved">Blocks that nobody serves: the bucket is looked at again, for they may have been removed.</param>
    /// <param name="cancel">Gives up.</param>
    public async ValueTask<QueryBlocks> Blocks(string tenant, Api.Peers.Range? range, IReadOnlyCollection<Ulid> unserved, CancellationToken cancel)
    {
        view.Doubt(tenant, unserved);
        if (await See(tenant, unserved.Count > 0 ? TimeSpan.Zero : BucketView.Fresh, cancel) is not { } snapshot) return QueryBlocks.None with { IsUnseen = true };
        return new QueryBlocks([.. snapshot.Blocks.Where(b => Touches(b, range))], snapshot.Damaged, IsUnseen: view.AgeOf(snapshot) > options.LookLasts)
        {
            IsLeftToIngesters = unserved.Count == 0 && range is not null && options.StoreAfter > TimeSpan.Zero
                && range.Start > (time.GetUtcNow() - options.StoreAfter).ToUnixTimeMilliseconds(),
        };
    }

    /// <summary>
    /// The blocks of a tenant in the bucket that may have rows in a range (null: any time) and that every store-gateway has seen by now: those
    /// that were there when this was first asked, and those that have been there for as long as a store-gateway takes to look again.
    /// </summary>
    public async ValueTask<IReadOnlyList<BlockMeta>> Settled(string tenant, Api.Peers.Range? range, CancellationToken cancel)
    {
        if (await See(tenant, BucketView.Fresh, cancel) is not { } snapshot) return [];
        var seen = _seen.Of(tenant);
        lock (seen)
        {
            return [.. seen.Settle(snapshot.Blocks, _settling, time).Where(b => Touches(b, range))];
        }
    }

    // What was seen last when it cannot be seen now: that is still needed, and ingesters answer for what they have. Null: nothing was seen yet.
    private async ValueTask<BucketSnapshot?> See(string tenant, TimeSpan oldest, CancellationToken cancel)
    {
        try
        {
            return await view.Soon(tenant, oldest, cancel);
        }
        catch (ObjectStoreException e)
        {
            Report(tenant, e);
            return view.Last(tenant);
        }
    }

    private static bool Touches(BlockMeta block, Api.Peers.Range? range) => range is null || (block.MinTime <= range.End && block.MaxTime >= range.Start);

    private void Report(string tenant, ObjectStoreException e)
    {
        lock (_reporting)
        {
            if (_reported is { } last && time.GetElapsedTime(last) < ReportInterval) return;
            _reported = time.GetTimestamp();
        }

        logger.LogWarning("Queries of tenant {Tenant} may miss blocks, since the bucket cannot be listed: {Reason}", tenant, e.Message);
    }

    /// <summary>Since when a tenant's blocks have been seen, on the clock that does not jump; null: they were there before. Under its lock.</summary>
    private sealed class SeenBlocks
    {
        private readonly Dictionary<Ulid, long?> _since = [];
        private bool _isAsked;

        /// <summary>Whether none was seen. May be asked at any time.</summary>
        public bool IsEmpty => _since.Count == 0;

        public IEnumerable<BlockMeta> Settle(IReadOnlyList<BlockMeta> blocks, TimeSpan settling, TimeProvider time)
        {
            long? now = _isAsked ? time.GetTimestamp() : null;
            _isAsked = true;
            foreach (var gone in _since.Keys.Except(blocks.Select(static b => b.Id)).ToList()) _since.Remove(gone);
            foreach (var block in blocks) _since.TryAdd(block.Id, now);
            return blocks.Where(b => _since[b.Id] is not { } since || time.GetElapsedTime(since) >= settling);
        }
    }
}
