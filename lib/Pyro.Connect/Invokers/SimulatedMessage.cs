using System.Buffers;
using Grpc.Core;
using Pyro.Connect.Protocol;

namespace Pyro.Connect.Invokers;

/// <summary>Messages as the bytes that would have travelled.</summary>
internal static class SimulatedMessage
{
    public static byte[] Write<T>(Marshaller<T> marshaller, T message)
    {
        using var buffer = new PooledBuffer();
        marshaller.ContextualSerializer(message, new PayloadWriter(buffer));
        return buffer.Span.ToArray();
    }

    public static T Read<T>(Marshaller<T> marshaller, byte[] bytes)
    {
        var message = marshaller.ContextualDeserializer(new PayloadReader(new ReadOnlySequence<byte>(bytes)));
        // Over a real network the buffer is used for the next message at once: a marshaller that keeps the sequence is found out here.
        bytes.AsSpan().Fill(0xDB);
        return message;
    }
}
