using Microsoft.AspNetCore.Http;

namespace Pyro.ServiceDefaults.Operations;

/// <summary>Answers for paths that do not exist, as Pyroscope's router gives them.</summary>
internal static class NotFound
{
    public static Task Plain(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return context.Response.WriteAsync("404 page not found\n", context.RequestAborted);
    }

    /// <summary>Below <c>/api/</c> Pyroscope's gateway answers, in its own form.</summary>
    public static Task Gateway(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync("""{"code":5,"message":"Not Found","details":[]}""", context.RequestAborted);
    }
}
