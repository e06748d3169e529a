using Microsoft.AspNetCore.Http;

namespace Pyro.ServiceDefaults.Operations;

/// <summary>Answers for paths that do not exist, as Pyroscope's router gives them.</summary>
internal static class NotFound
{
    /// <summary>Answers when no route has the path. A wrong method on a path that exists is routing's own 405.</summary>
    public static Task Unrouted(HttpContext context, RequestDelegate next) =>
        context.GetEndpoint() is not null ? next(context)
        : context.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal, out var rest) && rest.HasValue ? Gateway(context)
        : Plain(context);

    public static Task Plain(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return context.Response.WriteAsync("404 page not found\n", context.RequestAborted);
    }

    /// <summary>Below <c>/api/</c> Pyroscope's gateway answers, in its own form.</summary>
    private static Task Gateway(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync("""{"code":5,"message":"Not Found","details":[]}""", context.RequestAborted);
    }
}
