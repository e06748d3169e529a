using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Pipelines;
using Grpc.Core;

namespace Pyro.Connect.Protocol;

/// <summary>
/// A whole request body, bounded. It stays where the server read it, in the segments of the pipe, until <see cref="Dispose"/>; only
/// a large or unpacked one has memory of its own.
/// </summary>
internal sealed class RequestBody : IDisposable
{
    // A header of ten bytes, an empty block of two, a check and a length.
    private const int SmallestGzip = 20;

    // From so many bytes on what came is copied at once, since the server's pool keeps what it ever grew to.
    private const int WaitingBytesMax = 256 << 10;

    private readonly PipeReader _reader;
    private readonly ReadOnlySequence<byte> _sent;
    private readonly UnpackedBody? _large;
    private UnpackedBody? _unpacked;

    private RequestBody(PipeReader reader, ReadOnlySequence<byte> sent, UnpackedBody? large)
    {
        _reader = reader;
        _sent = sent;
        _large = large;
    }

    /// <summary>The payload; valid until <see cref="Dispose"/>.</summary>
    public ReadOnlySequence<byte> Payload => _unpacked?.Written() ?? _sent;

    /// <summary>Reads a body to its end.</summary>
    /// <param name="reader">The request's.</param>
    /// <param name="announced">Its <c>Content-Length</c> in bytes, if any.</param>
    /// <param name="limit">The most.</param>
    /// <param name="cancellation">Ends the wait for more.</param>
    /// <exception cref="RpcException">Larger than the limit.</exception>
    public static async ValueTask<RequestBody> Read(PipeReader reader, long? announced, BodyLimit limit, CancellationToken cancellation)
    {
        if (announced > limit.Bytes)
            throw limit.TooLarge(announced.Value);
        UnpackedBody? large = null;
        try
        {
            while (true)
            {
                var result = await reader.ReadAsync(cancellation);
                var buffer = result.Buffer;
                // Every way out advances: a reader left in the middle of a read kills the connection for later calls.
                var length = buffer.Length + (large?.Length ?? 0);
                if (result.IsCanceled || length > limit.Bytes)
                {
                    reader.AdvanceTo(buffer.End);
                    throw result.IsCanceled ? new OperationCanceledException(cancellation) : limit.TooLarge(length);
                }
                if (result.IsCompleted && large is null)
                    return new RequestBody(reader, buffer, null);
                if (!result.IsCompleted && buffer.Length < WaitingBytesMax)
                {
                    reader.AdvanceTo(buffer.Start, buffer.End);
                    continue;
                }
                large ??= new UnpackedBody(null);
                foreach (var part in buffer)
                    large.Write(part.Span);
                reader.AdvanceTo(buffer.End);
                if (!result.IsCompleted)
                    continue;
                var whole = new RequestBody(reader, large.Written(), large);
                large = null;
                return whole;
            }
        }
        finally
        {
            large?.Dispose();
        }
    }

    /// <summary>Replaces the payload by what it unpacks to; an empty one stays empty.</summary>
    /// <exception cref="RpcException">No gzip, or larger than the limit or the budget when unpacked: no more than that is ever unpacked.</exception>
    public void Gunzip(BodyLimit limit, BodyBudget? budget)
    {
        if (_sent.IsEmpty)
            return;
        _unpacked = new UnpackedBody(budget);
        try
        {
            using var gzip = new GZipStream(PipeReader.Create(_sent).AsStream(), CompressionMode.Decompress);
            while (true)
            {
                var read = gzip.Read(_unpacked.Room(Math.Max(_sent.Length * 3, _unpacked.Length)));
                if (read == 0)
                    break;
                _unpacked.Advance(read);
                if (_unpacked.Length > limit.Bytes)
                    throw limit.TooLarge(_unpacked.Length);
            }
        }
        catch (InvalidDataException)
        {
            throw NoGzip("the data are no gzip");
        }
        if (!IsWhole(_unpacked.Length))
            throw NoGzip("unexpected EOF");
    }

    private static RpcException NoGzip(string why) => new(new Status(StatusCode.InvalidArgument, "get decompressor: " + why));

    /// <summary>
    /// Whether the last four bytes tell the length that came out (RFC 1952): <see cref="GZipStream"/> takes truncated data for whole.
    /// A body is one member; nobody sends several.
    /// </summary>
    private bool IsWhole(long unpacked)
    {
        Span<byte> length = stackalloc byte[sizeof(uint)];
        if (_sent.Length < SmallestGzip)
            return false;
        _sent.Slice(_sent.Length - length.Length).CopyTo(length);
        return BinaryPrimitives.ReadUInt32LittleEndian(length) == (uint)unpacked;
    }

    public void Dispose()
    {
        if (_large is null)
            _reader.AdvanceTo(_sent.End);
        _large?.Dispose();
        _unpacked?.Dispose();
    }
}
