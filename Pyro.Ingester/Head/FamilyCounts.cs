using System.Collections.Concurrent;

namespace Pyro.Ingester.Head;

/// <summary>What was taken into heads since the process began, by the family of profiles (<c>__name__</c>).</summary>
public sealed class FamilyCounts
{
    /// <summary>The name under which families beyond the first <see cref="FamiliesMax"/> are counted: names come from clients.</summary>
    public const string Others = "other";

    /// <summary>Families that are counted by name.</summary>
    public const int FamiliesMax = 200;

    private readonly ConcurrentDictionary<string, FamilyCount> _families = new(StringComparer.Ordinal);

    /// <summary>The families that there are figures of.</summary>
    public IEnumerable<KeyValuePair<string, FamilyCount>> All => _families;

    /// <summary>The figures of a family.</summary>
    public FamilyCount Of(string family) =>
        _families.TryGetValue(family, out var known) ? known : _families.GetOrAdd(_families.Count < FamiliesMax ? family : Others, static _ => new FamilyCount());
}

/// <summary>What was taken into heads of one family. Several may count at the same time.</summary>
public sealed class FamilyCount
{
    private long _series, _profiles, _received, _stored;

    /// <summary>Series that came into a head.</summary>
    public long Series => Volatile.Read(ref _series);

    /// <summary>Rows.</summary>
    public long Profiles => Volatile.Read(ref _profiles);

    /// <summary>Values that came with these rows.</summary>
    public long ReceivedValues => Volatile.Read(ref _received);

    /// <summary>Values of them that were stored: not those that are zero.</summary>
    public long StoredValues => Volatile.Read(ref _stored);

    /// <summary>A series came into a head.</summary>
    public void AddSeries() => Interlocked.Increment(ref _series);

    /// <summary>A row was added.</summary>
    public void AddRow(int received, int stored)
    {
        Interlocked.Increment(ref _profiles);
        Interlocked.Add(ref _received, received);
        Interlocked.Add(ref _stored, stored);
    }
}
