using System.Collections.Concurrent;
using Pyro.Memory;
using Pyro.Profiles.Records;

namespace Pyro.Ingester.Head;

/// <summary>The heads of all tenants: what the log's records are taken into and what queries of recent data read.</summary>
public sealed class HeadStore
{
    private readonly ConcurrentDictionary<string, TenantHeads> _tenants = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ActiveSeries> _active = new(StringComparer.Ordinal);
    private readonly TimeProvider _clock;
    private readonly Random _random;
    private readonly Func<string, long> _seriesLimit;
    private readonly string _partitionLabel;

    /// <summary>An empty store.</summary>
    /// <param name="clock">Gives new heads their time and series their last use.</param>
    /// <param name="random">Gives new heads the rest of their ULID, and tables their seed.</param>
    /// <param name="seriesLimit">How many active series a tenant may have in this process; 0: no limit.</param>
    /// <param name="partitionLabel"><c>pyroscopedb.symbols-partition-label</c>, or "".</param>
    /// <param name="ledger">Counts what heads hold; full or not is asked of it before a record comes here.</param>
    public HeadStore(TimeProvider clock, Random random, Func<string, long> seriesLimit, string partitionLabel, MemoryLedger ledger)
    {
        Ledger = ledger;
        _clock = clock;
        _random = random;
        _seriesLimit = seriesLimit;
        _partitionLabel = partitionLabel;
    }

    /// <summary>What heads and the queries over them hold is counted here.</summary>
    public MemoryLedger Ledger { get; }

    /// <summary>The tenants that have a head.</summary>
    public ICollection<string> Tenants => _tenants.Keys;

    /// <summary>The heads of a tenant, oldest first.</summary>
    public IReadOnlyList<TenantHead> Heads(string tenant) => _tenants.TryGetValue(tenant, out var heads) ? heads.Heads : [];

    /// <summary>The head that takes records of a tenant now; made when absent.</summary>
    public Ulid OpenHead(string tenant)
    {
        var heads = _tenants.GetOrAdd(tenant, static _ => new TenantHeads());
        return heads.Open?.Ulid ?? First(heads).Ulid;
    }

    /// <summary>
    /// Whether a tenant may add the series of a record: series in use within the last ten minutes are counted, new ones beyond the
    /// limit refused. Not applied by <see cref="Append"/>, since replay takes what was answered for.
    /// </summary>
    public AppendOutcome Check(string tenant, ProfileRecord record)
    {
        var limit = _seriesLimit(tenant);
        return limit <= 0 ? AppendOutcome.Accepted : _active.GetOrAdd(tenant, _ => new ActiveSeries(_clock)).Check(record, limit);
    }

    /// <summary>
    /// Takes a record into a head, which is made when absent. It is visible to queries on return; taken in twice it counts once.
    /// </summary>
    public void Append(string tenant, Ulid head, ProfileRecord record)
    {
        var heads = _tenants.GetOrAdd(tenant, static _ => new TenantHeads());
        heads.GetOrAdd(head, Make).Append(record);
    }

    private TenantHead First(TenantHeads heads)
    {
        lock (heads.RowLock)
        {
            return heads.Open ?? heads.GetOrAdd(NewUlid(), Make);
        }
    }

    private Ulid NewUlid()
    {
        Span<byte> randomness = stackalloc byte[10];
        lock (_random)
        {
            _random.NextBytes(randomness);
        }

        return Ulid.NewUlid(_clock.GetUtcNow(), randomness);
    }

    private TenantHead Make(TenantHeads heads, Ulid ulid)
    {
        ulong seed;
        lock (_random)
        {
            seed = (ulong)_random.NextInt64();
        }

        return new TenantHead(heads, ulid, _partitionLabel, seed, Ledger);
    }
}
