using System.Runtime.CompilerServices;

namespace Pyro.ObjectStore;

/// <summary>The part of a bucket under a prefix (<c>storage.prefix</c>), as if it were a bucket.</summary>
public sealed class PrefixedStore : IObjectStore, IDisposable
{
    private readonly IObjectStore _inner;
    private readonly string _prefix;

    /// <summary>Objects under <c>prefix/</c>; a `/` at its end may be left out.</summary>
    /// <exception cref="ObjectStoreException">No key can begin so.</exception>
    public PrefixedStore(IObjectStore inner, string prefix)
    {
        ObjectKeys.Check(prefix.TrimEnd('/'));
        _inner = inner;
        _prefix = prefix.TrimEnd('/') + "/";
    }

    /// <inheritdoc/>
    public string Description => $"{_inner.Description} under {_prefix}";

    /// <inheritdoc/>
    public ValueTask<Stream> Get(string key, CancellationToken cancellation) => Named(key, whole => _inner.Get(whole, cancellation));

    /// <inheritdoc/>
    public ValueTask<int> GetRange(string key, long offset, Memory<byte> into, CancellationToken cancellation) =>
        Named(key, whole => _inner.GetRange(whole, offset, into, cancellation));

    /// <inheritdoc/>
    public async ValueTask Put(string key, ObjectBody body, PutMode mode, CancellationToken cancellation) => await Named(key, async whole =>
    {
        await _inner.Put(whole, body, mode, cancellation);
        return true;
    });

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectEntry> List(
        string prefix, bool recursive, [EnumeratorCancellation] CancellationToken cancellation)
    {
        ObjectKeys.CheckPrefix(prefix);
        await foreach (ObjectEntry entry in _inner.List(_prefix + prefix, recursive, cancellation))
        {
            yield return entry with { Key = entry.Key[_prefix.Length..] };
        }
    }

    /// <inheritdoc/>
    public ValueTask Delete(string key, CancellationToken cancellation) => _inner.Delete(Whole(key), cancellation);

    /// <inheritdoc/>
    public ValueTask<ObjectAttributes> Attributes(string key, CancellationToken cancellation) =>
        Named(key, whole => _inner.Attributes(whole, cancellation));

    /// <inheritdoc/>
    public async IAsyncEnumerable<UnfinishedPut> Unfinished(string prefix, [EnumeratorCancellation] CancellationToken cancellation)
    {
        ObjectKeys.CheckPrefix(prefix);
        await foreach (UnfinishedPut put in _inner.Unfinished(_prefix + prefix, cancellation))
        {
            yield return put with { Key = put.Key[_prefix.Length..] };
        }
    }

    /// <inheritdoc/>
    public ValueTask<bool> Remove(UnfinishedPut put, CancellationToken cancellation) =>
        _inner.Remove(put with { Key = _prefix + put.Key }, cancellation);

    /// <inheritdoc/>
    public void Dispose() => (_inner as IDisposable)?.Dispose();

    /// <summary>Checked before the prefix stands in front, which would make an absolute path look like a key.</summary>
    private string Whole(string key)
    {
        ObjectKeys.Check(key);
        return _prefix + key;
    }

    /// <summary>Errors name the key that was asked for.</summary>
    private async ValueTask<T> Named<T>(string key, Func<string, ValueTask<T>> call)
    {
        try
        {
            return await call(Whole(key));
        }
        catch (ObjectNotFoundException e)
        {
            throw new ObjectNotFoundException(key, e);
        }
        catch (ObjectExistsException e)
        {
            throw new ObjectExistsException(key, e);
        }
    }
}
