using System.Buffers;
using System.IO.Compression;

namespace Pyro.Connect.Protocol;

/// <summary>Packs response bodies, of any size: connect-go has no minimum.</summary>
internal static class GzipBody
{
    // What gzip makes of nothing; GZipStream makes no header for it.
    private static readonly byte[] Empty = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    public static void Pack(ReadOnlySpan<byte> body, PooledBuffer output)
    {
        if (body.IsEmpty)
        {
            output.Write(Empty);
            return;
        }
        using var gzip = new GZipStream(new BufferStream(output), CompressionLevel.Fastest);
        gzip.Write(body);
    }

    private sealed class BufferStream(PooledBuffer output) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => output.Length;

        public override long Position
        {
            get => output.Length;
            set => throw new NotSupportedException();
        }

        public override void Write(ReadOnlySpan<byte> buffer) => output.Write(buffer);

        public override void Write(byte[] buffer, int offset, int count) => output.Write(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
