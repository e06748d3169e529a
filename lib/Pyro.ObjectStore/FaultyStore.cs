using System.Runtime.CompilerServices;

namespace Pyro.ObjectStore;

/// <summary>How often what goes wrong: shares between 0 and 1 of the calls that it can happen to.</summary>
public sealed record StoreFaults
{
    /// <summary>Calls that are refused with "slow down".</summary>
    public double Throttled { get; init; }

    /// <summary>Calls that fail before they have an effect.</summary>
    public double Failed { get; init; }

    /// <summary>Puts and deletes that happen and are answered with an error.</summary>
    public double DoneButFailed { get; init; }

    /// <summary>Gets that fail with an error somewhere in the content.</summary>
    public double CutOff { get; init; }

    /// <summary>Gets that end too early without an error.</summary>
    public double Truncated { get; init; }

    /// <summary>Gets with one bit changed.</summary>
    public double Corrupted { get; init; }

    /// <summary>End of the keys whose content always comes as it is, if it comes: that of files without checksums; "": none.</summary>
    public string Intact { get; init; } = "";

    /// <summary>Puts that are confirmed and never happen.</summary>
    public double LostPuts { get; init; }

    /// <summary>Calls that take up to <see cref="SlowFor"/> longer.</summary>
    public double Slow { get; init; }

    /// <summary>The longest that a slow call takes.</summary>
    public TimeSpan SlowFor { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest that a listing is late: it does not show objects put, and still shows those deleted.</summary>
    public TimeSpan ListingDelay { get; init; }
}

/// <summary>
/// A bucket that fails, for tests and simulations. What goes wrong follows from the seed. A crash is that of the process that uses the bucket:
/// the call it happens in has or has not had its effect, and nothing can be called until <see cref="Restart"/>.
/// </summary>
public sealed class FaultyStore(IObjectStore inner, int seed, TimeProvider time) : IObjectStore
{
    private readonly Lock _gate = new();
    private readonly Random _random = new(seed);
    private readonly Dictionary<string, LateEntry> _late = new(StringComparer.Ordinal);
    private readonly Dictionary<StoreOperation, int> _counts = [];
    private long _changesLeft = long.MaxValue;
    private bool _crashed;

    /// <summary>What goes wrong from now on.</summary>
    public StoreFaults Faults { get; set; } = new();

    /// <summary>No call reaches the bucket.</summary>
    public bool IsDown { get; set; }

    /// <summary>Asked before each operation with its key or prefix; an error it gives is thrown instead.</summary>
    public Func<StoreOperation, string, ObjectStoreException?>? Fault { get; set; }

    /// <summary>How often each operation was begun.</summary>
    public IReadOnlyDictionary<StoreOperation, int> Counts
    {
        get
        {
            lock (_gate)
            {
                return new Dictionary<StoreOperation, int>(_counts);
            }
        }
    }

    /// <inheritdoc/>
    public string Description => $"failing {inner.Description}";

    /// <summary>Whether its user crashed and did not start again.</summary>
    public bool HasCrashed
    {
        get
        {
            lock (_gate)
            {
                return _crashed;
            }
        }
    }

    /// <summary>Lets so many more puts and deletes happen; the process dies in the one after them.</summary>
    public void CrashAfter(long changes) => _changesLeft = changes;

    /// <summary>Another process begins to use the bucket.</summary>
    public void Restart()
    {
        lock (_gate)
        {
            (_crashed, _changesLeft) = (false, long.MaxValue);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<Stream> Get(string key, CancellationToken cancellation)
    {
        await Begin(StoreOperation.Get, key, cancellation);
        byte[] content = await inner.ReadAll(key, int.MaxValue - 64, cancellation);
        int end = content.Length;
        bool cut = Happens(Faults.CutOff);
        if (cut || (MayDiffer(key) && Happens(Faults.Truncated)))
        {
            end = Draw(content.Length);
        }

        Corrupt(key, content);
        return new CutStream(content, end, cut ? Error(StoreFault.Unavailable, $"the connection broke after {end} bytes of '{key}'") : null);
    }

    /// <inheritdoc/>
    public async ValueTask<int> GetRange(string key, long offset, Memory<byte> into, CancellationToken cancellation)
    {
        await Begin(StoreOperation.GetRange, key, cancellation);
        int read = await inner.GetRange(key, offset, into, cancellation);
        if (Happens(Faults.CutOff))
        {
            throw Error(StoreFault.Unavailable, $"the connection broke while '{key}' was read");
        }

        if (MayDiffer(key) && Happens(Faults.Truncated))
        {
            read = Draw(read);
        }

        Corrupt(key, into.Span[..read]);
        return read;
    }

    /// <inheritdoc/>
    public async ValueTask Put(string key, ObjectBody body, PutMode mode, CancellationToken cancellation)
    {
        await Begin(StoreOperation.Put, key, cancellation);
        bool dies = Dies();
        if (!dies && Happens(Faults.LostPuts))
        {
            return;
        }

        if (!dies || Happens(0.5))
        {
            bool replaced = await inner.Exists(key, cancellation);
            await inner.Put(key, body, mode, cancellation);
            if (!replaced)
            {
                Delay(key, isThere: true, new ObjectEntry(key, body.Length, time.GetUtcNow()));
            }
        }

        End(dies, key);
    }

    /// <inheritdoc/>
    public async ValueTask Delete(string key, CancellationToken cancellation)
    {
        await Begin(StoreOperation.Delete, key, cancellation);
        bool dies = Dies();
        if ((!dies || Happens(0.5)) && await inner.Exists(key, cancellation))
        {
            ObjectAttributes was = await inner.Attributes(key, cancellation);
            await inner.Delete(key, cancellation);
            Delay(key, isThere: false, new ObjectEntry(key, was.Length, was.Modified));
        }

        End(dies, key);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectEntry> List(
        string prefix, bool recursive, [EnumeratorCancellation] CancellationToken cancellation)
    {
        ObjectKeys.CheckPrefix(prefix);
        await Begin(StoreOperation.List, prefix, cancellation);
        var shown = new SortedDictionary<string, ObjectEntry>(ObjectKeys.Order);
        await foreach (ObjectEntry entry in inner.List(prefix, recursive: true, cancellation))
        {
            shown[entry.Key] = entry;
        }

        ShowAsBefore(prefix, shown);
        string? last = null;
        int cut = Happens(Faults.CutOff) ? Draw(shown.Count + 1) : -1;
        foreach (ObjectEntry entry in shown.Values)
        {
            if (cut-- == 0)
            {
                throw Error(StoreFault.Unavailable, $"the connection broke while '{prefix}' was listed");
            }

            int slash = recursive ? -1 : entry.Key.IndexOf('/', prefix.Length);
            ObjectEntry line = slash < 0 ? entry : new ObjectEntry(entry.Key[..(slash + 1)], 0, default);
            if (line.Key != last)
            {
                last = line.Key;
                yield return line;
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ObjectAttributes> Attributes(string key, CancellationToken cancellation)
    {
        await Begin(StoreOperation.Attributes, key, cancellation);
        return await inner.Attributes(key, cancellation);
    }

    private async ValueTask Begin(StoreOperation operation, string key, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        lock (_gate)
        {
            _counts[operation] = _counts.GetValueOrDefault(operation) + 1;
        }

        if (Happens(Faults.Slow))
        {
            await Task.Delay(Faults.SlowFor * Share(), time, cancellation);
        }

        if (_crashed || IsDown)
        {
            throw Error(StoreFault.Unavailable, "nobody answers");
        }

        if (Fault?.Invoke(operation, key) is { } fault)
        {
            throw fault;
        }

        if (Happens(Faults.Throttled))
        {
            throw Error(StoreFault.Throttled, "slow down");
        }

        if (Happens(Faults.Failed))
        {
            throw Error(StoreFault.Unavailable, "it failed inside");
        }
    }

    private void End(bool dies, string key)
    {
        if (dies || Happens(Faults.DoneButFailed))
        {
            throw Error(StoreFault.Unavailable, dies ? "the process died" : $"the answer for '{key}' was lost");
        }
    }

    private bool Dies()
    {
        lock (_gate)
        {
            _crashed |= _changesLeft-- <= 0;
            return _crashed;
        }
    }

    private void Delay(string key, bool isThere, ObjectEntry entry)
    {
        if (Faults.ListingDelay > TimeSpan.Zero)
        {
            DateTimeOffset until = time.GetUtcNow() + (Faults.ListingDelay * Share());
            lock (_gate)
            {
                _late[key] = new LateEntry(isThere, entry, until);
            }
        }
    }

    private void ShowAsBefore(string prefix, SortedDictionary<string, ObjectEntry> shown)
    {
        DateTimeOffset now = time.GetUtcNow();
        lock (_gate)
        {
            foreach ((string key, LateEntry late) in _late)
            {
                if (late.Until <= now)
                {
                    _late.Remove(key);
                }
                else if (late.IsThere)
                {
                    shown.Remove(key);
                }
                else if (key.StartsWith(prefix, StringComparison.Ordinal))
                {
                    shown[key] = late.Entry;
                }
            }
        }
    }

    private bool MayDiffer(string key) => Faults.Intact.Length == 0 || !key.EndsWith(Faults.Intact, StringComparison.Ordinal);

    private void Corrupt(string key, Span<byte> content)
    {
        if (content.Length > 0 && MayDiffer(key) && Happens(Faults.Corrupted))
        {
            content[Draw(content.Length)] ^= (byte)(1 << Draw(8));
        }
    }

    private bool Happens(double share) => share > 0 && Share() < share;

    private double Share()
    {
        lock (_gate)
        {
            return _random.NextDouble();
        }
    }

    private int Draw(int below)
    {
        lock (_gate)
        {
            return _random.Next(below);
        }
    }

    private ObjectStoreException Error(StoreFault fault, string message) => new(fault, $"{Description}: {message}");

    /// <summary>What a listing does not tell yet.</summary>
    private sealed record LateEntry(bool IsThere, ObjectEntry Entry, DateTimeOffset Until);

    /// <summary>Content that ends, with or without an error, before its end.</summary>
    private sealed class CutStream(byte[] content, int end, ObjectStoreException? error) : ReadStream
    {
        public override long Length => content.Length;

        protected override ValueTask<int> ReadAt(Memory<byte> buffer, long position, CancellationToken cancellation)
        {
            int count = Math.Min(buffer.Length, end - (int)position);
            if (count == 0 && buffer.Length > 0 && error is not null)
            {
                throw error;
            }

            content.AsMemory((int)position, count).CopyTo(buffer);
            return ValueTask.FromResult(count);
        }
    }
}
