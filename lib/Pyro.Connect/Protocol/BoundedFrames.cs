using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Grpc.Core;
using Microsoft.AspNetCore.Http.Features;

namespace Pyro.Connect.Protocol;

/// <summary>
/// The body of a gRPC request whose messages are bounded: the length before a message is checked before the message is read.
/// Grpc.AspNetCore takes whole frames, so what it has not taken yet always begins with one.
/// </summary>
internal sealed class BoundedFrames(PipeReader inner, BodyLimit limit) : PipeReader, IRequestBodyPipeFeature
{
    // One byte of flags, four of length.
    private const int HeaderSize = 5;

    PipeReader IRequestBodyPipeFeature.Reader => this;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var result = await inner.ReadAsync(cancellationToken);
        Check(result.Buffer);
        return result;
    }

    public override bool TryRead(out ReadResult result)
    {
        if (!inner.TryRead(out result))
            return false;
        Check(result.Buffer);
        return true;
    }

    public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => inner.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    private void Check(ReadOnlySequence<byte> buffer)
    {
        if (buffer.Length < HeaderSize)
            return;
        Span<byte> header = stackalloc byte[HeaderSize];
        buffer.Slice(0, HeaderSize).CopyTo(header);
        if (header[0] > 1)
        {
            inner.AdvanceTo(buffer.End);
            throw new RpcException(new Status(StatusCode.Internal, $"protocol error: invalid envelope flags {header[0]}"));
        }
        var length = BinaryPrimitives.ReadUInt32BigEndian(header[1..]);
        if (length <= limit.Bytes)
            return;
        inner.AdvanceTo(buffer.End);
        throw limit.TooLarge(length);
    }
}
