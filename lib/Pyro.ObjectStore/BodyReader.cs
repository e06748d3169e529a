namespace Pyro.ObjectStore;

/// <summary>
/// Reads a body piece by piece and holds it to the length that it promised. What the source throws passes unchanged: it is no fault of the store.
/// </summary>
internal sealed class BodyReader(Stream source, ObjectBody body, string key) : IAsyncDisposable
{
    private long _read;

    /// <summary>Opens a body.</summary>
    public static async ValueTask<BodyReader> Open(ObjectBody body, string key, CancellationToken cancellation) =>
        new(await body.Open(cancellation), body, key);

    /// <summary>Fills the buffer from the body, less only at its end.</summary>
    /// <exception cref="ObjectStoreException">The body is shorter or longer than it promised.</exception>
    public async ValueTask<int> Fill(Memory<byte> buffer, CancellationToken cancellation)
    {
        int filled = 0;
        while (filled < buffer.Length)
        {
            int read = await source.ReadAsync(buffer[filled..], cancellation);
            if (read == 0)
            {
                break;
            }

            filled += read;
        }

        _read += filled;
        if (_read > body.Length || (filled < buffer.Length && _read < body.Length))
        {
            throw WrongLength();
        }

        return filled;
    }

    /// <summary>Makes sure that all of the body was read and nothing follows.</summary>
    /// <exception cref="ObjectStoreException">The body is longer than it promised.</exception>
    public async ValueTask ExpectEnd(CancellationToken cancellation)
    {
        if (_read != body.Length || await source.ReadAsync(new byte[1], cancellation) > 0)
        {
            throw WrongLength();
        }
    }

    public ValueTask DisposeAsync() => source.DisposeAsync();

    private ObjectStoreException WrongLength() =>
        new(StoreFault.Damaged, $"the content for object '{key}' does not have the {body.Length} bytes that were promised; {_read} were read");
}
