using Amazon.S3.Model;

namespace Pyro.ObjectStore.S3;

/// <summary>The content of an object on its way; owns the answer.</summary>
internal sealed class S3Stream(GetObjectResponse answer, S3Faults faults, string key) : ReadStream
{
    /// <inheritdoc/>
    public override long Length { get; } = answer.ContentLength;

    /// <inheritdoc/>
    protected override async ValueTask<int> ReadAt(Memory<byte> buffer, long position, CancellationToken cancellation)
    {
        try
        {
            int read = await answer.ResponseStream.ReadAsync(buffer, cancellation);
            return read > 0 || buffer.Length == 0 || position >= Length
                ? read
                : throw new EndOfStreamException($"only {position} of {Length} bytes came");
        }
        catch (Exception e) when (!S3Faults.IsCancelled(e, cancellation))
        {
            throw faults.Explain(e, "read", key);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        answer.Dispose();
        base.Dispose(disposing);
    }
}
