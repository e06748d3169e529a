using Pyro.Blocks.Meta;
using Pyro.ObjectStore;

namespace Pyro.Blocks.Buckets;

/// <summary>
/// Which blocks the tenants have in the bucket, by listing it: a block that is there is seen, whatever a bucket index says. Each meta.json is
/// read once. Of those who ask for a tenant at the same time one looks and all are told.
/// </summary>
/// <param name="store">The bucket.</param>
/// <param name="cache">Copies of meta.json that survive a restart; null: none.</param>
/// <param name="markDelay">How long a block that is marked as deleted still counts.</param>
/// <param name="time">Clock.</param>
public sealed class BucketView(IObjectStore store, MetaCache? cache, TimeSpan markDelay, TimeProvider time)
{
    /// <summary>How old a look may be that queries are answered by: ingesters keep a block for longer after it was shipped.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromSeconds(10);

    /// <summary>How long a look may last before queries are answered by the one before it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>How long after a look that failed queries do without another.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    // As many files are read at a time as Pyroscope does.
    private const int AtOnce = 16;
    private readonly StoredBlocks _stored = new(store);
    private readonly TenantEntries<TenantView> _tenants = new(view => view.IsOfNoUse(time));

    /// <summary>The bucket.</summary>
    public IObjectStore Store => store;

    /// <summary>Told of each block whose meta.json turns out to be damaged, once, by tenant and name.</summary>
    public Action<string, Ulid, DamagedBlockException>? OnDamage { get; init; }

    /// <summary>Tenants of which something is kept.</summary>
    internal int Kept => _tenants.Count;

    /// <summary>The tenants that have something in the bucket, ascending.</summary>
    /// <exception cref="ObjectStoreException">The bucket cannot be listed.</exception>
    public IAsyncEnumerable<string> Tenants(CancellationToken cancellation) => _stored.Tenants(cancellation);

    /// <summary>What was seen of a tenant last; null: nothing yet.</summary>
    public BucketSnapshot? Last(string tenant) => _tenants.Find(tenant)?.Last;

    /// <summary>How long ago the bucket was looked at.</summary>
    public TimeSpan AgeOf(BucketSnapshot snapshot) => time.GetElapsedTime(snapshot.Stamp);

    /// <summary>What a tenant has, not older than said or as a look under way will have it; zero: by a look that begins after this was asked.</summary>
    /// <exception cref="ObjectStoreException">The bucket cannot be read.</exception>
    public Task<BucketSnapshot> Of(string tenant, TimeSpan oldest, CancellationToken cancellation)
    {
        var view = _tenants.Of(tenant);
        Task<BucketSnapshot> looking;
        lock (view.Gate)
        {
            if (view.Last is { } last && AgeOf(last) < oldest)
            {
                return Task.FromResult(last);
            }

            looking = Looking(tenant, view, oldest);
        }

        return looking.WaitAsync(cancellation);
    }

    /// <summary>
    /// The same for who would rather have what was seen last than wait: a look that lasts longer than <see cref="Patience"/> goes on for those
    /// who ask later, and for <see cref="Pause"/> after one that failed there is no other. When nothing was seen yet, it is waited for as long as
    /// the bucket goes on answering.
    /// </summary>
    /// <exception cref="ObjectStoreException">The bucket cannot be read, or not that soon.</exception>
    public async Task<BucketSnapshot> Soon(string tenant, TimeSpan oldest, CancellationToken cancellation)
    {
        var view = _tenants.Of(tenant);
        Task<BucketSnapshot> looking;
        long since;
        lock (view.Gate)
        {
            if (view.Last is { } last && AgeOf(last) < oldest)
            {
                return last;
            }

            looking = view.Looking is { Exception.InnerException: ObjectStoreException } failed && time.GetElapsedTime(view.Failed) < Pause
                ? failed
                : Looking(tenant, view, oldest);
            since = ReferenceEquals(looking, view.Next) ? time.GetTimestamp() : view.Began;
        }

        while (!looking.IsCompleted && Patience - time.GetElapsedTime(view.Last is null ? Math.Max(since, view.Answered) : since) is var left && left > TimeSpan.Zero)
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            await Task.WhenAny(looking, Task.Delay(left, time, end.Token));
            end.Cancel();
            cancellation.ThrowIfCancellationRequested();
        }

        return looking.IsCompleted
            ? await looking
            : throw new ObjectStoreException(StoreFault.Unavailable, $"{store.Description}: no answer within {Patience.TotalSeconds:0.###} s");
    }

    /// <summary>Has the next look read the meta.json of blocks again: somebody found that they may not be there any more.</summary>
    public void Doubt(string tenant, IEnumerable<Ulid> blocks)
    {
        // What was not seen is read anyway.
        _tenants.Find(tenant)?.Doubt(blocks);
    }

    // Under the gate. Not ended by who asked first: others wait for it too. The store has time limits of its own.
    private Task<BucketSnapshot> Looking(string tenant, TenantView view, TimeSpan oldest)
    {
        if (view.Looking is not { IsCompleted: false } running)
        {
            view.Began = time.GetTimestamp();
            return view.Looking = LookOrNote(tenant, view);
        }

        return oldest > TimeSpan.Zero ? running : view.Next ??= LookAfter(running, tenant, view);
    }

    // What it finds, or why it fails, is for those who asked for it.
    private async Task<BucketSnapshot> LookAfter(Task running, string tenant, TenantView view)
    {
        await Task.WhenAny(running);
        Task<BucketSnapshot> looking;
        lock (view.Gate)
        {
            view.Next = null;
            looking = Looking(tenant, view, Fresh);
        }

        return await looking;
    }

    private async Task<BucketSnapshot> LookOrNote(string tenant, TenantView view)
    {
        // The bucket may be a disk that hangs, and those who will not wait for it need the gate.
        await Task.Yield();
        var doubted = view.TakeDoubted();
        try
        {
            return await Look(tenant, view, doubted);
        }
        catch (ObjectStoreException)
        {
            view.Failed = time.GetTimestamp();
            view.Doubt(doubted);
            throw;
        }
    }

    private async Task<BucketSnapshot> Look(string tenant, TenantView view, HashSet<Ulid> doubted)
    {
        var (taken, stamp) = (time.GetUtcNow(), time.GetTimestamp());
        var known = view.Last?.Blocks.ToDictionary(static b => b.Id) ?? [];
        var found = new List<Ulid>();
        await foreach (var block in _stored.Blocks(tenant, CancellationToken.None))
        {
            found.Add(block);
            view.Answered = time.GetTimestamp();
        }

        var marked = await Marks(tenant, view, taken);
        var hidden = marked.Where(m => taken - m.Value > markDelay).Select(static m => m.Key).ToHashSet();
        var (metas, damaged) = (new List<BlockMeta>(found.Count), new Dictionary<Ulid, IOException>());
        foreach (var some in found.Where(b => !hidden.Contains(b)).Chunk(AtOnce))
        {
            foreach (var (block, meta, fault) in await Task.WhenAll(some.Select(b => Meta(tenant, b, known.GetValueOrDefault(b), doubted.Contains(b)))))
            {
                if (meta is not null)
                {
                    metas.Add(meta);
                }
                else if (fault is not null)
                {
                    damaged[block] = fault;
                }
            }

            view.Answered = time.GetTimestamp();
        }

        cache?.DropOthers(tenant, metas.Select(static m => m.Id).ToHashSet());
        var snapshot = new BucketSnapshot(metas, damaged, marked, taken, stamp);
        Tell(tenant, snapshot, view.Last);
        view.Last = snapshot;
        return snapshot;
    }

    private void Tell(string tenant, BucketSnapshot snapshot, BucketSnapshot? before)
    {
        foreach (var (block, fault) in snapshot.Damaged)
        {
            if (fault is DamagedBlockException damage && before?.Damaged.GetValueOrDefault(block)?.Message != damage.Message)
            {
                OnDamage?.Invoke(tenant, block, damage);
            }
        }
    }

    private async Task<Dictionary<Ulid, DateTimeOffset>> Marks(string tenant, TenantView view, DateTimeOffset now)
    {
        var marked = new Dictionary<Ulid, DateTimeOffset>();
        await foreach (var (kind, block) in _stored.Marks(tenant, CancellationToken.None))
        {
            if (kind != MarkKind.Deletion)
            {
                continue;
            }

            if (view.Last?.Marked.TryGetValue(block, out var since) == true)
            {
                marked[block] = since;
                continue;
            }

            try
            {
                // The mark in the folder of marks without one in the block's own counts from now on.
                marked[block] = await _stored.Mark(tenant, block, kind, CancellationToken.None) is { Time: > 0 and < 1L << 36 } mark
                    ? DateTimeOffset.FromUnixTimeSeconds(mark.Time)
                    : now;
            }
            catch (DamagedBlockException)
            {
                // Nobody knows what it said: the block counts on.
            }
        }

        return marked;
    }

    // Null without a fault: the block is not complete (yet), or gone.
    private async Task<(Ulid Block, BlockMeta? Meta, IOException? Fault)> Meta(string tenant, Ulid block, BlockMeta? known, bool isDoubted)
    {
        if (!isDoubted && (known is not null || (cache is not null && (known = await cache.TryRead(tenant, block, CancellationToken.None)) is not null)))
        {
            return (block, known, null);
        }

        try
        {
            var meta = await _stored.Meta(tenant, block, CancellationToken.None);
            if (meta is not null && cache is not null)
            {
                await cache.Keep(tenant, meta, CancellationToken.None);
            }

            return (block, meta, null);
        }
        catch (Exception e) when (e is DamagedBlockException or UnsupportedBlockException)
        {
            return (block, null, (IOException)e);
        }
    }
}
