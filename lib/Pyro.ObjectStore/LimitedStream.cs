namespace Pyro.ObjectStore;

/// <summary>Content on its way: each piece must come in time, and all of them must come.</summary>
internal sealed class LimitedStream(Stream content, RetryOptions options, TimeProvider time, StoreMetrics metrics, IObjectStore store, string key)
    : ReadStream
{
    /// <inheritdoc/>
    public override long Length => content.Length;

    /// <summary>The error of content that ended too early.</summary>
    public static ObjectStoreException CutOff(IObjectStore store, string key, long read, long length) =>
        new(StoreFault.Damaged, $"{store.Description}: only {read} of the {length} bytes of '{key}' came");

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await content.DisposeAsync();
        await base.DisposeAsync();
    }

    /// <inheritdoc/>
    protected override async ValueTask<int> ReadAt(Memory<byte> buffer, long position, CancellationToken cancellation)
    {
        using var limit = new AttemptLimit(options.AnswerTimeout, time, cancellation);
        try
        {
            int read = await content.ReadAsync(buffer, limit.Token);
            metrics.Fetched(StoreOperation.Get, read);
            return read > 0 || buffer.Length == 0 || position == Length ? read : throw CutOff(store, key, position, Length);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new ObjectStoreException(
                StoreFault.Unavailable, $"{store.Description}: '{key}' stopped coming after {position} of its {Length} bytes", e);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        content.Dispose();
        base.Dispose(disposing);
    }
}
