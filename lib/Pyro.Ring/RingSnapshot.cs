namespace Pyro.Ring;

/// <summary>What the members are wanted for.</summary>
public enum RingOperation
{
    /// <summary>ACTIVE members; others extend the set.</summary>
    Write,

    /// <summary>ACTIVE and LEAVING members; others extend the set.</summary>
    Read,
}

/// <summary>Members that must together answer one request.</summary>
/// <param name="Members">Distinct healthy members.</param>
/// <param name="MaxErrors">How many may fail.</param>
/// <param name="MaxUnavailableZones">When above 0, failures are counted by zone instead: so many zones may have any number of them.</param>
public sealed record ReplicaSet(IReadOnlyList<RingMember> Members, int MaxErrors, int MaxUnavailableZones = 0);

/// <summary>Too few healthy members for a quorum.</summary>
public sealed class RingException(string message) : Exception(message);

/// <summary>An immutable view of a ring: take it once per request and use only that.</summary>
public sealed class RingSnapshot
{
    private readonly RingMember[] _members;
    private readonly bool[] _healthy;
    private readonly TokenTable _tokens;
    private readonly HashRingOptions _options;
    private readonly ReplicaSet?[] _writeSets;
    private readonly ReplicaSet?[] _readSets;

    internal RingSnapshot(RingMember[] members, bool[] healthy, TokenTable tokens, HashRingOptions options, long validUntil)
    {
        _members = members;
        _healthy = healthy;
        _tokens = tokens;
        _options = options;
        ValidUntil = validUntil;
        _writeSets = new ReplicaSet?[tokens.Count];
        _readSets = new ReplicaSet?[tokens.Count];
    }

    /// <summary>All members, unhealthy ones included, tombstones not, by id.</summary>
    public IReadOnlyList<RingMember> Members => _members;

    /// <summary>Timestamp of the time provider at which the health of a member changes unless it is heard of.</summary>
    internal long ValidUntil { get; }

    /// <summary>Whether the heartbeat of a member was seen to change lately.</summary>
    public bool IsAlive(string id)
    {
        var i = IndexOf(id);
        return i >= 0 && _healthy[i];
    }

    /// <summary>Tokens that a member owns, in ascending order: those it claims, less those that went to another claimant.</summary>
    public IReadOnlyList<uint> TokensOf(string id)
    {
        var tokens = new List<uint>();
        var member = IndexOf(id);
        for (var place = 0; place < _tokens.Count && member >= 0; place++)
        {
            if (_tokens.Owner(place) == member) tokens.Add(_tokens.Token(place));
        }

        return tokens;
    }

    /// <summary>The replicas of a token.</summary>
    /// <exception cref="RingException">No quorum.</exception>
    public ReplicaSet Lookup(uint token, RingOperation operation)
    {
        if (_tokens.Count == 0) throw new RingException("empty ring");
        var place = _tokens.After(token);
        var sets = operation == RingOperation.Write ? _writeSets : _readSets;
        return sets[place] ??= Quorum(Walk(place, operation), operation);
    }

    /// <summary>All members fit for an operation.</summary>
    /// <exception cref="RingException">No quorum.</exception>
    public ReplicaSet All(RingOperation operation)
    {
        if (_members.Length == 0) throw new RingException("empty ring");
        return _options.ZoneAwareness ? AllByZone(operation) : AllByMember(operation);
    }

    /// <summary>Distinct members clockwise from a place; members in a state that the operation passes over make the set longer.</summary>
    private List<int> Walk(int place, RingOperation operation)
    {
        var wanted = _options.ReplicationFactor;
        var found = new List<int>(wanted);
        List<string>? zones = _options.ZoneAwareness ? [] : null;
        for (var step = 0; step < _tokens.Count && found.Count < Math.Min(wanted, _members.Length); step++)
        {
            var member = _tokens.Owner((place + step) % _tokens.Count);
            var zone = _members[member].Zone;
            if (found.Contains(member) || (zones is not null && zone != "" && zones.Contains(zone))) continue;

            found.Add(member);
            if (!TakesPart(_members[member].State, operation)) wanted++;
            else if (zone != "") zones?.Add(zone);
        }

        return found;
    }

    private ReplicaSet Quorum(List<int> found, RingOperation operation)
    {
        var successes = (Math.Max(_options.ReplicationFactor, found.Count) / 2) + 1;
        var fit = found.Where(i => IsFit(i, operation)).Select(i => _members[i]).ToArray();
        if (fit.Length >= successes) return new ReplicaSet(fit, fit.Length - successes);

        var unfit = string.Join(",", found.Where(i => !IsFit(i, operation)).Select(i => _members[i].Address));
        var who = unfit == "" ? "" : $" - unhealthy instances: {unfit}";
        throw new RingException($"at least {successes} live replicas required, could only find {fit.Length}{who}");
    }

    private ReplicaSet AllByMember(RingOperation operation)
    {
        var required = Math.Max(_members.Length, _options.ReplicationFactor) - (_options.ReplicationFactor / 2);
        var fit = _members.Where((_, i) => IsFit(i, operation)).ToArray();
        if (fit.Length < required) throw new RingException("too many unhealthy instances in the ring");
        return new ReplicaSet(fit, fit.Length - required);
    }

    private ReplicaSet AllByZone(RingOperation operation)
    {
        var zones = _members.Select(m => m.Zone).Distinct().Count();
        var tolerated = Math.Min(zones, _options.ReplicationFactor) / 2;
        var bad = _members.Where((_, i) => !IsFit(i, operation)).Select(m => m.Zone).ToHashSet();
        if (bad.Count > tolerated) throw new RingException("too many unhealthy instances in the ring");
        return new ReplicaSet(_members.Where(m => !bad.Contains(m.Zone)).ToArray(), 0, tolerated - bad.Count);
    }

    private bool IsFit(int member, RingOperation operation) => _healthy[member] && TakesPart(_members[member].State, operation);

    private static bool TakesPart(MemberState state, RingOperation operation) =>
        state == MemberState.Active || (operation == RingOperation.Read && state == MemberState.Leaving);

    private int IndexOf(string id) => Array.FindIndex(_members, m => m.Id == id);
}
