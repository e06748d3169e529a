using System.Globalization;
using System.IO.Compression;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Pyro.Connect.Protocol;

/// <summary>One unary method in the Connect protocol: the rules of the protocol, in the order in which connect-go applies them.</summary>
internal sealed class UnaryEndpoint<TRequest, TResponse>(
    Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse> handler, ConnectCodec codec, ILogger logger)
    where TRequest : class
    where TResponse : class
{
    private const string AcceptPost =
        "application/grpc, application/grpc+json, application/grpc+json; charset=utf-8, application/grpc+proto, application/grpc-web, "
        + "application/grpc-web+json, application/grpc-web+json; charset=utf-8, application/grpc-web+proto, application/json, "
        + "application/json; charset=utf-8, application/proto";

    public async Task Serve(HttpContext http)
    {
        if (Form(http.Request.ContentType) is not { } form)
        {
            http.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            http.Response.Headers["Accept-Post"] = AcceptPost;
            return;
        }
        ConnectCallContext? context = null;
        try
        {
            CheckVersion(http.Request.Headers["Connect-Protocol-Version"].ToString());
            context = new ConnectCallContext(http, method.FullName, Timeout(http.Request.Headers["Connect-Timeout-Ms"].ToString()));
            context.CancellationToken.ThrowIfCancellationRequested();
            var packed = IsPacked(http.Request.Headers.ContentEncoding.ToString());
            var request = await Receive(http, form, packed, context.CancellationToken);
            var response = await handler(request, context);
            context.CancellationToken.ThrowIfCancellationRequested();
            context.WriteTrailers();
            await Send(http, form, packed, response);
        }
        catch (Exception e) when (!http.Response.HasStarted)
        {
            CallErrors.LogFault(logger, e, method.FullName);
            var error = CallErrors.Translate(e, context?.DeadlinePassed ?? false, http.RequestAborted.IsCancellationRequested);
            context?.WriteTrailers();
            await ConnectError.Write(http, error.StatusCode, error.Status.Detail);
        }
        finally
        {
            context?.Dispose();
        }
    }

    private async ValueTask<TRequest> Receive(HttpContext http, string form, bool packed, CancellationToken cancellation)
    {
        var limit = http.GetEndpoint()?.Metadata.GetMetadata<BodyLimit>() ?? BodyLimit.Default;
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } kestrel)
            kestrel.MaxRequestBodySize = null;
        var body = await PooledBody.Read(http.Request.BodyReader, http.Request.ContentLength, limit, cancellation);
        if (packed && body.Length > 0)
            body = body.Gunzip(limit);
        try
        {
            return codec.Read(method.RequestMarshaller, body.Memory, form == "application/json");
        }
        finally
        {
            body.Dispose();
        }
    }

    private async Task Send(HttpContext http, string form, bool packed, TResponse response)
    {
        var payload = codec.Write(method.ResponseMarshaller, response, form == "application/json");
        http.Response.ContentType = form;
        http.Response.Headers["Accept-Encoding"] = "gzip";
        if (packed || http.Request.Headers.AcceptEncoding.ToString().Split(',').Any(e => e.Split(';')[0].Trim() == "gzip"))
        {
            http.Response.Headers.ContentEncoding = "gzip";
            await using var gzip = new GZipStream(http.Response.Body, CompressionLevel.Fastest, leaveOpen: true);
            await gzip.WriteAsync(payload, http.RequestAborted);
            return;
        }
        http.Response.ContentLength = payload.Length;
        await http.Response.Body.WriteAsync(payload, http.RequestAborted);
    }

    /// <summary>The canonical content type, or null when it is none of the two.</summary>
    private static string? Form(string? contentType)
    {
        var type = contentType?.Replace(" ", "", StringComparison.Ordinal);
        if (string.Equals(type, "application/proto", StringComparison.OrdinalIgnoreCase))
            return "application/proto";
        return string.Equals(type, "application/json", StringComparison.OrdinalIgnoreCase)
            || string.Equals(type, "application/json;charset=utf-8", StringComparison.OrdinalIgnoreCase)
            ? "application/json"
            : null;
    }

    private static void CheckVersion(string version)
    {
        if (version is not ("" or "1"))
            throw Invalid($"Connect-Protocol-Version must be \"1\": got \"{version}\"");
    }

    private static TimeSpan? Timeout(string text)
    {
        if (text.Length == 0)
            return null;
        if (text.Length > 10)
            throw Invalid($"parse timeout: \"{text}\" has >10 digits");
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var milliseconds)
            ? TimeSpan.FromMilliseconds(Math.Min(milliseconds, uint.MaxValue - 1L))
            : throw Invalid($"parse timeout: \"{text}\" is no number");
    }

    private static bool IsPacked(string encoding) => encoding switch
    {
        "" or "identity" => false,
        "gzip" => true,
        _ => throw new RpcException(new Status(StatusCode.Unimplemented, $"unknown compression \"{encoding}\": supported encodings are gzip")),
    };

    private static RpcException Invalid(string message) => new(new Status(StatusCode.InvalidArgument, message));
}
