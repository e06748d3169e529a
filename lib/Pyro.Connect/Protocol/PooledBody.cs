using System.Buffers;
using System.IO.Compression;
using System.IO.Pipelines;
using Grpc.Core;

namespace Pyro.Connect.Protocol;

/// <summary>A whole request body in one rented array.</summary>
internal struct PooledBody : IDisposable
{
    private byte[]? _bytes;

    public int Length { get; private set; }

    public readonly ReadOnlyMemory<byte> Memory => _bytes.AsMemory(0, Length);

    /// <summary>Reads a body to its end.</summary>
    /// <exception cref="RpcException">Larger than the limit.</exception>
    public static async ValueTask<PooledBody> Read(PipeReader reader, long? announced, BodyLimit limit, CancellationToken cancellation)
    {
        if (announced > limit.Bytes)
            throw TooLarge(limit, announced.Value);
        var body = new PooledBody { _bytes = ArrayPool<byte>.Shared.Rent((int)Math.Max(announced ?? 4096, 16)) };
        try
        {
            while (true)
            {
                var result = await reader.ReadAsync(cancellation);
                var buffer = result.Buffer;
                try
                {
                    if (body.Length + buffer.Length > limit.Bytes)
                        throw TooLarge(limit, body.Length + buffer.Length);
                    body.Append(buffer);
                }
                finally
                {
                    reader.AdvanceTo(buffer.End);
                }
                if (result.IsCompleted)
                    return body;
            }
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    /// <summary>The body unpacked; this one is given back.</summary>
    /// <exception cref="RpcException">No gzip, or larger than the limit when unpacked.</exception>
    public PooledBody Gunzip(BodyLimit limit)
    {
        var output = new PooledBody { _bytes = ArrayPool<byte>.Shared.Rent(Math.Max(4096, Length * 4)) };
        try
        {
            using var gzip = new GZipStream(new MemoryStream(_bytes!, 0, Length, writable: false), CompressionMode.Decompress);
            while (true)
            {
                if (output.Length == output._bytes.Length)
                    output.Grow(output.Length + 1);
                var read = gzip.Read(output._bytes, output.Length, output._bytes.Length - output.Length);
                if (read == 0)
                    break;
                output.Length += read;
                if (output.Length > limit.Bytes)
                    throw TooLarge(limit, output.Length);
            }
            return output;
        }
        catch (InvalidDataException e)
        {
            output.Dispose();
            throw new RpcException(new Status(StatusCode.InvalidArgument, "decompress: " + e.Message));
        }
        catch
        {
            output.Dispose();
            throw;
        }
        finally
        {
            Dispose();
        }
    }

    public void Dispose()
    {
        if (_bytes is { } bytes)
            ArrayPool<byte>.Shared.Return(bytes);
        _bytes = null;
        Length = 0;
    }

    private void Append(ReadOnlySequence<byte> buffer)
    {
        var length = Length + checked((int)buffer.Length);
        if (length > _bytes!.Length)
            Grow(length);
        buffer.CopyTo(_bytes.AsSpan(Length));
        Length = length;
    }

    private void Grow(int wanted)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(wanted, _bytes!.Length * 2));
        _bytes.AsSpan(0, Length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }

    private static RpcException TooLarge(BodyLimit limit, long size) => new(new Status(StatusCode.ResourceExhausted, limit.Message(size)));
}
