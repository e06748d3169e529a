namespace Pyro.ObjectStore;

/// <summary>Short forms over the seam.</summary>
public static class ObjectStoreExtensions
{
    /// <summary>The whole content of an object.</summary>
    /// <param name="store">Where it lies.</param>
    /// <param name="key">Its key.</param>
    /// <param name="maxBytes">Bytes that it may have.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="ObjectNotFoundException">There is no such object.</exception>
    /// <exception cref="ObjectStoreException">It is longer than the limit (<see cref="StoreFault.Damaged"/>), or the store refuses.</exception>
    public static async ValueTask<byte[]> ReadAll(this IObjectStore store, string key, int maxBytes, CancellationToken cancellation)
    {
        await using Stream content = await store.Get(key, cancellation);
        using var bytes = new MemoryStream();
        byte[] buffer = new byte[Math.Min(maxBytes + 1L, 64 * 1024)];
        while (await content.ReadAsync(buffer, cancellation) is > 0 and var read)
        {
            if (bytes.Length + read > maxBytes)
            {
                throw new ObjectStoreException(StoreFault.Damaged, $"object '{key}' has more than the {maxBytes} bytes it may have");
            }

            bytes.Write(buffer, 0, read);
        }

        return bytes.ToArray();
    }

    /// <summary>Removes what the puts left that <see cref="IObjectStore.Unfinished"/> tells of.</summary>
    /// <returns>How many there were.</returns>
    public static async ValueTask<int> RemoveUnfinished(this IObjectStore store, string prefix, CancellationToken cancellation)
    {
        int removed = 0;
        await foreach (UnfinishedPut put in store.Unfinished(prefix, cancellation))
        {
            removed += await store.Remove(put, cancellation) ? 1 : 0;
        }

        return removed;
    }

    /// <summary>Whether there is such an object.</summary>
    public static async ValueTask<bool> Exists(this IObjectStore store, string key, CancellationToken cancellation)
    {
        try
        {
            await store.Attributes(key, cancellation);
            return true;
        }
        catch (ObjectNotFoundException)
        {
            return false;
        }
    }
}
