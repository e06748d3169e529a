namespace Pyro.Ring;

/// <summary>How a ring is read.</summary>
public sealed record HashRingOptions
{
    /// <summary>How many members hold each token.</summary>
    public int ReplicationFactor { get; init; } = 1;

    /// <summary>A member whose heartbeat has not changed for so long is unhealthy; zero: never.</summary>
    public TimeSpan HeartbeatTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Members that are known beforehand and send no heartbeats: they always count as alive and cannot be forgotten.</summary>
    public IReadOnlyList<RingMember> StaticMembers { get; init; } = [];

    /// <summary>Whether the replicas of a token lie in different zones.</summary>
    public bool ZoneAwareness { get; init; }

    /// <summary>How long a tombstone is kept so that it reaches everybody.</summary>
    public TimeSpan TombstoneTimeout { get; init; } = TimeSpan.FromMinutes(5);
}

/// <summary>
/// A ring as this process sees it: the merged state, and when each member's heartbeat was last seen to change. Health is judged by
/// that local arrival alone, so the clocks of the members may differ. Thread-safe.
/// </summary>
public sealed class HashRing(TimeProvider time, HashRingOptions options)
{
    private readonly Lock _gate = new();
    private Dictionary<string, long> _arrivals = [];
    private TokenTable _tokens = TokenTable.Empty;
    private volatile RingState _state = RingState.Of(options.StaticMembers);
    private volatile RingSnapshot? _snapshot;

    /// <summary>How the ring is read.</summary>
    public HashRingOptions Options => options;

    /// <summary>Everything known, tombstones included.</summary>
    public RingState State => _state;

    /// <summary>The newest view. It stays as it is: a request takes it once and uses only that.</summary>
    public RingSnapshot Snapshot
    {
        get
        {
            var snapshot = _snapshot;
            return snapshot is not null && time.GetTimestamp() < snapshot.ValidUntil ? snapshot : Refresh();
        }
    }

    /// <summary>Whether a member is one of <see cref="HashRingOptions.StaticMembers"/>.</summary>
    public bool IsStatic(string id) => options.StaticMembers.Any(m => m.Id == id);

    /// <summary>Takes in what somebody (or this process itself) says about members.</summary>
    /// <returns>Whether anything was new.</returns>
    public bool Merge(RingState news)
    {
        news = news.WithoutTombstonesBefore(TombstoneHorizon());
        lock (_gate)
        {
            var merged = _state.Merge(news);
            if (ReferenceEquals(merged, _state)) return false;

            foreach (var entry in merged.Entries)
            {
                if (!_state.TryGet(entry.Id, out var known) || known.Heartbeat != entry.Heartbeat)
                {
                    _arrivals[entry.Id] = time.GetTimestamp();
                }
            }

            _state = merged.WithoutTombstonesBefore(TombstoneHorizon());
            _snapshot = null;
            return true;
        }
    }

    /// <summary>Makes everybody forget a member.</summary>
    /// <returns>False when there is no such member, or it is a static one.</returns>
    public bool Forget(string id)
    {
        if (IsStatic(id) || !_state.TryGet(id, out var entry) || entry.State == MemberState.Left) return false;
        var heartbeat = Math.Max(time.GetUtcNow().ToUnixTimeMilliseconds(), entry.Heartbeat + 1);
        return Merge(RingState.Of(entry.AsTombstone(heartbeat)));
    }

    private long TombstoneHorizon() => (time.GetUtcNow() - options.TombstoneTimeout).ToUnixTimeMilliseconds();

    private RingSnapshot Refresh()
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            if (_snapshot is { } other && now < other.ValidUntil) return other;

            var members = _state.Entries.Where(e => e.State != MemberState.Left).OrderBy(e => e.Id, StringComparer.Ordinal).ToArray();
            if (!_tokens.IsOf(members)) _tokens = TokenTable.Of(members);
            if (_arrivals.Count > _state.Entries.Count)
            {
                _arrivals = _arrivals.Where(a => _state.TryGet(a.Key, out _)).ToDictionary(a => a.Key, a => a.Value);
            }

            var healthy = new bool[members.Length];
            var validUntil = long.MaxValue;
            for (var i = 0; i < members.Length; i++)
            {
                if (options.HeartbeatTimeout == TimeSpan.Zero || IsStatic(members[i].Id))
                {
                    healthy[i] = true;
                    continue;
                }

                var stale = _arrivals[members[i].Id] + (long)(options.HeartbeatTimeout.TotalSeconds * time.TimestampFrequency);
                healthy[i] = now <= stale;
                if (healthy[i]) validUntil = Math.Min(validUntil, stale + 1);
            }

            return _snapshot = new RingSnapshot(members, healthy, _tokens, options, validUntil);
        }
    }
}
