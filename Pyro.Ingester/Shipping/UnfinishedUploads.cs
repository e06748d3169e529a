using Pyro.Blocks.Meta;
using Pyro.Ingester.Head;
using Pyro.ObjectStore;

namespace Pyro.Ingester.Shipping;

/// <summary>
/// Removes from the bucket, at start and hourly, what is left of blocks whose shipping a crash broke off: their files are shipped again, under
/// uploads of their own. Of each tenant that this process has anything of.
/// </summary>
/// <param name="heads">Knows the tenants.</param>
/// <param name="store">The bucket.</param>
/// <param name="time">Clock.</param>
/// <param name="logger">Told what was removed, and once why it cannot be.</param>
public sealed class UnfinishedUploads(HeadStore heads, IObjectStore store, TimeProvider time, ILogger<UnfinishedUploads> logger)
{
    private static readonly TimeSpan Every = TimeSpan.FromHours(1);

    private bool _told;

    /// <summary>Removes them at once, and hourly until it is cancelled.</summary>
    public async Task Run(CancellationToken cancellation)
    {
        while (true)
        {
            await Remove(cancellation);
            await Task.Delay(Every, time, cancellation);
        }
    }

    /// <summary>Removes them once.</summary>
    public async Task Remove(CancellationToken cancellation)
    {
        foreach (var tenant in heads.Tenants)
        {
            try
            {
                if (await store.RemoveUnfinished(BlockPaths.Folder(tenant), cancellation) is > 0 and var removed)
                {
                    logger.LogInformation("Removed {Count} uploads of {Tenant} from the bucket that were begun more than a day ago and never finished", removed, tenant);
                }
            }
            catch (ObjectStoreException e) when (e.Fault is StoreFault.Denied or StoreFault.Misconfigured)
            {
                // Nor can it be asked for the others.
                if (!_told)
                {
                    _told = true;
                    logger.LogWarning("Uploads that were never finished cannot be looked for in the bucket, and stay there until its own rules remove them: {Error}", e.Message);
                }

                return;
            }
            catch (ObjectStoreException)
            {
                // A bucket that is away or busy tells of it elsewhere; the next hour is soon enough.
            }
        }
    }
}
