using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Pyro.ServiceDefaults.Operations;

/// <summary>
/// Paths as Pyroscope's router takes them: case and a trailing slash count, doubled slashes are answered with a redirect to the
/// clean path. ASP.NET Core's routing is more lenient.
/// </summary>
internal static class ExactPath
{
    public static Task Redirect(HttpContext context, RequestDelegate next)
    {
        var path = context.Request.Path.Value ?? "/";
        if (!path.Contains("//", StringComparison.Ordinal))
            return next(context);
        var clean = "/" + string.Join('/', path.Split('/', StringSplitOptions.RemoveEmptyEntries));
        context.Response.StatusCode = StatusCodes.Status301MovedPermanently;
        context.Response.Headers.Location = clean + context.Request.QueryString;
        return Task.CompletedTask;
    }

    public static Task Enforce(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint() is RouteEndpoint { RoutePattern: { Parameters.Count: 0, RawText: { } pattern } }
            && !context.Request.Path.Value.AsSpan().TrimStart('/').SequenceEqual(pattern.AsSpan().TrimStart('/')))
        {
            return NotFound.Plain(context);
        }
        return next(context);
    }
}
