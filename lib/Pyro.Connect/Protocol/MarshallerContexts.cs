using System.Buffers;
using Grpc.Core;

namespace Pyro.Connect.Protocol;

/// <summary>Gives a marshaller the payload of a message; it may look at it during the call only.</summary>
internal sealed class PayloadReader(ReadOnlySequence<byte> payload) : DeserializationContext
{
    public override int PayloadLength => (int)payload.Length;

    public override byte[] PayloadAsNewBuffer() => payload.ToArray();

    public override ReadOnlySequence<byte> PayloadAsReadOnlySequence() => payload;
}

/// <summary>Takes what a marshaller writes.</summary>
internal sealed class PayloadWriter(PooledBuffer output) : SerializationContext
{
    public override void Complete(byte[] payload) => output.Write(payload);

    public override IBufferWriter<byte> GetBufferWriter() => output;

    public override void SetPayloadLength(int payloadLength)
    {
        if (payloadLength > 0)
            output.GetSpan(payloadLength);
    }

    public override void Complete()
    {
    }
}
