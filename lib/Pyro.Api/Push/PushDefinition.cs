using System.Buffers;
using Google.Protobuf;
using Grpc.Core;
using Pyro.Memory;

namespace Pyro.Api.Push;

/// <summary>The body of a <see cref="PushRequest"/> as it came from the wire, in a leased buffer: profiles are large and are read where they lie.</summary>
/// <param name="lease">The bytes.</param>
public sealed class PushBody(Lease lease)
{
    /// <summary>Holds the bytes; they are given back when the handler's task has ended.</summary>
    public Lease Lease { get; } = lease;
}

/// <summary>`push.v1.PusherService/Push`, bound by hand so that no profile is copied into a message of its own.</summary>
public static class PushDefinition
{
    private static readonly PushResponse Stored = new();

    /// <summary>The method for servers; clients use the generated one.</summary>
    public static Method<PushBody, PushResponse> Method { get; } = new(
        MethodType.Unary,
        PusherService.Descriptor.FullName,
        "Push",
        Marshallers.Create(WriteBody, ReadBody),
        Marshallers.Create(WriteResponse, ReadResponse));

    /// <summary>The service of one method for <c>MapRpc</c>. The body is valid until the handler's task ends.</summary>
    public static ServerServiceDefinition Bind(UnaryServerMethod<PushBody, PushResponse> handler)
    {
        return ServerServiceDefinition.CreateBuilder().AddMethod(Method, Serve).Build();

        async Task<PushResponse> Serve(PushBody body, ServerCallContext context)
        {
            try
            {
                return await handler(body, context);
            }
            finally
            {
                body.Lease.Release();
            }
        }
    }

    private static PushBody ReadBody(DeserializationContext context) => new(Lease.Copy(context.PayloadAsReadOnlySequence()));

    private static void WriteBody(PushBody body, SerializationContext context)
    {
        context.SetPayloadLength(body.Lease.Memory.Length);
        context.GetBufferWriter().Write(body.Lease.Memory.Span);
        context.Complete();
    }

    private static void WriteResponse(PushResponse response, SerializationContext context)
    {
        context.SetPayloadLength(response.CalculateSize());
        response.WriteTo(context.GetBufferWriter());
        context.Complete();
    }

    private static PushResponse ReadResponse(DeserializationContext context) =>
        context.PayloadLength == 0 ? Stored : PushResponse.Parser.ParseFrom(context.PayloadAsReadOnlySequence());
}
