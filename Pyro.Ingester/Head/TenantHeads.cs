using Pyro.Profiles.Records;

namespace Pyro.Ingester.Head;

/// <summary>What a tenant's heads share: the lock under which rows are added, and the baselines of cumulative series.</summary>
public sealed class TenantHeads
{
    private TenantHead[] _heads = [];

    /// <summary>Held while rows are added, and while what was added is looked at.</summary>
    public Lock RowLock { get; } = new();

    /// <summary>Held while a row of a cumulative series is turned into its increase and added; taken before <see cref="RowLock"/>.</summary>
    public Lock BaselineLock { get; } = new();

    /// <summary>Highest values of cumulative series; guarded by <see cref="BaselineLock"/>.</summary>
    public DeltaBaselines Baselines { get; } = new();

    /// <summary>The heads, oldest first.</summary>
    public IReadOnlyList<TenantHead> Heads => Volatile.Read(ref _heads);

    /// <summary>The head that takes records now: the newest, or null.</summary>
    public TenantHead? Open
    {
        get
        {
            var heads = Volatile.Read(ref _heads);
            return heads.Length == 0 ? null : heads[^1];
        }
    }

    /// <summary>The head of a ULID, or null.</summary>
    public TenantHead? Find(Ulid ulid)
    {
        foreach (var head in Volatile.Read(ref _heads))
        {
            if (head.Ulid == ulid)
            {
                return head;
            }
        }

        return null;
    }

    /// <summary>The head of a ULID, made when absent.</summary>
    public TenantHead GetOrAdd(Ulid ulid, Func<TenantHeads, Ulid, TenantHead> make)
    {
        if (Find(ulid) is { } known)
        {
            return known;
        }

        lock (RowLock)
        {
            if (Find(ulid) is { } made)
            {
                return made;
            }

            var head = make(this, ulid);
            TenantHead[] heads = [.. _heads, head];
            Array.Sort(heads, static (a, b) => a.Ulid.CompareTo(b.Ulid));
            Volatile.Write(ref _heads, heads);
            return head;
        }
    }

    /// <summary>Whether any head has a row of an identity, or swallowed it. Under <see cref="RowLock"/>.</summary>
    public bool Holds(ulong fingerprint, long timeNanos, ProfileId id)
    {
        foreach (var head in _heads)
        {
            if (head.Holds(fingerprint, timeNanos, id))
            {
                return true;
            }
        }

        return false;
    }
}
