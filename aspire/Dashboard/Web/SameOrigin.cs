using System.Net;
using Microsoft.AspNetCore.Http;

namespace Aspire.Dashboard.Web;

/// <summary>
/// Keeps other sites out: a dashboard on loopback answers to loopback names only (else a name that was bent to 127.0.0.1 could read
/// it), what changes something or opens the live connection has to come from the dashboard's own pages, and no page takes foreign code.
/// </summary>
internal sealed class SameOrigin(RequestDelegate next, string host)
{
    // Blazor positions virtualised rows by style attributes.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'self'; frame-ancestors 'none'";

    public Task Invoke(HttpContext context)
    {
        var request = context.Request;
        if (IsLoopback(host) && !IsLoopback(request.Host.Host))
            return Refuse(context, StatusCodes.Status400BadRequest, $"The dashboard answers to {host} only.");
        if (!HttpMethods.IsGet(request.Method) || context.WebSockets.IsWebSocketRequest || request.Path.StartsWithSegments("/_blazor"))
        {
            var origin = request.Headers.Origin;
            if (origin.Count > 0 && origin != $"{request.Scheme}://{request.Host}")
                return Refuse(context, StatusCodes.Status403Forbidden, "The request comes from another site.");
        }

        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        return next(context);
    }

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) ||
        host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase) ||
        (IPAddress.TryParse(host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));

    private static Task Refuse(HttpContext context, int status, string message)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsync(message, context.RequestAborted);
    }
}
