using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Pyro.Connect.Protocol;

/// <summary>One unary method in the Connect protocol.</summary>
internal sealed class UnaryEndpoint<TRequest, TResponse>(
    Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse> handler, ConnectCodec codec, TimeProvider time, ILogger logger)
    where TRequest : class
    where TResponse : class
{
    public async Task Serve(HttpContext http)
    {
        if (UnaryHeaders.CanonicalType(http.Request.ContentType) is not { } type)
        {
            http.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            http.Response.Headers["Accept-Post"] = UnaryHeaders.AcceptPost;
            return;
        }
        // Headers that hold for errors as well.
        http.Response.Headers.AcceptEncoding = "gzip";
        ConnectCallContext? context = null;
        try
        {
            var headers = UnaryHeaders.Read(type, http.Request.Headers);
            context = new ConnectCallContext(http, method.FullName, headers.Timeout, time);
            context.CancellationToken.ThrowIfCancellationRequested();
            var request = await Receive(http, headers, context.CancellationToken);
            var response = await handler(request, context);
            context.CancellationToken.ThrowIfCancellationRequested();
            if (context.Status.StatusCode != StatusCode.OK)
                throw new RpcException(context.Status);
            context.WriteTrailers();
            await Send(http, headers, response);
        }
        catch (Exception e)
        {
            await Fail(http, context, e);
        }
        finally
        {
            context?.Dispose();
        }
    }

    private async ValueTask<TRequest> Receive(HttpContext http, UnaryHeaders headers, CancellationToken cancellation)
    {
        var limit = http.GetEndpoint()?.Metadata.GetMetadata<BodyLimit>() ?? BodyLimit.Default;
        using var body = await RequestBody.Read(http.Request.BodyReader, http.Request.ContentLength, limit, cancellation);
        var budget = http.Features.Get<BodyBudget>();
        if (headers.Packed)
            body.Gunzip(limit, budget);
        return headers.Json
            ? codec.ReadJson(method.RequestMarshaller, body.Payload, budget)
            : ConnectCodec.ReadBinary(method.RequestMarshaller, body.Payload, budget);
    }

    private async ValueTask Send(HttpContext http, UnaryHeaders headers, TResponse response)
    {
        var answer = http.Response;
        answer.ContentType = headers.ContentType;
        using var wire = new PooledBuffer();
        ConnectCodec.WriteBinary(method.ResponseMarshaller, response, wire);
        using var json = headers.Json ? new PooledBuffer(Math.Max(64, wire.Length * 2)) : null;
        if (json is not null)
            codec.WriteJson(wire.Span, json);
        var body = json ?? wire;
        using var packed = headers.Packs ? new PooledBuffer(Math.Max(64, body.Length / 2)) : null;
        if (packed is not null)
        {
            GzipBody.Pack(body.Span, packed);
            answer.Headers.ContentEncoding = "gzip";
            body = packed;
        }
        answer.ContentLength = body.Length;
        await answer.Body.WriteAsync(body.Memory, http.RequestAborted);
    }

    private async Task Fail(HttpContext http, ConnectCallContext? context, Exception exception)
    {
        var gone = http.RequestAborted.IsCancellationRequested;
        var error = exception is BadHttpRequestException bad
            ? new RpcException(new Status(StatusCode.InvalidArgument, "read body: " + bad.Message))
            : CallErrors.Translate(exception, context?.DeadlinePassed ?? false, gone);
        if (!gone && error.StatusCode == StatusCode.Internal && exception is not RpcException)
            logger.LogError(exception, "A call failed: {Method}", method.FullName);
        if (http.Response.HasStarted || gone)
        {
            // Half an answer must not look like a whole one.
            http.Abort();
            return;
        }
        context?.WriteTrailers();
        ConnectMetadata.WriteTrailers(error.Trailers, http.Response.Headers);
        http.Response.Headers.Remove("Content-Encoding");
        await ConnectError.Write(http, error.Status, error.Trailers);
    }
}
