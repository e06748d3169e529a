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

    /// <summary>What was taken in since the process began, of all tenants.</summary>
    public FamilyCounts Counts { get; } = new();

    /// <summary>The tenants that have a head.</summary>
    public ICollection<string> Tenants => _tenants.Keys;

    /// <summary>Length of a time slot: a head holds the profiles of one.</summary>
    public TimeSpan BlockDuration { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The heads of a tenant, oldest first.</summary>
    public IReadOnlyList<TenantHead> Heads(string tenant) => Held(tenant).Heads;

    /// <summary>What is held of a tenant.</summary>
    public TenantHoldings Held(string tenant) => _tenants.TryGetValue(tenant, out var heads) ? heads.Held : TenantHoldings.None;

    /// <summary>What is held of a tenant, and what its heads share; made when absent.</summary>
    public TenantHeads Of(string tenant) => _tenants.GetOrAdd(
        tenant, static (_, store) => new TenantHeads(store._clock) { Counts = store.Counts }, this);

    /// <summary>The slot of a profile's time, counted from 1970 in <see cref="BlockDuration"/>.</summary>
    /// <param name="timeNanos">ns since the epoch.</param>
    public long SlotOf(long timeNanos)
    {
        var width = BlockDuration.Ticks * TimeSpan.NanosecondsPerTick;
        return (timeNanos / width) - (timeNanos % width < 0 ? 1 : 0);
    }

    /// <summary>The first time of a slot.</summary>
    /// <returns>ns since the epoch.</returns>
    public long SlotStart(long slot) => slot * BlockDuration.Ticks * TimeSpan.NanosecondsPerTick;

    /// <summary>When a slot ends: no profile of it is of this time or later.</summary>
    public DateTimeOffset SlotEnd(long slot) =>
        DateTimeOffset.UnixEpoch + TimeSpan.FromTicks((slot + 1) * BlockDuration.Ticks);

    /// <summary>
    /// The head that takes a tenant's records of a slot now, made when absent, and pinned: it stays open until the caller unpins it.
    /// </summary>
    public TenantHead Pin(string tenant, long slot)
    {
        var heads = Of(tenant);
        while (true)
        {
            var head = heads.GetOrOpen(slot, of => Make(of, NewUlid(), slot));
            if (head.TryPin(_clock.GetTimestamp()))
            {
                return head;
            }
        }
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
    public void Append(string tenant, Ulid head, ProfileRecord record) =>
        Of(tenant).GetOrAdd(head, of => Make(of, head, SlotOf(record.TimeNanos))).Append(record);

    /// <summary>The newest head of a tenant that takes records, pinned; one of the present slot is made when there is none.</summary>
    public TenantHead PinNewest(string tenant)
    {
        var now = (_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
        return Pin(tenant, Of(tenant).NewestSlot ?? SlotOf(now));
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

    private TenantHead Make(TenantHeads heads, Ulid ulid, long slot)
    {
        ulong seed;
        lock (_random)
        {
            seed = (ulong)_random.NextInt64();
        }

        return new TenantHead(heads, ulid, slot, _partitionLabel, seed, Ledger) { Opened = _clock.GetTimestamp() };
    }
}
