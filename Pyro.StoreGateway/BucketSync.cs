using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Pyro.Blocks.Buckets;
using Pyro.ObjectStore;

namespace Pyro.StoreGateway;

/// <summary>
/// Tries the bucket at start, until it works, and tells what is wrong with it; looks at every tenant, at start and once an interval, so that the
/// first question about one finds its blocks known. A bucket that can only be read is looked at, too. Questions look for themselves when this was
/// long ago.
/// </summary>
/// <param name="options">How often, and how much at a time.</param>
/// <param name="view">Looks.</param>
/// <param name="blocks">Takes what was seen.</param>
/// <param name="probe">Tries the bucket.</param>
/// <param name="time">Clock.</param>
/// <param name="random">Spreads the looks of several processes.</param>
/// <param name="logger">Told of the bucket's state.</param>
public sealed class BucketSync(
    StoreGatewayOptions options,
    BucketView view,
    ServedBlocks blocks,
    StoreProbe probe,
    TimeProvider time,
    Random random,
    ILogger<BucketSync> logger) : BackgroundService
{
    // What is wrong with the bucket as it was told: by what was tried at start, and by the looks.
    private string? _unusable, _unreadable;

    // The same for tenants.
    private Dictionary<string, string> _faults = [];

    /// <summary>Whether the bucket was looked at once, but perhaps for some tenants that cannot be seen.</summary>
    public bool IsSynced { get; private set; }

    /// <summary>What is wrong with the bucket; null: nothing that is known.</summary>
    public string? Fault => _unreadable ?? _unusable;

    /// <summary>Whole looks after the first one.</summary>
    public long Periodic { get; private set; }

    /// <summary>Tenants that the last look found.</summary>
    public int Tenants { get; private set; }

    /// <summary>Tenants of them whose blocks it took in.</summary>
    public int TenantsSynced { get; private set; }

    /// <summary>When the last whole look ended: one that saw all tenants.</summary>
    public DateTimeOffset? LastSync { get; private set; }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            Task? looking = null;
            await foreach (var result in probe.UntilOk(stoppingToken))
            {
                Tell(ref _unusable, "used", result.Ok ? null : result.Message);
                // Whatever the probe found: it puts first, which looks can do without.
                looking ??= LookOn(stoppingToken);
                if (looking.IsCompleted)
                {
                    break;
                }
            }

            await looking!;
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process stops.
        }
    }

    private async Task LookOn(CancellationToken cancellation)
    {
        while (true)
        {
            await Look(cancellation);
            blocks.Rest(options.SyncInterval);
            // As Pyroscope: a fifth more or less.
            var wait = _unreadable is null && _faults.Count == 0 ? options.SyncInterval : TimeSpan.FromSeconds(Math.Min(30, options.SyncInterval.TotalSeconds));
            await Task.Delay(wait * (0.8 + (0.4 * random.NextDouble())), time, cancellation);
        }
    }

    private async Task Look(CancellationToken cancellation)
    {
        try
        {
            var tenants = new List<string>();
            await foreach (var tenant in view.Tenants(cancellation))
            {
                tenants.Add(tenant);
            }

            var faults = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var some in tenants.Chunk(options.TenantConcurrency))
            {
                foreach (var (tenant, fault) in await Task.WhenAll(some.Select(tenant => TryTake(tenant, cancellation))))
                {
                    if (fault is not null)
                    {
                        faults[tenant] = fault;
                    }
                }
            }

            (Tenants, TenantsSynced) = (tenants.Count, tenants.Count - faults.Count);
            if (faults.Count > 0 && TenantsSynced == 0)
            {
                // Not one tenant's: it is told once.
                Tell(ref _unreadable, "read", faults[tenants[0]]);
                return;
            }

            TellOf(faults);
            Tell(ref _unreadable, "read", null);
            if (faults.Count == 0)
            {
                Periodic += LastSync is null ? 0 : 1;
                LastSync = time.GetUtcNow();
            }

            // Last: who sees it finds no fault of before.
            IsSynced = true;
        }
        catch (ObjectStoreException e)
        {
            Tell(ref _unreadable, "read", e.Message);
        }
    }

    // What is wrong with one tenant is no reason to know nothing of the others.
    private async Task<(string Tenant, string? Fault)> TryTake(string tenant, CancellationToken cancellation)
    {
        try
        {
            // Looked at first: blocks that were seen before are leased whatever the bucket answers.
            await view.Of(tenant, BucketView.Fresh, cancellation);
            var leases = await blocks.Lease(tenant, [], cancellation, isPatient: true);
            leases.ForEach(static lease => lease.Dispose());
            return (tenant, null);
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            return (tenant, e.Message);
        }
    }

    private void TellOf(Dictionary<string, string> faults)
    {
        foreach (var (tenant, fault) in faults)
        {
            if (_faults.GetValueOrDefault(tenant) != fault)
            {
                logger.LogError("The blocks of {Tenant} cannot be seen, which is tried on: {Fault}", tenant, fault);
            }
        }

        _faults = faults;
    }

    private void Tell(ref string? told, string how, string? fault)
    {
        if (fault == told)
        {
            return;
        }

        told = fault;
        if (fault is not null)
        {
            logger.LogError("The bucket cannot be {How}, which is tried on: {Fault}", how, fault);
        }
        else if (Fault is null)
        {
            logger.LogInformation("The bucket works again");
        }
    }
}
