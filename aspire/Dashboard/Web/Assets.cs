using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Aspire.Dashboard.Web;

/// <summary>The style sheet and scripts, embedded in the assembly so that they are there wherever it is.</summary>
internal static class Assets
{
    public static void Map(WebApplication app)
    {
        Map(app, "/assets/dashboard.css", "dashboard.css", "text/css; charset=utf-8");
        Map(app, "/assets/dashboard.js", "dashboard.js", "text/javascript; charset=utf-8");
        Map(app, "/assets/icon.svg", "icon.svg", "image/svg+xml");
        Map(app, "/_framework/blazor.web.js", "blazor.web.js", "text/javascript; charset=utf-8");
    }

    private static void Map(WebApplication app, string path, string name, string type)
    {
        var bytes = Read(name);
        var tag = '"' + Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 8)) + '"';
        app.MapMethods(path, [HttpMethods.Get, HttpMethods.Head], context =>
        {
            var headers = context.Response.Headers;
            headers.CacheControl = "no-cache";
            headers.ETag = tag;
            if (context.Request.Headers.IfNoneMatch == tag)
            {
                context.Response.StatusCode = StatusCodes.Status304NotModified;
                return Task.CompletedTask;
            }
            context.Response.ContentType = type;
            context.Response.ContentLength = bytes.Length;
            return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(bytes, context.RequestAborted).AsTask();
        });
    }

    private static byte[] Read(string name)
    {
        using var stream = typeof(Assets).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The assembly holds no {name}.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
