using System.Buffers;
using Google.Protobuf;
using Grpc.Core;

namespace Pyro.Api.Peers;

/// <summary>`pyro.peers.v1.Appender/Append`, bound by hand: the batch is neither copied nor decoded.</summary>
public static class AppendDefinition
{
    /// <summary>The method for clients and servers.</summary>
    public static Method<AppendBatch, AppendResponse> Method { get; } = new(
        MethodType.Unary,
        Appender.Descriptor.FullName,
        "Append",
        Marshallers.Create(WriteBatch, ReadBatch),
        Marshallers.Create(WriteResponse, ReadResponse));

    /// <summary>
    /// The service of one method for <c>MapRpc</c> and the in-process invoker. The handler may use the batch until its task ends, even
    /// when the caller has given up by then: the call holds a share of the lease of its own.
    /// </summary>
    public static ServerServiceDefinition Bind(UnaryServerMethod<AppendBatch, AppendResponse> handler)
    {
        return ServerServiceDefinition.CreateBuilder().AddMethod(Method, Serve).Build();

        async Task<AppendResponse> Serve(AppendBatch batch, ServerCallContext context)
        {
            if (!batch.FromWire)
            {
                batch.Lease.Retain();
            }

            try
            {
                return await handler(batch, context);
            }
            finally
            {
                batch.Lease.Release();
            }
        }
    }

    private static void WriteBatch(AppendBatch batch, SerializationContext context)
    {
        // A share of its own: the transport may come here when the caller has already given up.
        batch.Lease.Retain();
        try
        {
            ReadOnlySpan<byte> body = batch.Lease.Memory.Span;
            context.SetPayloadLength(body.Length);
            context.GetBufferWriter().Write(body);
            context.Complete();
        }
        finally
        {
            batch.Lease.Release();
        }
    }

    private static AppendBatch ReadBatch(DeserializationContext context)
    {
        try
        {
            return AppendBatch.Parse(context.PayloadAsReadOnlySequence());
        }
        catch (AppendFormatException e)
        {
            throw new RpcException(new Status(e.TooLarge ? StatusCode.ResourceExhausted : StatusCode.InvalidArgument, e.Message));
        }
    }

    private static void WriteResponse(AppendResponse response, SerializationContext context)
    {
        context.SetPayloadLength(response.CalculateSize());
        response.WriteTo(context.GetBufferWriter());
        context.Complete();
    }

    private static AppendResponse ReadResponse(DeserializationContext context) =>
        AppendResponse.Parser.ParseFrom(context.PayloadAsReadOnlySequence());
}
