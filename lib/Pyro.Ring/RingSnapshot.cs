namespace Pyro.Ring;

/// <summary>State of a ring member.</summary>
public enum MemberState
{
    /// <summary>Registered, without tokens.</summary>
    Pending,

    /// <summary>Has tokens, takes nothing yet.</summary>
    Joining,

    /// <summary>Takes writes and reads.</summary>
    Active,

    /// <summary>Takes reads only.</summary>
    Leaving,

    /// <summary>Gone; a tombstone.</summary>
    Left,
}

/// <summary>What the members are wanted for.</summary>
public enum RingOperation
{
    /// <summary>ACTIVE members; others extend the set.</summary>
    Write,

    /// <summary>ACTIVE and LEAVING members.</summary>
    Read,
}

/// <summary>One member as the ring knows it.</summary>
/// <param name="Id">Unique name.</param>
/// <param name="Address"><c>host:port</c> to dial.</param>
/// <param name="State">State told by the member.</param>
/// <param name="Zone">Availability zone, "" when none.</param>
/// <param name="Tokens">Sorted positions.</param>
/// <param name="Heartbeat">Last sign of life, ms since the epoch by the member's clock.</param>
public sealed record RingMember(string Id, string Address, MemberState State, string Zone, IReadOnlyList<uint> Tokens, long Heartbeat);

/// <summary>Members that must together answer one request.</summary>
/// <param name="Members">Distinct members.</param>
/// <param name="MaxErrors">How many may fail.</param>
public sealed record ReplicaSet(IReadOnlyList<RingMember> Members, int MaxErrors);

/// <summary>Too few healthy members for a quorum.</summary>
public sealed class RingException(string message) : Exception(message);

/// <summary>An immutable view of a ring: take it once per request and use only that.</summary>
public sealed class RingSnapshot
{
    /// <summary>All members, unhealthy ones included.</summary>
    public IReadOnlyList<RingMember> Members => throw new NotImplementedException();

    /// <summary>The replicas of a token.</summary>
    /// <exception cref="RingException">No quorum.</exception>
    public ReplicaSet Lookup(uint token, RingOperation operation) => throw new NotImplementedException();

    /// <summary>All members fit for an operation.</summary>
    /// <exception cref="RingException">No quorum.</exception>
    public ReplicaSet All(RingOperation operation) => throw new NotImplementedException();
}

/// <summary>A ring as this process sees it.</summary>
public sealed class HashRing
{
    /// <summary>The newest view.</summary>
    public RingSnapshot Snapshot => throw new NotImplementedException();
}
