using System.Globalization;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Pyro.Connect.Protocol;

/// <summary>
/// What stands before an endpoint of Grpc.AspNetCore so that gRPC and gRPC-Web follow the rules that clients know from connect-go:
/// bad headers are refused with a status, the content type is answered as it was asked, messages are bounded.
/// </summary>
internal static class GrpcRules
{
    private const string Web = "application/grpc-web";

    /// <summary>Puts the rules before an endpoint.</summary>
    public static void Apply(EndpointBuilder endpoint)
    {
        var next = endpoint.RequestDelegate!;
        endpoint.RequestDelegate = context => Serve(context, next);
        // An OPTIONS request is refused like any other that is no POST: nobody serves CORS.
        for (var i = 0; i < endpoint.Metadata.Count; i++)
        {
            if (endpoint.Metadata[i] is HttpMethodMetadata { AcceptCorsPreflight: true } methods)
                endpoint.Metadata[i] = new HttpMethodMetadata(methods.HttpMethods);
        }
    }

    /// <summary>Whether a content type is one of gRPC's or gRPC-Web's.</summary>
    public static bool IsGrpc(string? contentType)
    {
        var type = contentType.AsSpan();
        if (!type.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase))
            return false;
        var end = type.IndexOf(';');
        type = (end < 0 ? type : type[..end]).TrimEnd()["application/grpc".Length..];
        if (type.StartsWith("-web", StringComparison.OrdinalIgnoreCase))
            type = type["-web".Length..];
        return type.IsEmpty || type.Equals("+proto", StringComparison.OrdinalIgnoreCase) || type.Equals("+json", StringComparison.OrdinalIgnoreCase);
    }

    private static Task Serve(HttpContext context, RequestDelegate next)
    {
        if (Refusal(context.Request) is { } refusal)
        {
            // As connect-go: the header is there, and empty.
            if (context.Request.Headers.ContainsKey("grpc-encoding"))
                context.Response.Headers["grpc-encoding"] = "";
            return GrpcError.Write(context, refusal);
        }
        if (context.Request.ContentType!.EndsWith("+proto", StringComparison.OrdinalIgnoreCase))
            EchoType(context);
        var limit = context.GetEndpoint()?.Metadata.GetMetadata<BodyLimit>() ?? BodyLimit.Default;
        var frames = new GrpcFrames(limit, context.Features.Get<BodyBudget>());
        context.Features.Set<IRequestBodyPipeFeature>(new WatchedBody(context.Request.BodyReader, frames.Look));
        return context.Request.Headers.ContainsKey("grpc-encoding") ? BoundedGzip.Run(limit, context, next) : next(context);
    }

    private static Status? Refusal(HttpRequest request)
    {
        var type = request.ContentType!;
        // gRPC-Web has been made to look like HTTP/2 before.
        if (!HttpProtocol.IsHttp2(request.Protocol) && !type.StartsWith(Web, StringComparison.OrdinalIgnoreCase))
            return new Status(StatusCode.Unimplemented, "gRPC needs HTTP/2");
        if (type.EndsWith("+json", StringComparison.OrdinalIgnoreCase))
            return new Status(StatusCode.Unimplemented, "gRPC with JSON is not served; the Connect protocol is");
        if (request.Headers["grpc-encoding"].ToString() is not ("" or "identity" or "gzip") and var encoding)
            return new Status(StatusCode.Unimplemented, $"unknown compression \"{encoding}\": supported encodings are gzip");
        var timeout = request.Headers["grpc-timeout"].ToString();
        if (TimeoutFault(timeout) is { } fault)
            return new Status(StatusCode.InvalidArgument, fault);
        return IsOver(timeout) ? new Status(StatusCode.DeadlineExceeded, "context deadline exceeded") : null;
    }

    private static string? TimeoutFault(string timeout)
    {
        if (timeout.Length == 0)
            return null;
        if (!"HMSmun".Contains(timeout[^1], StringComparison.Ordinal))
            return $"protocol error: timeout has invalid unit '{timeout[^1]}'";
        if (!long.TryParse(timeout.AsSpan(..^1), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return $"protocol error: invalid timeout \"{timeout}\"";
        return number > 99_999_999 ? $"protocol error: timeout \"{timeout}\" is too long" : null;
    }

    /// <summary>Whether a time that can be read is over at once: Grpc.AspNetCore counts in ticks of 100 ns and takes none of them for no limit.</summary>
    private static bool IsOver(string timeout) =>
        timeout.Length > 0 && long.Parse(timeout.AsSpan(..^1), CultureInfo.InvariantCulture) < (timeout[^1] == 'n' ? 100 : 1);

    /// <summary>Grpc.AspNetCore answers <c>application/grpc</c> whatever was asked.</summary>
    private static void EchoType(HttpContext context)
    {
        var type = context.Request.ContentType!.ToLowerInvariant();
        context.Response.OnStarting(
            static state =>
            {
                var (http, asked) = ((HttpContext, string))state;
                http.Response.ContentType = asked;
                return Task.CompletedTask;
            },
            (context, type));
    }
}
