using System.Diagnostics.CodeAnalysis;

namespace Pyro.Ring;

/// <summary>
/// The ring as one mergeable map: member id to the newest entry known. Merging takes the newer entry of each member, so it is
/// commutative, associative and idempotent; states that crossed on the way end up equal everywhere. Immutable.
/// </summary>
public sealed class RingState
{
    private readonly Dictionary<string, RingMember> _entries;

    private RingState(Dictionary<string, RingMember> entries) => _entries = entries;

    /// <summary>Nobody.</summary>
    public static RingState Empty { get; } = new([]);

    /// <summary>All entries, tombstones included, in no order.</summary>
    public IReadOnlyCollection<RingMember> Entries => _entries.Values;

    /// <summary>The state of these entries; of several of one member the newest stays.</summary>
    public static RingState Of(params IEnumerable<RingMember> entries)
    {
        var map = new Dictionary<string, RingMember>();
        foreach (var entry in entries) Keep(map, entry);
        return new RingState(map);
    }

    /// <summary>The entry of a member; a tombstone counts as one.</summary>
    public bool TryGet(string id, [NotNullWhen(true)] out RingMember? entry) => _entries.TryGetValue(id, out entry);

    /// <summary>Both together. Returns this very state when the other one says nothing new.</summary>
    public RingState Merge(RingState other)
    {
        Dictionary<string, RingMember>? merged = null;
        foreach (var entry in other._entries.Values)
        {
            if (_entries.TryGetValue(entry.Id, out var known) && RingMember.CompareEntries(entry, known) <= 0) continue;
            merged ??= new Dictionary<string, RingMember>(_entries);
            merged[entry.Id] = entry;
        }

        return merged is null ? this : new RingState(merged);
    }

    /// <summary>This state without the tombstones set before a moment (ms since the epoch): they have been told around by then.</summary>
    public RingState WithoutTombstonesBefore(long moment)
    {
        if (!_entries.Values.Any(Old)) return this;
        return new RingState(_entries.Where(e => !Old(e.Value)).ToDictionary(e => e.Key, e => e.Value));

        bool Old(RingMember entry) => entry.State == MemberState.Left && entry.Heartbeat < moment;
    }

    private static void Keep(Dictionary<string, RingMember> map, RingMember entry)
    {
        if (entry is { State: MemberState.Left, Tokens.Count: > 0 }) entry = entry with { Tokens = [] };
        if (!map.TryGetValue(entry.Id, out var known) || RingMember.CompareEntries(entry, known) > 0) map[entry.Id] = entry;
    }
}
