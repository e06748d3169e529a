using Pyro.Blocks.Buckets;
using Pyro.Ingester.Head;
using Pyro.ObjectStore;

namespace Pyro.Ingester.Shipping;

/// <summary>How long blocks stay on the local disk.</summary>
public sealed record RetentionOptions
{
    /// <summary>Age, by the block's name, from which a local block may go.</summary>
    public TimeSpan Keep { get; init; } = TimeSpan.FromHours(6);

    /// <summary>Time after which every store-gateway has seen a block that is in the bucket.</summary>
    public TimeSpan SeenAfter { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Time between looks.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Bytes that shall stay free: blocks go before their time for it.</summary>
    public long FreeBytes { get; init; } = 10L << 30;

    /// <summary>Never removes a block, neither by age nor for want of space; as in Pyroscope.</summary>
    public bool IsOff { get; init; }

    /// <summary>Two looks of those who look once an interval, and never less than two of those who are asked all the time.</summary>
    public static TimeSpan SeenBy(TimeSpan interval) => 2 * (interval > BucketView.Fresh ? interval : BucketView.Fresh);
}

/// <summary>
/// Removes local blocks that are old, or for which the disk has no room: only those that the bucket still has, for so long that every
/// reader has seen them there, and of which the log has nothing any more, lest a replay bring them back. So it removes those that cannot be read, too.
/// </summary>
public sealed class LocalRetention(
    HeadStore heads, Shipper shipper, BucketCopies copies, UnreadableBlocks unreadable, LocalFolders folders, DiskSpace space, RetentionOptions options, BlockMetrics metrics, TimeProvider time,
    ILogger<LocalRetention> logger)
{
    /// <summary>Removes what is due until it is cancelled.</summary>
    public async Task Run(CancellationToken cancellation)
    {
        while (true)
        {
            await Task.Delay(options.Interval, time, cancellation);
            await RemoveDue(cancellation);
        }
    }

    /// <summary>Removes what is due now.</summary>
    public async Task RemoveDue(CancellationToken cancellation)
    {
        if (options.IsOff)
        {
            return;
        }

        var held = heads.Tenants.Select(heads.Held).ToList();
        var blocks = held.SelectMany(static h => h.Blocks).Concat(held.SelectMany(static h => h.Unreadable)).OrderBy(static b => b.Ulid).ToList();
        // What lies in the data path is summed up for it: once a round, and again when something went.
        bool? isShort = null;
        foreach (var block in blocks)
        {
            cancellation.ThrowIfCancellationRequested();
            // A block may be named after a time that has not come yet, when the clock went back.
            var isOld = time.GetUtcNow() - block.Ulid.Time >= options.Keep || shipper.ConfirmedFor(block.Ulid) >= options.Keep;
            try
            {
                if ((isOld || (isShort ??= space.IsShort())) && await MayGo(block, cancellation))
                {
                    Remove(block, isOld ? "age" : "disk");
                    isShort = null;
                }
            }
            catch (Exception e) when (e is ObjectStoreException or IOException or UnauthorizedAccessException)
            {
                logger.LogWarning("Local block {Ulid} of {Tenant} stays: {Error}", block.Ulid, block.Tenant, e.Message);
            }
        }
    }

    private async ValueTask<bool> MayGo(LocalBlock block, CancellationToken cancellation)
    {
        if (shipper.ConfirmedFor(block.Ulid) is not { } confirmed)
        {
            // One that cannot be read nobody else asks for: it cannot be shipped.
            if (block.Block.IsMetaAssumed && await copies.Has(block, cancellation))
            {
                shipper.Confirm(block);
            }

            return false;
        }

        if (confirmed < options.SeenAfter || unreadable.IsLogged(block.Ulid))
        {
            return false;
        }

        if (await copies.Has(block, cancellation))
        {
            return true;
        }

        if (block.Block.IsMetaAssumed)
        {
            shipper.Forget(block);
            return false;
        }

        logger.LogWarning("Block {Ulid} of {Tenant} is not in the bucket any more; it stays, and is shipped again", block.Ulid, block.Tenant);
        shipper.Lost(block);
        return false;
    }

    private void Remove(LocalBlock block, string reason)
    {
        heads.Of(block.Tenant).Remove(block);
        shipper.Forget(block);
        block.Block.Retire(() => RemoveFiles(block, reason));
    }

    // When the last query that reads it is done.
    private void RemoveFiles(LocalBlock block, string reason)
    {
        try
        {
            folders.Remove(block.Tenant, block.Ulid);
            metrics.Removed(reason);
            logger.LogInformation("Removed local block {Ulid} of {Tenant} ({Reason}); the bucket has it", block.Ulid, block.Tenant, reason);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            logger.LogWarning(e, "Local block {Ulid} of {Tenant} could not be removed; it is taken up again by the next start", block.Ulid, block.Tenant);
        }
    }
}
