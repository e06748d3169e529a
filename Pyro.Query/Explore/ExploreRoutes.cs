using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;
using Pyro.ServiceDefaults.Operations;

namespace Pyro.Query.Explore;

/// <summary>Serves the Explore page: <c>/</c>, <c>/explore</c> and the files that belong to it.</summary>
public static class ExploreRoutes
{
    private const string Index = "index.html";

    // What stands there when the page was not built in.
    private const string Placeholder =
        """
        <!doctype html>
        <html lang="en"><meta charset="utf-8"><title>Pyro</title>
        <body><h1>Pyro</h1><p>The query API is up. This program was built without its Explore page.</p></body></html>
        """;

    /// <summary>Maps the routes.</summary>
    public static WebApplication MapExplore(this WebApplication app)
    {
        var assets = app.Services.GetRequiredService<ExploreAssets>();
        app.MapPage("/", (HttpContext context) => ServeIndex(context, assets));
        // Its links are relative, so the page stands at these two paths alone.
        app.MapPage("/explore/{**rest}", (HttpContext context) => context.Request.Path.Value switch
        {
            "/explore" => ServeIndex(context, assets),
            "/explore/" => Redirect(context, "../explore"),
            _ => NotFound(context),
        });
        app.MapPage("/assets/{**path}", (HttpContext context, string path) => Serve(context, assets, $"assets/{path}", isHashed: true));
        // The address that the page had in Pyroscope.
        app.MapPage("/ui/{first}/{**rest}", (HttpContext context) => Redirect(context, "/"));
        return app;
    }

    private static Task ServeIndex(HttpContext context, ExploreAssets assets)
    {
        if (assets.Find(Index) is not null) return Serve(context, assets, Index, isHashed: false);
        context.Response.ContentType = "text/html; charset=utf-8";
        return context.Response.WriteAsync(Placeholder, context.RequestAborted);
    }

    private static async Task Serve(HttpContext context, ExploreAssets assets, string path, bool isHashed)
    {
        var response = context.Response;
        if (assets.Find(path) is not { } asset)
        {
            await NotFound(context);
            return;
        }

        response.Headers.CacheControl = isHashed ? "public, max-age=31536000, immutable" : "no-cache";
        response.Headers.ETag = asset.Tag;
        response.Headers.Vary = HeaderNames.AcceptEncoding;
        if (context.Request.Headers.IfNoneMatch.Any(known => known!.Contains(asset.Tag, StringComparison.Ordinal)))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = asset.ContentType;
        await using var content = assets.Open(Encoded(context, asset));
        response.ContentLength = content.Length;
        await content.CopyToAsync(response.Body, context.RequestAborted);
    }

    private static string Encoded(HttpContext context, ExploreAsset asset)
    {
        var accepted = context.Request.Headers.AcceptEncoding.ToString();
        var (encoding, resource) = asset.Brotli is { } brotli && Accepts(accepted, "br") ? ("br", brotli)
            : asset.Gzip is { } gzip && Accepts(accepted, "gzip") ? ("gzip", gzip)
            : ("", asset.Plain);
        if (encoding != "") context.Response.Headers.ContentEncoding = encoding;
        return resource;
    }

    private static bool Accepts(string header, string encoding) => header.Split(',').Any(part =>
    {
        var pieces = part.Split(';', StringSplitOptions.TrimEntries);
        return pieces[0].Equals(encoding, StringComparison.OrdinalIgnoreCase) && !pieces.Skip(1).Any(static q => q is "q=0" or "q=0.0");
    });

    private static Task NotFound(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync("404 page not found\n", context.RequestAborted);
    }

    private static Task Redirect(HttpContext context, string location)
    {
        context.Response.StatusCode = StatusCodes.Status302Found;
        context.Response.Headers.Location = location;
        context.Response.ContentType = "text/html; charset=utf-8";
        return context.Response.WriteAsync($"<a href=\"{location}\">Found</a>.\n\n", context.RequestAborted);
    }
}
