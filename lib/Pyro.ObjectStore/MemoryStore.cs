using System.Runtime.CompilerServices;

namespace Pyro.ObjectStore;

/// <summary>A bucket in memory, for tests and simulations; with <see cref="FaultyStore"/> before it, one that fails.</summary>
public sealed class MemoryStore(TimeProvider time) : IObjectStore
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, (byte[] Content, DateTimeOffset Modified)> _objects = new(ObjectKeys.Order);

    /// <inheritdoc/>
    public string Description => "memory";

    /// <summary>Every key, in order.</summary>
    public IReadOnlyList<string> Keys
    {
        get
        {
            lock (_gate)
            {
                return [.. _objects.Keys];
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask<Stream> Get(string key, CancellationToken cancellation) =>
        ValueTask.FromResult<Stream>(new MemoryStream(Find(key, cancellation).Content, writable: false));

    /// <inheritdoc/>
    public ValueTask<int> GetRange(string key, long offset, Memory<byte> into, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        byte[] content = Find(key, cancellation).Content;
        Span<byte> rest = content.AsSpan((int)Math.Min(offset, content.Length));
        rest = rest[..Math.Min(rest.Length, into.Length)];
        rest.CopyTo(into.Span);
        return ValueTask.FromResult(rest.Length);
    }

    /// <inheritdoc/>
    public async ValueTask Put(string key, ObjectBody body, PutMode mode, CancellationToken cancellation)
    {
        ObjectKeys.Check(key);
        await using BodyReader reader = await BodyReader.Open(body, key, cancellation);
        byte[] content = new byte[body.Length];
        await reader.Fill(content, cancellation);
        await reader.ExpectEnd(cancellation);
        lock (_gate)
        {
            if (mode == PutMode.CreateOnly && _objects.ContainsKey(key))
            {
                throw new ObjectExistsException(key);
            }

            _objects[key] = (content, time.GetUtcNow());
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectEntry> List(
        string prefix, bool recursive, [EnumeratorCancellation] CancellationToken cancellation)
    {
        ObjectKeys.CheckPrefix(prefix);
        await ValueTask.CompletedTask;
        foreach (ObjectEntry entry in Entries(prefix, recursive))
        {
            cancellation.ThrowIfCancellationRequested();
            yield return entry;
        }
    }

    /// <inheritdoc/>
    public ValueTask Delete(string key, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        ObjectKeys.Check(key);
        lock (_gate)
        {
            _objects.Remove(key);
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<ObjectAttributes> Attributes(string key, CancellationToken cancellation)
    {
        (byte[] content, DateTimeOffset modified) = Find(key, cancellation);
        return ValueTask.FromResult(new ObjectAttributes(content.Length, modified));
    }

    private (byte[] Content, DateTimeOffset Modified) Find(string key, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        ObjectKeys.Check(key);
        lock (_gate)
        {
            return _objects.TryGetValue(key, out (byte[], DateTimeOffset) found) ? found : throw new ObjectNotFoundException(key);
        }
    }

    private List<ObjectEntry> Entries(string prefix, bool recursive)
    {
        var entries = new List<ObjectEntry>();
        lock (_gate)
        {
            foreach ((string key, (byte[] content, DateTimeOffset modified)) in _objects)
            {
                if (!key.StartsWith(prefix, StringComparison.Ordinal))
                {
                    continue;
                }

                int slash = recursive ? -1 : key.IndexOf('/', prefix.Length);
                if (slash < 0)
                {
                    entries.Add(new ObjectEntry(key, content.Length, modified));
                }
                else if (entries.Count == 0 || entries[^1].Key != key[..(slash + 1)])
                {
                    entries.Add(new ObjectEntry(key[..(slash + 1)], 0, default));
                }
            }
        }

        return entries;
    }
}
