using Microsoft.Extensions.Logging;
using Pyro.Api.Peers;
using Pyro.Blocks.Buckets;
using Pyro.Blocks.Meta;
using Pyro.ObjectStore;

namespace Pyro.Query.Querier;

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
    // Ingesters serve a block for hours after it was shipped: a look need not be of this very moment.
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ReportInterval = TimeSpan.FromMinutes(1);
    private DateTimeOffset _reported;

    /// <summary>The blocks of a tenant that the bucket is asked for of a range; null: any time.</summary>
    public ValueTask<IReadOnlyList<BlockMeta>> Blocks(string tenant, Api.Peers.Range? range, CancellationToken cancel) =>
        range is not null && options.StoreAfter > TimeSpan.Zero && range.Start > (time.GetUtcNow() - options.StoreAfter).ToUnixTimeMilliseconds()
            ? ValueTask.FromResult<IReadOnlyList<BlockMeta>>([])
            : All(tenant, range, cancel);

    /// <summary>The blocks of a tenant in the bucket that may have rows in a range; null: any time.</summary>
    public async ValueTask<IReadOnlyList<BlockMeta>> All(string tenant, Api.Peers.Range? range, CancellationToken cancel)
    {
        BucketSnapshot? snapshot;
        try
        {
            snapshot = await view.Of(tenant, Fresh, cancel);
        }
        catch (ObjectStoreException e)
        {
            // What was there when it was seen last is still needed. When it was never seen, ingesters answer for what they have.
            snapshot = view.Last(tenant);
            Report(tenant, e);
        }

        return snapshot is null ? [] : range is null ? snapshot.Blocks : [.. snapshot.Blocks.Where(b => b.MinTime <= range.End && b.MaxTime >= range.Start)];
    }

    private void Report(string tenant, ObjectStoreException e)
    {
        var now = time.GetUtcNow();
        if (now - _reported < ReportInterval) return;
        _reported = now;
        logger.LogWarning("Queries of tenant {Tenant} may miss blocks, since the bucket cannot be listed: {Reason}", tenant, e.Message);
    }
}
