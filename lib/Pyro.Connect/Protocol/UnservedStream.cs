using Microsoft.AspNetCore.Http;

namespace Pyro.Connect.Protocol;

/// <summary>Streaming methods are served by gRPC and gRPC-Web; by the Connect protocol they are refused.</summary>
internal static class UnservedStream
{
    private const string AcceptPost = "application/grpc, application/grpc+proto, application/grpc-web, application/grpc-web+proto";

    public static Task Refuse(HttpContext http)
    {
        http.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
        http.Response.Headers["Accept-Post"] = AcceptPost;
        return Task.CompletedTask;
    }

    /// <summary>A call that streams both ways cannot be over HTTP/1.1, whatever its content type.</summary>
    public static Task RefuseDuplex(HttpContext http)
    {
        if (HttpProtocol.IsHttp2(http.Request.Protocol))
            return Refuse(http);
        http.Response.StatusCode = StatusCodes.Status505HttpVersionNotsupported;
        http.Response.Headers.Connection = "close";
        return Task.CompletedTask;
    }
}
