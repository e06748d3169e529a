namespace Pyro.Ring;

/// <summary>State of a ring member, in the order in which a tie of heartbeats is settled: the later one wins.</summary>
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

/// <summary>One member as the ring knows it.</summary>
/// <param name="Id">Unique name.</param>
/// <param name="Address"><c>host:port</c> to dial.</param>
/// <param name="State">State told by the member.</param>
/// <param name="Zone">Availability zone, "" when none.</param>
/// <param name="Tokens">Sorted positions; a tombstone has none.</param>
/// <param name="Heartbeat">Last sign of life, ms since the epoch by the member's clock; of two entries the later one counts.</param>
/// <param name="Registered">When the member first joined, ms since the epoch by its clock; 0: unknown.</param>
public sealed record RingMember(
    string Id, string Address, MemberState State, string Zone, IReadOnlyList<uint> Tokens, long Heartbeat, long Registered = 0)
{
    /// <summary>
    /// Which of two entries of one member counts: the later heartbeat, then the later state (a tombstone beats all), then the
    /// content, so that every process picks the same one in whatever order they arrive.
    /// </summary>
    /// <returns>Below zero when <paramref name="a"/> gives way.</returns>
    public static int CompareEntries(RingMember a, RingMember b)
    {
        var order = a.Heartbeat.CompareTo(b.Heartbeat);
        if (order == 0) order = a.State.CompareTo(b.State);
        if (order == 0) order = a.Registered.CompareTo(b.Registered);
        if (order == 0) order = string.CompareOrdinal(a.Address, b.Address);
        if (order == 0) order = string.CompareOrdinal(a.Zone, b.Zone);
        return order == 0 ? CompareTokens(a.Tokens, b.Tokens) : order;
    }

    internal RingMember AsTombstone(long heartbeat) => this with { State = MemberState.Left, Tokens = [], Heartbeat = heartbeat };

    internal static bool SameTokens(IReadOnlyList<uint> a, IReadOnlyList<uint> b) => ReferenceEquals(a, b) || CompareTokens(a, b) == 0;

    private static int CompareTokens(IReadOnlyList<uint> a, IReadOnlyList<uint> b)
    {
        for (var i = 0; i < a.Count && i < b.Count; i++)
        {
            if (a[i] != b[i]) return a[i].CompareTo(b[i]);
        }

        return a.Count.CompareTo(b.Count);
    }
}
