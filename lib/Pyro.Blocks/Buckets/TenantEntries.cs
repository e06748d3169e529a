using System.Collections.Concurrent;

namespace Pyro.Blocks.Buckets;

/// <summary>
/// What is kept of each tenant that was asked for. Anybody can ask for any name: entries that are of no use are dropped when there are many.
/// </summary>
/// <param name="isOfNoUse">Whether an entry may go; one that is needed again is made again.</param>
public sealed class TenantEntries<T>(Func<T, bool> isOfNoUse)
    where T : class, new()
{
    /// <summary>Up to so many nothing is dropped.</summary>
    public const int Few = 1000;

    private readonly ConcurrentDictionary<string, T> _entries = new(StringComparer.Ordinal);
    private int _many = Few;

    /// <summary>Entries that are kept.</summary>
    public int Count => _entries.Count;

    /// <summary>The entry of a tenant, or null.</summary>
    public T? Find(string tenant) => _entries.GetValueOrDefault(tenant);

    /// <summary>The entry of a tenant, made when absent.</summary>
    public T Of(string tenant)
    {
        if (Find(tenant) is { } known)
        {
            return known;
        }

        if (_entries.Count >= Volatile.Read(ref _many))
        {
            Drop();
        }

        return _entries.GetOrAdd(tenant, static _ => new T());
    }

    // As many come again before the next time, so that each pays for few.
    private void Drop()
    {
        foreach (var entry in _entries)
        {
            if (isOfNoUse(entry.Value))
            {
                _entries.TryRemove(entry);
            }
        }

        Volatile.Write(ref _many, Math.Max(Few, 2 * _entries.Count));
    }
}
