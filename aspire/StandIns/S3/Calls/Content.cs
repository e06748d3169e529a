using System.Buffers;
using Aspire.StandIns.S3.Bodies;
using Aspire.StandIns.S3.Storage;

namespace Aspire.StandIns.S3.Calls;

/// <summary>Content that goes from file to file.</summary>
internal static class Content
{
    private const int BufferBytes = 256 << 10;

    /// <summary>Copies a run of bytes.</summary>
    /// <returns>What was computed over it.</returns>
    public static async Task<BodyDigest> Copy(FileStream from, ByteRange range, NewFile to, IEnumerable<string> checksums, CancellationToken cancellation)
    {
        var digest = new BodyDigest(checksums);
        await Append(from, range, to, digest, cancellation);
        return digest;
    }

    /// <summary>Copies a run of bytes after others.</summary>
    public static async Task Append(FileStream from, ByteRange range, NewFile to, BodyDigest digest, CancellationToken cancellation)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            for (long copied = 0; copied < range.Length;)
            {
                var part = buffer.AsMemory(0, (int)Math.Min(buffer.Length, range.Length - copied));
                var read = await RandomAccess.ReadAsync(from.SafeFileHandle, part, range.Offset + copied, cancellation);
                if (read == 0)
                    throw new EndOfStreamException($"{from.Name} ends before its content does");
                digest.Append(part.Span[..read]);
                await to.Write(part[..read]);
                copied += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
