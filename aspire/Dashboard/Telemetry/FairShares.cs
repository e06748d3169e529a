namespace Aspire.Dashboard.Telemetry;

/// <summary>What one resource holds of a store, the oldest first.</summary>
/// <typeparam name="T">What is held.</typeparam>
internal sealed class Share<T>
{
    public LinkedList<T> Items { get; } = new();

    /// <summary>About how many bytes the items take.</summary>
    public long Bytes { get; set; }

    /// <summary>The items that went since they came, to make room.</summary>
    public long Dropped { get; set; }
}

/// <summary>
/// Divides the room of a store among the resources that send: over the bounds, the oldest item goes of whoever holds most, so that a noisy
/// sender loses its own. Every resource of the graph has a share; so have the first others, and those beyond them have one together,
/// since a sender may invent names. The store that owns it locks.
/// </summary>
/// <typeparam name="T">What is held.</typeparam>
internal sealed class FairShares<T>(Func<string, bool> isKnown)
{
    /// <summary>Shares of names that the graph does not know.</summary>
    public const int MaxStrangers = 32;

    private readonly Dictionary<string, Share<T>> _shares = new(StringComparer.OrdinalIgnoreCase);
    private readonly Share<T> _others = new();
    private int _strangers;

    /// <summary>The items held by all.</summary>
    public int Count { get; private set; }

    /// <summary>About how many bytes all items take.</summary>
    public long Bytes { get; private set; }

    /// <summary>The shares in which a resource's items may be; null: everybody's.</summary>
    public IEnumerable<Share<T>> Holding(string? resource) =>
        resource is null ? [.. _shares.Values, _others] : _shares.TryGetValue(resource, out var share) ? [share, _others] : [_others];

    /// <summary>The share that a resource's items are in.</summary>
    public Share<T> Of(string resource)
    {
        if (_shares.TryGetValue(resource, out var share))
            return share;
        var isStranger = !isKnown(resource);
        if (isStranger && _strangers == MaxStrangers)
            return _others;
        _strangers += isStranger ? 1 : 0;
        share = new Share<T>();
        _shares.Add(resource, share);
        return share;
    }

    /// <summary>The items that went of a resource, or of all, to make room.</summary>
    public long Dropped(string? resource) =>
        resource is not null ? (_shares.TryGetValue(resource, out var share) ? share : _others).Dropped : _others.Dropped + _shares.Values.Sum(one => one.Dropped);

    /// <summary>Adds an item as the newest of a share.</summary>
    public LinkedListNode<T> Add(Share<T> share, T item, long bytes)
    {
        Count++;
        Weigh(share, bytes);
        return share.Items.AddLast(item);
    }

    /// <summary>An item of the share has grown by so many bytes.</summary>
    public void Weigh(Share<T> share, long bytes)
    {
        share.Bytes += bytes;
        Bytes += bytes;
    }

    /// <summary>Takes the oldest item out of the share with the most items, or the most bytes.</summary>
    /// <param name="byBytes">By bytes, not by number.</param>
    /// <param name="weight">What the item weighs.</param>
    public T DropOldest(bool byBytes, Func<T, long> weight)
    {
        var most = _others;
        foreach (var share in _shares.Values)
        {
            if (share.Items.Count > 0 && (most.Items.Count == 0 || (byBytes ? share.Bytes > most.Bytes : share.Items.Count > most.Items.Count)))
                most = share;
        }
        var item = most.Items.First!.Value;
        most.Items.RemoveFirst();
        most.Dropped++;
        Count--;
        Weigh(most, -weight(item));
        return item;
    }
}
