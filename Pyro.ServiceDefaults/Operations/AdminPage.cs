using System.Net;
using System.Text;
using Microsoft.AspNetCore.Routing;
using Pyro.Configuration;

namespace Pyro.ServiceDefaults.Operations;

/// <summary>The page <c>/admin</c>: which process this is and what it serves, as links where a browser can follow them.</summary>
internal static class AdminPage
{
    public static string Render(EndpointDataSource routes, Settings settings)
    {
        var pages = new SortedSet<string>(StringComparer.Ordinal);
        var calls = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var endpoint in routes.Endpoints.OfType<RouteEndpoint>())
        {
            var path = "/" + endpoint.RoutePattern.RawText?.TrimStart('/');
            if (path.Contains('*', StringComparison.Ordinal))
                continue;
            var methods = endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods;
            var browsable = endpoint.RoutePattern.Parameters.Count == 0 && (methods is null or { Count: 0 } || methods.Contains("GET"));
            (browsable ? pages : calls).Add(path);
        }
        var html = new StringBuilder("""
            <!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>Pyro admin</title>
            <style>
              body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 46rem; padding: 0 1rem; color-scheme: light dark }
              h1 { font-size: 1.4rem } h2 { font-size: 1.05rem; margin-top: 2rem } li { margin: .15rem 0 } code { font-size: .9em }
            </style>
            <h1>Pyro</h1>
            """);
        html.Append("<p>").Append(About(settings)).Append("</p>");
        Section(html, "Pages", pages, static p => $"<a href=\"{WebUtility.HtmlEncode(p)}\">{WebUtility.HtmlEncode(p)}</a>");
        Section(html, "Calls", calls, static p => $"<code>{WebUtility.HtmlEncode(p)}</code>");
        return html.Append("</html>\n").ToString();
    }

    /// <summary>Whoever looks through the gateway might take its pages for those of what stands behind it.</summary>
    private static string About(Settings settings)
    {
        var targets = settings.List("target");
        var process = $"This process runs the target <b>{WebUtility.HtmlEncode(string.Join(',', targets))}</b>; its metrics, configuration and readiness are its own.";
        return !targets.Contains("gateway") ? process
            : $"{process} Everything that is not listed here goes on to the distributor (<code>{Url("gateway.distributor_url")}</code>) or to query "
                + $"(<code>{Url("gateway.query_url")}</code>). Each of them has these pages at its own address; so has the ingester, which <a href=\"/ring\">the ring</a> shows.";

        string Url(string setting) => WebUtility.HtmlEncode(settings.Text(setting));
    }

    private static void Section(StringBuilder html, string title, SortedSet<string> paths, Func<string, string> item)
    {
        html.Append("<h2>").Append(title).Append("</h2><ul>");
        foreach (var path in paths)
            html.Append("<li>").Append(item(path)).Append("</li>");
        html.Append("</ul>");
    }
}
