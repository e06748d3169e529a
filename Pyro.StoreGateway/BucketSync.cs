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
    private readonly Lock _telling = new();

    // What is wrong with the bucket as it was told: by what was tried at start, by the looks, and of both together.
    private string? _unusable, _unreadable;
    private volatile string? _fault;

    // The same for tenants.
    private Dictionary<string, string> _faults = [];

    // Of one look all at once.
    private volatile Seen _seen = new(Tenants: 0, TenantsSynced: 0, Periodic: 0, LastSync: null, IsSynced: false);

    /// <summary>Whether the bucket was looked at once, but perhaps for some tenants that cannot be seen.</summary>
    public bool IsSynced => _seen.IsSynced;

    /// <summary>What is wrong with the bucket; null: nothing that is known.</summary>
    public string? Fault => _fault;

    /// <summary>Whole looks after the first one.</summary>
    public long Periodic => _seen.Periodic;

    /// <summary>Tenants that the last look found.</summary>
    public int Tenants => _seen.Tenants;

    /// <summary>Tenants of them whose blocks it took in.</summary>
    public int TenantsSynced => _seen.TenantsSynced;

    /// <summary>When the last whole look ended: one that saw all tenants.</summary>
    public DateTimeOffset? LastSync => _seen.LastSync;

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

            var synced = tenants.Count - faults.Count;
            if (faults.Count > 0 && synced == 0)
            {
                // Not one tenant's: it is told once.
                Tell(ref _unreadable, "read", faults[tenants[0]]);
                _seen = _seen with { Tenants = tenants.Count, TenantsSynced = 0 };
                return;
            }

            TellOf(faults);
            Tell(ref _unreadable, "read", null);
            // Last: who sees it finds what was told, and no fault of before.
            _seen = faults.Count == 0
                ? new Seen(tenants.Count, synced, _seen.Periodic + (_seen.LastSync is null ? 0 : 1), time.GetUtcNow(), IsSynced: true)
                : _seen with { Tenants = tenants.Count, TenantsSynced = synced, IsSynced = true };
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
        lock (_telling)
        {
            if (fault == told)
            {
                return;
            }

            told = fault;
            var now = _unreadable ?? _unusable;
            if (fault is not null)
            {
                logger.LogError("The bucket cannot be {How}, which is tried on: {Fault}", how, fault);
            }
            else if (now is null)
            {
                logger.LogInformation("The bucket works again");
            }

            _fault = now;
        }
    }

    private sealed record Seen(int Tenants, int TenantsSynced, long Periodic, DateTimeOffset? LastSync, bool IsSynced);
}
