using System.Buffers;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Pyro.Connect.Protocol.Json;

namespace Pyro.Connect.Protocol;

/// <summary>
/// Messages of one method as bytes. Marshallers know the binary form only; JSON is turned into it and it into JSON by the messages'
/// descriptors, so that a method with a marshaller of its own speaks JSON like any other.
/// </summary>
internal sealed class ConnectCodec(MessageDescriptor request, MessageDescriptor response)
{
    private readonly MessageShape _request = MessageShape.Of(request);
    private readonly MessageShape _response = MessageShape.Of(response);

    /// <summary>Reads a binary message.</summary>
    /// <exception cref="RpcException">It is none, or does not fit into the budget.</exception>
    public static T ReadBinary<T>(Marshaller<T> marshaller, ReadOnlySequence<byte> payload, BodyBudget? budget)
    {
        // The message is a copy, whatever the marshaller makes of it.
        budget?.TakeCopy(payload.Length);
        try
        {
            return marshaller.ContextualDeserializer(new PayloadReader(payload));
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or InvalidDataException or FormatException)
        {
            throw Malformed(e.Message);
        }
    }

    /// <summary>Reads a message from its JSON.</summary>
    /// <exception cref="RpcException">It is none, or its binary form does not fit into the budget.</exception>
    public T ReadJson<T>(Marshaller<T> marshaller, ReadOnlySequence<byte> payload, BodyBudget? budget)
    {
        if (payload.IsEmpty)
            throw Malformed("zero-length payload is not a valid JSON object");
        budget?.TakeCopy(payload.IsSingleSegment ? payload.Length : 2 * payload.Length);
        using var whole = payload.IsSingleSegment ? null : new PooledBuffer((int)payload.Length);
        if (whole is not null)
        {
            foreach (var segment in payload)
                whole.Write(segment.Span);
        }
        using var wire = new PooledBuffer((int)payload.Length, budget);
        try
        {
            new JsonToWire(wire).Read(_request, whole is null ? payload.FirstSpan : whole.Span);
        }
        catch (JsonException e)
        {
            throw Malformed(e.Message);
        }
        return ReadBinary(marshaller, new ReadOnlySequence<byte>(wire.Memory), budget);
    }

    /// <summary>Writes a binary message.</summary>
    public static void WriteBinary<T>(Marshaller<T> marshaller, T message, PooledBuffer output) =>
        marshaller.ContextualSerializer(message, new PayloadWriter(output));

    /// <summary>Writes the JSON of a binary response.</summary>
    public void WriteJson(ReadOnlySpan<byte> wire, IBufferWriter<byte> output)
    {
        using var json = new Utf8JsonWriter(output, WireToJson.Options);
        new WireToJson(json).Write(_response, wire);
    }

    private static RpcException Malformed(string why) => new(new Status(StatusCode.InvalidArgument, "unmarshal message: " + why));
}
