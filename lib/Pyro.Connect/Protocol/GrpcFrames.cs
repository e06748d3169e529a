using System.Buffers;
using System.Buffers.Binary;
using Grpc.Core;

namespace Pyro.Connect.Protocol;

/// <summary>
/// Bounds the messages of a gRPC request: the length before a message is checked, and the message made of it taken from the budget,
/// before it is read. Grpc.AspNetCore takes whole frames, so what it has not taken yet always begins with one.
/// </summary>
internal sealed class GrpcFrames(BodyLimit limit, BodyBudget? budget)
{
    // One byte of flags, four of length.
    private const int HeaderSize = 5;

    private bool _known;

    /// <summary>The <see cref="BodyWatch"/>.</summary>
    public Status? Look(in ReadOnlySequence<byte> buffer, long fresh, bool moved)
    {
        _known &= !moved;
        if (_known || buffer.Length < HeaderSize)
            return null;
        _known = true;
        Span<byte> header = stackalloc byte[HeaderSize];
        buffer.Slice(0, HeaderSize).CopyTo(header);
        if (header[0] > 1)
            return new Status(StatusCode.Internal, $"protocol error: invalid envelope flags {header[0]}");
        var length = BinaryPrimitives.ReadUInt32BigEndian(header[1..]);
        return length > limit.Bytes ? new Status(StatusCode.ResourceExhausted, limit.Message(length)) : budget?.Copy(length);
    }
}
