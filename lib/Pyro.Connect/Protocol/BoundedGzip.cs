using System.IO.Compression;
using Grpc.Core;
using Grpc.Net.Compression;
using Microsoft.AspNetCore.Http;

namespace Pyro.Connect.Protocol;

/// <summary>Gzip for gRPC that unpacks no more than the call's endpoint and the budget allow.</summary>
internal sealed class BoundedGzip : ICompressionProvider
{
    // Grpc.AspNetCore tells a provider nothing of the call; only calls that are packed set this.
    private static readonly AsyncLocal<Bound?> Call = new();

    public string EncodingName => "gzip";

    /// <summary>Serves a call whose messages may be packed.</summary>
    public static async Task Run(BodyLimit limit, HttpContext context, RequestDelegate next)
    {
        Call.Value = new Bound(limit, context.Features.Get<BodyBudget>());
        await next(context);
    }

    public Stream CreateCompressionStream(Stream stream, CompressionLevel? compressionLevel) =>
        new GZipStream(stream, compressionLevel ?? CompressionLevel.Fastest, leaveOpen: true);

    public Stream CreateDecompressionStream(Stream stream) =>
        new Bounded(new GZipStream(stream, CompressionMode.Decompress, leaveOpen: true), Call.Value ?? new Bound(BodyLimit.Default, null));

    private sealed record Bound(BodyLimit Limit, BodyBudget? Budget);

    private sealed class Bounded(GZipStream inner, Bound bound) : Stream
    {
        private long _read;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => _read;
            set => throw new NotSupportedException();
        }

        public override int Read(Span<byte> buffer) => Count(Guarded(inner, buffer));

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                inner.Dispose();
            base.Dispose(disposing);
        }

        private static int Guarded(GZipStream stream, Span<byte> buffer)
        {
            try
            {
                return stream.Read(buffer);
            }
            catch (InvalidDataException)
            {
                throw new RpcException(new Status(StatusCode.InvalidArgument, "get decompressor: the data are no gzip"));
            }
        }

        private int Count(int read)
        {
            _read += read;
            if (_read > bound.Limit.Bytes)
                throw bound.Limit.TooLarge(_read);
            // Grpc.AspNetCore gathers what comes out in an array that doubles, and the message is made of that.
            bound.Budget?.Take(3L * read);
            return read;
        }
    }
}
