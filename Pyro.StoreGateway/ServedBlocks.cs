using System.Collections.Concurrent;
using Grpc.Core;
using Pyro.Blocks;
using Pyro.Blocks.Buckets;
using Pyro.Blocks.Files;
using Pyro.Blocks.Meta;
using Pyro.Blocks.Reading;
using Pyro.ObjectStore;

namespace Pyro.StoreGateway;

/// <summary>
/// The blocks of the bucket, by tenant, as they are read: known once the bucket was looked at, opened when first asked for, given up when
/// they have left the bucket and nobody reads them any more.
/// </summary>
/// <param name="view">Which blocks there are.</param>
/// <param name="pages">Keeps what was read.</param>
/// <param name="reading">What blocks share when they are read.</param>
public sealed class ServedBlocks(BucketView view, PageCache pages, BlockReading reading)
{
    private readonly ConcurrentDictionary<string, Tenant> _tenants = new(StringComparer.Ordinal);

    /// <summary>How many blocks are known.</summary>
    public int Count => _tenants.Values.Sum(static t => t.Count);

    /// <summary>Tenants of whom something is kept.</summary>
    public int Tenants => _tenants.Count;

    /// <summary>A lease of every block of a tenant.</summary>
    /// <param name="tenant">Whose.</param>
    /// <param name="expected">Blocks that somebody knows of: unless they are known, the bucket is looked at again. So it is when one was found to be
    /// removed.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <param name="isPatient">Waits for a look however long it lasts.</param>
    /// <exception cref="RpcException">unavailable: the bucket cannot be read, and was not before.</exception>
    public async Task<List<BlockLease>> Lease(string tenant, IReadOnlyCollection<Ulid> expected, CancellationToken cancellation, bool isPatient = false)
    {
        var snapshot = await Look(tenant, BucketView.Fresh, isPatient, cancellation);
        if (expected.Count > 0 && expected.Any(block => !snapshot.Knows(block)))
        {
            snapshot = await Look(tenant, TimeSpan.Zero, isPatient: true, cancellation);
        }

        // Anybody can ask for any name: nothing is kept of a tenant that has no block.
        if (snapshot.Blocks.Count == 0 && !_tenants.ContainsKey(tenant))
        {
            return [];
        }

        var known = _tenants.GetOrAdd(tenant, static _ => new Tenant());
        var leases = known.Lease(snapshot, Make);
        if (leases.FindAll(static lease => lease.Block.IsGone) is { Count: > 0 } gone)
        {
            view.Doubt(tenant, gone.Select(static lease => lease.Block.Ulid));
            leases.ForEach(static lease => lease.Dispose());
            leases = known.Lease(await Look(tenant, TimeSpan.Zero, isPatient: true, cancellation), Make);
        }

        return leases;

        Block Make(BlockMeta meta) => new(
            tenant, meta, new CachedBlockFiles(new StoreBlockFiles(view.Store, BlockPaths.Folder(tenant) + meta.Id + "/"), pages), reading);
    }

    /// <summary>What the blocks of a tenant tell of themselves.</summary>
    /// <exception cref="RpcException">unavailable: the bucket cannot be read, and was not before.</exception>
    public async Task<IReadOnlyList<BlockMeta>> Metas(string tenant, CancellationToken cancellation) =>
        (await Look(tenant, BucketView.Fresh, isPatient: false, cancellation)).Blocks;

    /// <summary>The blocks of a tenant as they are known now, for people.</summary>
    public IReadOnlyList<Block> Known(string tenant) => _tenants.TryGetValue(tenant, out var known) ? known.Blocks : [];

    /// <summary>Closes what is open of blocks that nobody has read for some time.</summary>
    public void Rest(TimeSpan unused)
    {
        foreach (var block in _tenants.Values.SelectMany(static t => t.Blocks))
        {
            block.TryRest(unused);
        }
    }

    private async Task<BucketSnapshot> Look(string tenant, TimeSpan oldest, bool isPatient, CancellationToken cancellation)
    {
        try
        {
            return isPatient || view.Last(tenant) is null
                ? await view.Of(tenant, oldest, cancellation)
                : await view.Soon(tenant, oldest, cancellation);
        }
        catch (ObjectStoreException e)
        {
            // What was there is served on: blocks never change.
            return view.Last(tenant) ?? throw new RpcException(new Status(StatusCode.Unavailable, $"the bucket cannot be read: {e.Message}"));
        }
    }

    private sealed class Tenant
    {
        private readonly Lock _gate = new();
        private readonly Dictionary<Ulid, Block> _blocks = [];
        private BucketSnapshot? _seen;

        public int Count => _blocks.Count;

        public IReadOnlyList<Block> Blocks
        {
            get
            {
                lock (_gate)
                {
                    return [.. _blocks.Values.OrderBy(static b => b.Ulid)];
                }
            }
        }

        public List<BlockLease> Lease(BucketSnapshot snapshot, Func<BlockMeta, Block> make)
        {
            lock (_gate)
            {
                if (!ReferenceEquals(_seen, snapshot) && !(_seen?.Stamp > snapshot.Stamp))
                {
                    Update(snapshot, make);
                }

                var leases = new List<BlockLease>(_blocks.Count);
                foreach (var block in _blocks.Values)
                {
                    if (block.TryLease() is { } lease)
                    {
                        leases.Add(lease);
                    }
                }

                return leases;
            }
        }

        private void Update(BucketSnapshot snapshot, Func<BlockMeta, Block> make)
        {
            _seen = snapshot;
            var gone = _blocks.Keys.ToHashSet();
            foreach (var meta in snapshot.Blocks)
            {
                var old = _blocks.GetValueOrDefault(meta.Id);
                if (old is { IsGone: true } && !ReferenceEquals(old.Meta, meta))
                {
                    // Its meta.json was read again since somebody missed it, so it is there again, or always was.
                    old.Retire();
                    old = null;
                }

                gone.Remove(meta.Id);
                _blocks[meta.Id] = old ?? make(meta);
            }

            foreach (var block in gone)
            {
                _blocks.Remove(block, out var old);
                old!.Retire();
            }
        }
    }
}
