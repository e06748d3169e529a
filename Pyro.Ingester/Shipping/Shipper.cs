using System.Collections.Concurrent;
using Pyro.Ingester.Head;
using Pyro.ObjectStore;

namespace Pyro.Ingester.Shipping;

/// <summary>
/// Brings local blocks to the bucket; all is asked back before it counts as shipped. Tenants do not wait for each other, but for a slot when there
/// are many; a tenant's blocks go one after another. What fails is tried again, for as long as it takes.
/// </summary>
/// <param name="heads">What is held.</param>
/// <param name="copies">What the bucket has of it.</param>
/// <param name="shipped">What has been shipped.</param>
/// <param name="metrics">Counts.</param>
/// <param name="time">Clock of waits.</param>
/// <param name="random">Spreads the waits.</param>
/// <param name="logger">Told of each block.</param>
public sealed class Shipper(
    HeadStore heads, BucketCopies copies, ShippedBlocks shipped, BlockMetrics metrics, TimeProvider time, Random random, ILogger<Shipper> logger) : IDisposable
{
    private const int TenantsAtOnce = 8;
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1), CheckEvery = TimeSpan.FromMinutes(5);
    private TaskCompletionSource _wake = new();
    private readonly Dictionary<Ulid, long> _confirmed = [];
    private readonly ConcurrentDictionary<string, TenantShipping> _tenants = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _slots = new(TenantsAtOnce);

    /// <summary>For how long a block is known by this process to be whole in the bucket; null: it is not known.</summary>
    public TimeSpan? ConfirmedFor(Ulid block)
    {
        lock (_confirmed)
        {
            return _confirmed.TryGetValue(block, out var at) ? time.GetElapsedTime(at) : null;
        }
    }

    /// <summary>Blocks that are not in the bucket, and their bytes.</summary>
    public (int Count, long Bytes) Backlog
    {
        get
        {
            var waiting = heads.Tenants.SelectMany(t => heads.Held(t).Blocks).Where(b => ConfirmedFor(b.Ulid) is null).ToList();
            return (waiting.Count, waiting.Sum(static b => b.Bytes));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _slots.Dispose();
        foreach (var state in _tenants.Values)
        {
            state.Dispose();
        }
    }

    /// <summary>Has it look for blocks now.</summary>
    public void Wake() => Volatile.Read(ref _wake).TrySetResult();

    /// <summary>Ships what there is and what comes until it is cancelled.</summary>
    public async Task Run(CancellationToken cancellation)
    {
        var passes = new Dictionary<string, Task>(StringComparer.Ordinal);
        try
        {
            while (true)
            {
                // Replaced before it looks, so that what comes meanwhile wakes it again.
                var wake = new TaskCompletionSource();
                Volatile.Write(ref _wake, wake);
                var wait = BeginDue(passes, cancellation);
                try
                {
                    await wake.Task.WaitAsync(wait, time, cancellation);

                    // Who woke it goes on by itself.
                    await Task.Yield();
                }
                catch (TimeoutException)
                {
                    // Nobody woke it; what was missed is looked for.
                }
            }
        }
        finally
        {
            await Task.WhenAll(passes.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }
    }

    /// <summary>Ships each local block that is not in the bucket, whether or not it failed just now.</summary>
    /// <returns>Whether all are there now.</returns>
    public async Task<bool> ShipAll(CancellationToken cancellation)
    {
        metrics.Looked();
        var passes = heads.Tenants.Where(HasWork).Order(StringComparer.Ordinal).Select(tenant => Pass(tenant, cancellation)).ToList();
        return Array.TrueForAll(await Task.WhenAll(passes), static all => all);
    }

    /// <summary>Takes a block for one that is whole in the bucket from now on, unless it is not held any more.</summary>
    public void Confirm(LocalBlock block)
    {
        lock (_confirmed)
        {
            // Whoever removes it forgets it after that, so that either sees the other.
            if (heads.Held(block.Tenant).Has(block))
            {
                _confirmed[block.Ulid] = time.GetTimestamp();
            }
        }
    }

    /// <summary>Forgets that a block is in the bucket: it is gone from there.</summary>
    public void Lost(LocalBlock block)
    {
        Forget(block);
        StateOf(block.Tenant).IsStale = true;
        Wake();
    }

    /// <summary>Forgets a block that is not held any more.</summary>
    public void Forget(LocalBlock block)
    {
        lock (_confirmed)
        {
            _confirmed.Remove(block.Ulid);
        }
    }

    private TimeSpan Backoff(int failures)
    {
        var wait = TimeSpan.FromSeconds(Math.Pow(2, Math.Min(failures, 6)));
        lock (random)
        {
            return (wait < LongestWait ? wait : LongestWait) * (0.5 + (random.NextDouble() / 2));
        }
    }

    // Begins a pass for each tenant that is due and has none on its way.
    // Returns after which time the next is due.
    private TimeSpan BeginDue(Dictionary<string, Task> passes, CancellationToken cancellation)
    {
        metrics.Looked();
        var wait = CheckEvery;
        foreach (var tenant in heads.Tenants.Order(StringComparer.Ordinal))
        {
            if ((passes.TryGetValue(tenant, out var pass) && !pass.IsCompleted) || !HasWork(tenant))
            {
                continue;
            }

            var left = StateOf(tenant).RestsFor(time);
            if (left <= TimeSpan.Zero)
            {
                passes[tenant] = PassAndWake(tenant, cancellation);
            }
            else if (left < wait)
            {
                wait = left;
            }
        }

        return wait;
    }

    private async Task PassAndWake(string tenant, CancellationToken cancellation)
    {
        try
        {
            await Pass(tenant, cancellation);
        }
        finally
        {
            Wake();
        }
    }

    private bool HasWork(string tenant) => StateOf(tenant).IsStale || Array.Exists(heads.Held(tenant).Blocks, b => ConfirmedFor(b.Ulid) is null);

    private TenantShipping StateOf(string tenant) => _tenants.GetOrAdd(tenant, static _ => new TenantShipping());

    private async Task<bool> Pass(string tenant, CancellationToken cancellation)
    {
        // Nobody else's pass waits for what this one does at once.
        await Task.Yield();
        var state = StateOf(tenant);

        // Whoever is before is soon done, or is cancelled too.
        await state.One.WaitAsync(CancellationToken.None);
        await _slots.WaitAsync(CancellationToken.None);
        try
        {
            cancellation.ThrowIfCancellationRequested();
            var all = await TryShip(tenant, state, cancellation);
            metrics.PassEnded(all);
            state.Failures = all ? 0 : state.Failures + 1;
            (state.Ended, state.Rest) = (time.GetTimestamp(), all ? TimeSpan.Zero : Backoff(state.Failures));
            return all;
        }
        finally
        {
            _slots.Release();
            state.One.Release();
        }
    }

    private async Task<bool> TryShip(string tenant, TenantShipping state, CancellationToken cancellation)
    {
        var all = true;
        try
        {
            // What the file tells is believed after a look into the bucket only; it saves nothing but the putting.
            var told = state.IsRead ? [] : await shipped.Read(tenant, cancellation);
            state.IsRead = true;
            foreach (var block in heads.Held(tenant).Blocks)
            {
                // One that the bucket has may have been removed while those before it were shipped.
                if (ConfirmedFor(block.Ulid) is null && heads.Held(tenant).Has(block))
                {
                    all &= await Ship(block, told.Contains(block.Ulid), cancellation);
                }
            }

            if (state.IsStale)
            {
                await Remember(tenant, state, cancellation);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            logger.LogWarning(e, "What was shipped of {Tenant} cannot be read or written, which is tried again", tenant);
            return false;
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            logger.LogError(e, "The blocks of {Tenant} could not be shipped, which is tried again", tenant);
            return false;
        }

        return all;
    }

    private async Task<bool> Ship(LocalBlock block, bool told, CancellationToken cancellation)
    {
        try
        {
            if (!await copies.Has(block, cancellation))
            {
                if (told)
                {
                    logger.LogWarning("Block {Ulid} of {Tenant} was shipped and is not in the bucket any more; it is shipped again", block.Ulid, block.Tenant);
                }

                await copies.Put(block, cancellation);
                if (!await copies.Has(block, cancellation))
                {
                    throw new ObjectStoreException(StoreFault.Unavailable, $"block {block.Ulid} is not in the bucket as it was put");
                }

                logger.LogInformation("Shipped block {Ulid} of {Tenant}: {Bytes} bytes", block.Ulid, block.Tenant, block.Bytes);
                metrics.Shipped(block.Tenant);
            }

            Confirm(block);
            StateOf(block.Tenant).IsStale = true;
            return true;
        }
        catch (Exception e) when (e is ObjectStoreException or IOException or UnauthorizedAccessException)
        {
            metrics.ShippingFailed(block.Tenant);
            logger.LogWarning("Block {Ulid} of {Tenant} could not be shipped; it stays on the local disk and is tried again: {Error}", block.Ulid, block.Tenant, e.Message);
            return false;
        }
    }

    private async ValueTask Remember(string tenant, TenantShipping state, CancellationToken cancellation)
    {
        // Before it is looked at what there is: what changes meanwhile is written the next time.
        state.IsStale = false;
        try
        {
            await shipped.Write(tenant, heads.Held(tenant).Blocks.Select(static b => b.Ulid).Where(b => ConfirmedFor(b) is not null), cancellation);
        }
        catch
        {
            state.IsStale = true;
            throw;
        }
    }
}
