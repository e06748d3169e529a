using Pyro.Blocks.Buckets;
using Pyro.Configuration;
using Pyro.ObjectStore;

namespace Pyro.Query;

/// <summary>How the query side is set up.</summary>
public sealed record QueryOptions
{
    /// <summary>Of profiles younger than this store-gateways are asked only for blocks that no ingester has; zero: they are asked about any time.</summary>
    public TimeSpan StoreAfter { get; init; }

    /// <summary>Profiles older than this are not asked of ingesters; zero: they are asked about any time.</summary>
    public TimeSpan IngestersWithin { get; init; }

    /// <summary>A look at the bucket that is not older has every block that ingesters do not have any more.</summary>
    public TimeSpan LookLasts { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How long a block that is marked as deleted is still served.</summary>
    public TimeSpan MarkDelay { get; init; }

    /// <summary>The bucket.</summary>
    public ObjectStoreOptions Bucket { get; init; } = new();

    /// <summary>Takes the options out of the settings.</summary>
    public static QueryOptions From(Settings settings) => new()
    {
        StoreAfter = settings.Duration("querier.query_store_after"),
        IngestersWithin = settings.Duration("querier.query_ingesters_within"),
        LookLasts = settings.Duration("store_gateway.bucket_store.sync_interval") is var interval && interval > BucketView.Fresh ? interval : BucketView.Fresh,
        MarkDelay = settings.Duration("store_gateway.bucket_store.ignore_deletion_mark_delay"),
        Bucket = ObjectStoreOptions.From(settings),
    };

    /// <summary>Every fault, one line each; none: the options can be used.</summary>
    public IReadOnlyList<string> Faults() => Bucket.Faults();
}
