using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Aspire.Dashboard.Otlp;

/// <summary>How a request and its answer lie on the wire.</summary>
internal abstract class OtlpWay
{
    public static readonly OtlpWay Http = new HttpWay(), Grpc = new GrpcWay();

    /// <summary>The header that names how the message is packed.</summary>
    protected abstract string Encoding { get; }

    /// <summary>Looks at the headers.</summary>
    /// <exception cref="OtlpException">They are of something else.</exception>
    public virtual void Check(HttpRequest request)
    {
        if (request.Headers[Encoding].ToString() is not ("" or "identity" or "gzip"))
            throw new OtlpException($"{Encoding} has to be gzip or identity.", OtlpFailure.Unsupported);
    }

    /// <summary>The message in a body, and whether it is packed with gzip.</summary>
    /// <exception cref="OtlpException">There is none.</exception>
    public abstract (ReadOnlyMemory<byte> Message, bool IsGzip) Message(HttpRequest request, ReadOnlyMemory<byte> body);

    public abstract Task Answer(HttpResponse response, byte[] message, CancellationToken cancellation);

    public abstract Task Fail(HttpResponse response, OtlpFailure failure, string text, CancellationToken cancellation);

    /// <summary>POST with the message as the body; an error is a google.rpc.Status, whose field 2 is the text.</summary>
    private sealed class HttpWay : OtlpWay
    {
        private const string Protobuf = "application/x-protobuf";

        protected override string Encoding => "content-encoding";

        public override void Check(HttpRequest request)
        {
            if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || !type.MediaType.Equals(Protobuf, StringComparison.OrdinalIgnoreCase))
                throw new OtlpException($"The content type has to be {Protobuf}.", OtlpFailure.Unsupported);
            base.Check(request);
        }

        public override (ReadOnlyMemory<byte> Message, bool IsGzip) Message(HttpRequest request, ReadOnlyMemory<byte> body) =>
            (body, request.Headers[Encoding] == "gzip");

        public override async Task Answer(HttpResponse response, byte[] message, CancellationToken cancellation)
        {
            response.ContentType = Protobuf;
            response.ContentLength = message.Length;
            await response.Body.WriteAsync(message, cancellation);
        }

        public override Task Fail(HttpResponse response, OtlpFailure failure, string text, CancellationToken cancellation)
        {
            response.StatusCode = failure.Status;
            if (failure == OtlpFailure.Busy)
                response.Headers.RetryAfter = "1";
            var bytes = System.Text.Encoding.UTF8.GetBytes(text.Length > 120 ? text[..120] : text);
            return Answer(response, [2 << 3 | 2, (byte)bytes.Length, .. bytes], cancellation);
        }
    }

    /// <summary>gRPC's unary call over HTTP/2: five bytes (packed or not, and the length) before the message, the status in trailers.</summary>
    private sealed class GrpcWay : OtlpWay
    {
        private const int Prefix = 5;

        protected override string Encoding => "grpc-encoding";

        public override void Check(HttpRequest request)
        {
            if (!HttpProtocol.IsHttp2(request.Protocol) || request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) != true)
                throw new OtlpException("This path takes gRPC over HTTP/2.", OtlpFailure.Unsupported);
            base.Check(request);
        }

        public override (ReadOnlyMemory<byte> Message, bool IsGzip) Message(HttpRequest request, ReadOnlyMemory<byte> body)
        {
            if (body.Length < Prefix || body.Span[0] > 1 || BinaryPrimitives.ReadUInt32BigEndian(body.Span[1..]) != body.Length - Prefix)
                throw new OtlpException("the body is not one message of gRPC");
            var isPacked = body.Span[0] == 1;
            if (isPacked && request.Headers[Encoding] != "gzip")
                throw new OtlpException("the message is packed, but grpc-encoding does not say how");
            return (body[Prefix..], isPacked);
        }

        public override async Task Answer(HttpResponse response, byte[] message, CancellationToken cancellation)
        {
            response.ContentType = "application/grpc";
            var framed = new byte[Prefix + message.Length];
            BinaryPrimitives.WriteInt32BigEndian(framed.AsSpan(1), message.Length);
            message.CopyTo(framed, Prefix);
            await response.Body.WriteAsync(framed, cancellation);
            response.AppendTrailer("grpc-status", "0");
        }

        public override Task Fail(HttpResponse response, OtlpFailure failure, string text, CancellationToken cancellation)
        {
            response.ContentType = "application/grpc";
            response.Headers["grpc-accept-encoding"] = "identity,gzip";
            response.Headers["grpc-status"] = failure.Code.ToString(CultureInfo.InvariantCulture);
            response.Headers["grpc-message"] = Uri.EscapeDataString(text);
            return Task.CompletedTask;
        }
    }
}
