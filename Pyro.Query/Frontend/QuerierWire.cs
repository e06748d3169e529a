using System.Buffers;
using Google.Protobuf;
using Grpc.Core;
using Pyro.Api.Peers;
using Pyro.Api.Querier;
using Pyro.Api.Types;

namespace Pyro.Query.Frontend;

/// <summary>
/// The querier's service with answers written in ways of their own: flame graphs as <see cref="FlameGraphWire"/> does, label calls by putting the
/// pieces one behind the other that holders wrote.
/// </summary>
public static class QuerierWire
{
    private static readonly Marshaller<LabelsResponse> Pieces = Marshallers.Create(
        Write, static context => new LabelsResponse { Pieces = { UnsafeByteOperations.UnsafeWrap(context.PayloadAsNewBuffer()) } });

    /// <summary>The service.</summary>
    public static ServerServiceDefinition Bind(QueryFrontend frontend)
    {
        var builder = ServerServiceDefinition.CreateBuilder();
        QuerierService.BindService(new Binder(builder, frontend), frontend);
        return builder.Build();
    }

    /// <summary>Writes the answer of a label call.</summary>
    public static void Write(LabelsResponse answer, SerializationContext context)
    {
        var length = 0;
        foreach (var piece in answer.Pieces) length = checked(length + piece.Length);
        context.SetPayloadLength(length);
        var output = context.GetBufferWriter();
        foreach (var piece in answer.Pieces) output.Write(piece.Span);
        context.Complete();
    }

    private sealed class Binder(ServerServiceDefinition.Builder builder, QueryFrontend frontend) : ServiceBinderBase
    {
        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler)
        {
            switch ((object)method)
            {
                case Method<LabelNamesRequest, LabelNamesResponse> names:
                    Add(names, Pieces, frontend.LabelNamePieces);
                    break;
                case Method<LabelValuesRequest, LabelValuesResponse> values:
                    Add(values, Pieces, frontend.LabelValuePieces);
                    break;
                case Method<SeriesRequest, SeriesResponse> series:
                    Add(series, Pieces, frontend.SeriesPieces);
                    break;
                default:
                    Add(method, FlameGraphWire.Marshaller as Marshaller<TResponse> ?? method.ResponseMarshaller, handler!);
                    break;
            }
        }

        private void Add<TRequest, TResponse, TWritten>(
            Method<TRequest, TResponse> method, Marshaller<TWritten> writes, UnaryServerMethod<TRequest, TWritten> handler)
            where TRequest : class
            where TResponse : class
            where TWritten : class =>
            builder.AddMethod(new Method<TRequest, TWritten>(method.Type, method.ServiceName, method.Name, method.RequestMarshaller, writes), handler);
    }
}
