using System.Buffers;
using Grpc.Core;

namespace Pyro.Connect.Protocol;

/// <summary>Gives a marshaller the payload of a message.</summary>
public sealed class PayloadReader(ReadOnlyMemory<byte> payload) : DeserializationContext
{
    /// <inheritdoc/>
    public override int PayloadLength => payload.Length;

    /// <inheritdoc/>
    public override byte[] PayloadAsNewBuffer() => payload.ToArray();

    /// <inheritdoc/>
    public override ReadOnlySequence<byte> PayloadAsReadOnlySequence() => new(payload);
}

/// <summary>Takes what a marshaller writes.</summary>
public sealed class PayloadWriter : SerializationContext
{
    private readonly ArrayBufferWriter<byte> _buffer = new();
    private ReadOnlyMemory<byte>? _whole;

    /// <summary>The message written.</summary>
    public ReadOnlyMemory<byte> Payload => _whole ?? _buffer.WrittenMemory;

    /// <inheritdoc/>
    public override void Complete(byte[] payload) => _whole = payload;

    /// <inheritdoc/>
    public override IBufferWriter<byte> GetBufferWriter() => _buffer;

    /// <inheritdoc/>
    public override void SetPayloadLength(int payloadLength)
    {
        if (payloadLength > 0)
            _buffer.GetMemory(payloadLength);
    }

    /// <inheritdoc/>
    public override void Complete()
    {
    }
}
