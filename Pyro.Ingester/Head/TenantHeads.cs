using Pyro.Profiles.Records;

namespace Pyro.Ingester.Head;

/// <summary>
/// What is held of a tenant, and what its heads share: the lock under which rows are added, and the baselines of cumulative series. There
/// is one head that takes records for each time slot; those that were sealed stay until their block takes their place.
/// </summary>
/// <param name="clock">Tells which cumulative series nobody writes to any more.</param>
public sealed class TenantHeads(TimeProvider clock)
{
    private TenantHoldings _held = TenantHoldings.None;

    /// <summary>Counts what is taken in.</summary>
    public FamilyCounts Counts { get; init; } = new();

    /// <summary>Held while rows are added, and while what was added is looked at.</summary>
    public Lock RowLock { get; } = new();

    /// <summary>Highest values of cumulative series.</summary>
    public DeltaBaselines Baselines { get; } = new(clock);

    /// <summary>What is held now. Who answers a query takes it once, so that it sees a head or its block, never both or neither.</summary>
    public TenantHoldings Held => Volatile.Read(ref _held);

    /// <summary>The head of a ULID, or null.</summary>
    public TenantHead? Find(Ulid ulid)
    {
        foreach (var head in Held.Heads)
        {
            if (head.Ulid == ulid)
            {
                return head;
            }
        }

        return null;
    }

    /// <summary>The newest head that takes records of a slot, or null.</summary>
    public TenantHead? Open(long slot)
    {
        var heads = Held.Heads;
        for (var i = heads.Length - 1; i >= 0; i--)
        {
            if (heads[i].Slot == slot && !heads[i].IsSealed)
            {
                return heads[i];
            }
        }

        return null;
    }

    /// <summary>The slot of the newest head that takes records, or null.</summary>
    public long? NewestSlot
    {
        get
        {
            long? newest = null;
            foreach (var head in Held.Heads)
            {
                if (!head.IsSealed && (newest is null || head.Slot > newest))
                {
                    newest = head.Slot;
                }
            }

            return newest;
        }
    }

    /// <summary>The head that takes records of a slot, made when absent.</summary>
    public TenantHead GetOrOpen(long slot, Func<TenantHeads, TenantHead> make)
    {
        if (Open(slot) is { } known)
        {
            return known;
        }

        lock (RowLock)
        {
            return Open(slot) ?? Add(make(this));
        }
    }

    /// <summary>The head of a ULID, made when absent.</summary>
    public TenantHead GetOrAdd(Ulid ulid, Func<TenantHeads, TenantHead> make)
    {
        if (Find(ulid) is { } known)
        {
            return known;
        }

        lock (RowLock)
        {
            return Find(ulid) ?? Add(make(this));
        }
    }

    /// <summary>Takes a block in that was there before this process.</summary>
    public void Add(LocalBlock block)
    {
        lock (RowLock)
        {
            Volatile.Write(ref _held, _held.With(block));
        }
    }

    /// <summary>Takes a block in whose meta.json cannot be read.</summary>
    public void AddUnreadable(LocalBlock block)
    {
        lock (RowLock)
        {
            Volatile.Write(ref _held, _held with { Unreadable = [.. _held.Unreadable, block] });
        }
    }

    /// <summary>Puts a block in the place of what could not be read of it, or nothing when it is not there any more.</summary>
    /// <returns>False when what could not be read is not held any more: nothing has changed.</returns>
    public bool TryReplace(LocalBlock unreadable, LocalBlock? block)
    {
        lock (RowLock)
        {
            if (!_held.Has(unreadable))
            {
                return false;
            }

            var rest = _held.Without(unreadable);
            Volatile.Write(ref _held, block is null ? rest : rest.With(block));
            return true;
        }
    }

    /// <summary>Puts the block of a head in its place, or nothing when the head was empty.</summary>
    public void Replace(TenantHead head, LocalBlock? block)
    {
        lock (RowLock)
        {
            var rest = _held.Without(head);
            Volatile.Write(ref _held, block is null ? rest : rest.With(block));
        }

        head.Retire();
    }

    /// <summary>Holds a block no more.</summary>
    public void Remove(LocalBlock block)
    {
        lock (RowLock)
        {
            Volatile.Write(ref _held, _held.Without(block));
        }
    }

    /// <summary>Whether any head has a row of an identity, or swallowed it. Under <see cref="RowLock"/>.</summary>
    public bool Holds(ulong fingerprint, long timeNanos, ProfileId id)
    {
        foreach (var head in _held.Heads)
        {
            if (head.Holds(fingerprint, timeNanos, id))
            {
                return true;
            }
        }

        return false;
    }

    private TenantHead Add(TenantHead head)
    {
        Volatile.Write(ref _held, _held.With(head));
        return head;
    }
}
