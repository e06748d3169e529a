using Pyro.Configuration;
using Pyro.ObjectStore;

namespace Pyro.StoreGateway;

/// <summary>How a store-gateway is set up (<c>store_gateway.bucket_store</c> and <c>storage</c>).</summary>
public sealed record StoreGatewayOptions
{
    /// <summary>Folder of what is kept of the bucket over a restart.</summary>
    public required string SyncDirectory { get; init; }

    /// <summary>Time between two looks at all tenants.</summary>
    public TimeSpan SyncInterval { get; init; }

    /// <summary>Tenants looked at at a time.</summary>
    public int TenantConcurrency { get; init; }

    /// <summary>How long a block that is marked as deleted is still served.</summary>
    public TimeSpan MarkDelay { get; init; }

    /// <summary>The bucket.</summary>
    public required ObjectStoreOptions Bucket { get; init; }

    /// <summary>Takes the options out of the settings.</summary>
    public static StoreGatewayOptions From(Settings settings) => new()
    {
        SyncDirectory = settings.Text("store_gateway.bucket_store.sync_dir"),
        SyncInterval = settings.Duration("store_gateway.bucket_store.sync_interval"),
        TenantConcurrency = (int)settings.Integer("store_gateway.bucket_store.tenant_sync_concurrency"),
        MarkDelay = settings.Duration("store_gateway.bucket_store.ignore_deletion_mark_delay"),
        Bucket = ObjectStoreOptions.From(settings),
    };

    /// <summary>Every fault, one line each; none: the options can be used.</summary>
    public IReadOnlyList<string> Faults()
    {
        var faults = new List<string>(Bucket.Faults());
        if (SyncDirectory.Length == 0 || SyncDirectory.Contains('\0'))
            faults.Add("store_gateway.bucket_store.sync_dir (-blocks-storage.bucket-store.sync-dir) must be the name of a folder");
        if (SyncInterval <= TimeSpan.Zero)
            faults.Add("store_gateway.bucket_store.sync_interval (-blocks-storage.bucket-store.sync-interval) must be more than 0");
        if (TenantConcurrency < 1)
            faults.Add("store_gateway.bucket_store.tenant_sync_concurrency (-blocks-storage.bucket-store.tenant-sync-concurrency) must be at least 1");
        return faults;
    }
}
