using Pyro.Disk;

namespace Pyro.ObjectStore;

/// <summary>
/// A bucket: objects under keys with `/` between their parts. An object is there as a whole or not at all; once put it is never changed,
/// only replaced or deleted. Every call throws <see cref="ObjectStoreException"/> when the store refuses or cannot be reached.
/// </summary>
public interface IObjectStore
{
    /// <summary>Which bucket this is, for people: <c>filesystem ./data-shared</c>, <c>s3 bucket at endpoint</c>.</summary>
    string Description { get; }

    /// <summary>The content of an object as it comes; to be disposed of.</summary>
    /// <exception cref="ObjectNotFoundException">There is no such object.</exception>
    ValueTask<Stream> Get(string key, CancellationToken cancellation);

    /// <summary>Reads a part of an object, from <paramref name="offset"/> in bytes on.</summary>
    /// <returns>Bytes read; fewer than asked for only at the end of the object, where it is 0.</returns>
    /// <exception cref="ObjectNotFoundException">There is no such object.</exception>
    ValueTask<int> GetRange(string key, long offset, Memory<byte> into, CancellationToken cancellation);

    /// <summary>Puts an object in place at once: others see all of it or what was there before. On return it is there to stay.</summary>
    /// <exception cref="ObjectExistsException">It was to be created only, and there is one already.</exception>
    ValueTask Put(string key, ObjectBody body, PutMode mode, CancellationToken cancellation);

    /// <summary>
    /// What lies under a prefix, in ascending byte order of keys. Not recursive: what lies deeper than the next `/` comes as one entry
    /// that ends in it.
    /// </summary>
    IAsyncEnumerable<ObjectEntry> List(string prefix, bool recursive, CancellationToken cancellation);

    /// <summary>Removes an object; no error when there is none.</summary>
    ValueTask Delete(string key, CancellationToken cancellation);

    /// <summary>What is known of an object without reading it.</summary>
    /// <exception cref="ObjectNotFoundException">There is no such object.</exception>
    ValueTask<ObjectAttributes> Attributes(string key, CancellationToken cancellation);

    /// <summary>
    /// Puts under a prefix that began more than a day ago and were broken off, in ascending byte order of keys, where the store keeps such and
    /// they can be asked for. No listing shows what they left, and it takes room.
    /// </summary>
    IAsyncEnumerable<UnfinishedPut> Unfinished(string prefix, CancellationToken cancellation) => AsyncEnumerable.Empty<UnfinishedPut>();

    /// <summary>Removes what a put left.</summary>
    /// <returns>Whether it is gone by this.</returns>
    ValueTask<bool> Remove(UnfinishedPut put, CancellationToken cancellation) => ValueTask.FromResult(false);
}

/// <summary>A put that was broken off.</summary>
/// <param name="Key">Key of the object that it was to be.</param>
/// <param name="Id">What the store calls it.</param>
public readonly record struct UnfinishedPut(string Key, string Id);

/// <summary>Whether an object may stand in the place of another.</summary>
public enum PutMode
{
    /// <summary>It replaces what is there.</summary>
    Replace,

    /// <summary>Only when nothing is there. Stores that cannot tell look first, which leaves a gap between looking and writing.</summary>
    CreateOnly,
}

/// <summary>What is known of an object.</summary>
/// <param name="Length">Bytes.</param>
/// <param name="Modified">When it was put.</param>
public readonly record struct ObjectAttributes(long Length, DateTimeOffset Modified);

/// <summary>A line of a listing.</summary>
/// <param name="Key">Whole key, or for what lies deeper the key up to and including the next `/`.</param>
/// <param name="Length">Bytes; 0 for what lies deeper.</param>
/// <param name="Modified">When it was put; default for what lies deeper.</param>
public readonly record struct ObjectEntry(string Key, long Length, DateTimeOffset Modified)
{
    /// <summary>Stands for what lies deeper.</summary>
    public bool IsPrefix => Key.EndsWith('/');
}

/// <summary>The content of an object to be put. It is opened again for each attempt.</summary>
/// <param name="length">Bytes.</param>
/// <param name="open">Opens it from its beginning.</param>
public sealed class ObjectBody(long length, Func<CancellationToken, ValueTask<Stream>> open)
{
    /// <summary>Bytes.</summary>
    public long Length => length;

    /// <summary>The content from its beginning; to be disposed of.</summary>
    public ValueTask<Stream> Open(CancellationToken cancellation) => open(cancellation);

    /// <summary>Bytes in memory.</summary>
    public static ObjectBody Of(ReadOnlyMemory<byte> bytes) =>
        new(bytes.Length, _ => ValueTask.FromResult<Stream>(new MemoryStream(bytes.ToArray(), writable: false)));

    /// <summary>A file of so many bytes, that does not change while it is put.</summary>
    public static ObjectBody OfFile(IDisk disk, string path, long length) =>
        new(length, _ => ValueTask.FromResult<Stream>(new DiskStream(disk.OpenRead(path))));
}
