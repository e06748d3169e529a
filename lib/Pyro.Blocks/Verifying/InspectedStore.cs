using System.Runtime.CompilerServices;
using Pyro.Blocks.Meta;
using Pyro.ObjectStore;

namespace Pyro.Blocks.Verifying;

/// <summary>
/// A bucket whose blocks are looked at, and nothing is changed. That an object cannot be read or a folder cannot be listed is a fault of that one
/// (<see cref="DamagedBlockException"/>) as long as the bucket gives what it gave before; else it is the bucket's own, and its
/// <see cref="ObjectStoreException"/> goes on.
/// </summary>
/// <param name="inner">The bucket, with its retries.</param>
public sealed class InspectedStore(IObjectStore inner) : IObjectStore
{
    // An object that could be read.
    private volatile string? _known;

    /// <inheritdoc/>
    public string Description => inner.Description;

    /// <inheritdoc/>
    /// <remarks>It has come whole, so that no fault is left to its reader: only small files are read this way.</remarks>
    public ValueTask<Stream> Get(string key, CancellationToken cancellation) => Read<Stream>(
        key, async () => new MemoryStream(await inner.ReadAll(key, BucketIndex.MostBytes, cancellation), writable: false), cancellation);

    /// <inheritdoc/>
    public ValueTask<int> GetRange(string key, long offset, Memory<byte> into, CancellationToken cancellation) =>
        Read(key, () => inner.GetRange(key, offset, into, cancellation), cancellation);

    /// <inheritdoc/>
    public ValueTask<ObjectAttributes> Attributes(string key, CancellationToken cancellation) =>
        Ask(key, () => inner.Attributes(key, cancellation), cancellation);

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectEntry> List(string prefix, bool recursive, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var entries = inner.List(prefix, recursive, cancellation).GetAsyncEnumerator(cancellation);
        while (await Ask(prefix, entries.MoveNextAsync, cancellation))
        {
            yield return entries.Current;
        }
    }

    /// <inheritdoc/>
    public ValueTask Put(string key, ObjectBody body, PutMode mode, CancellationToken cancellation) => throw Unchanged();

    /// <inheritdoc/>
    public ValueTask Delete(string key, CancellationToken cancellation) => throw Unchanged();

    private static NotSupportedException Unchanged() => new("The bucket is only looked at.");

    private async ValueTask<T> Read<T>(string key, Func<ValueTask<T>> call, CancellationToken cancellation)
    {
        var read = await Ask(key, call, cancellation);
        _known = key;
        return read;
    }

    private async ValueTask<T> Ask<T>(string key, Func<ValueTask<T>> call, CancellationToken cancellation)
    {
        try
        {
            return await call();
        }
        catch (ObjectStoreException e) when (e.Fault is not (StoreFault.NotFound or StoreFault.Throttled))
        {
            if (await Answers(cancellation))
            {
                throw new DamagedBlockException(key, -1, $"cannot be read: {e.Message}", e);
            }

            throw;
        }
    }

    // All that is looked at was found from the root, so that could be listed.
    private async ValueTask<bool> Answers(CancellationToken cancellation)
    {
        try
        {
            await foreach (var _ in inner.List("", recursive: false, cancellation))
            {
                break;
            }

            if (_known is { } known)
            {
                await inner.GetRange(known, 0, new byte[1], cancellation);
            }

            return true;
        }
        catch (ObjectStoreException e)
        {
            return e.Fault == StoreFault.NotFound;
        }
    }
}
