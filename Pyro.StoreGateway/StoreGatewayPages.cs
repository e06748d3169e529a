using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Pyro.Blocks.Buckets;
using Pyro.Blocks.Reading;
using Pyro.ObjectStore;
using Pyro.ServiceDefaults.Operations;
using Pyro.Tenancy;

namespace Pyro.StoreGateway;

/// <summary>The pages <c>/store-gateway/tenants</c> and <c>/store-gateway/tenant/{tenant}/blocks</c>: what lies in the bucket.</summary>
internal static class StoreGatewayPages
{
    private const string Head = """
        <!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
        <style>body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem; color-scheme: light dark } td, th { text-align: left; padding: .2rem 1rem .2rem 0 } td.n { text-align: right; font-variant-numeric: tabular-nums }</style>
        """;

    public static void Map(WebApplication app)
    {
        var view = app.Services.GetRequiredService<BucketView>();
        var blocks = app.Services.GetRequiredService<ServedBlocks>();
        var sync = app.Services.GetRequiredService<BucketSync>();
        app.MapPage("/store-gateway/tenants", (HttpContext context) => Tenants(context, view, sync));
        app.MapPage("/store-gateway/tenant/{tenant}/blocks", (HttpContext context, string tenant) => Blocks(context, view, blocks, tenant));
    }

    private static async Task Tenants(HttpContext context, BucketView view, BucketSync sync)
    {
        var html = new StringBuilder(Head).Append("<title>Store-gateway: tenants</title><h1>Tenants of the bucket</h1><p>").Append(WebUtility.HtmlEncode(view.Store.Description));
        html.Append(sync.LastSync is { } last ? $", seen whole at {last:yyyy-MM-dd HH:mm:ss}Z</p>" : ", not seen whole yet</p>");
        try
        {
            var tenants = new List<string>();
            await foreach (var tenant in view.Tenants(context.RequestAborted))
                tenants.Add(tenant);
            html.Append(tenants.Count == 0 ? "<p>No tenant has a block there yet.</p>" : "<ul>");
            foreach (var tenant in tenants)
                html.Append($"<li><a href=\"/store-gateway/tenant/{Uri.EscapeDataString(tenant)}/blocks\">{WebUtility.HtmlEncode(tenant)}</a>");
        }
        catch (ObjectStoreException e)
        {
            html.Append($"<p role=\"alert\">It cannot be listed: {WebUtility.HtmlEncode(e.Message)}</p>");
        }

        await Write(context, html);
    }

    private static async Task Blocks(HttpContext context, BucketView view, ServedBlocks served, string tenant)
    {
        var html = new StringBuilder(Head).Append($"<title>Store-gateway: blocks of {WebUtility.HtmlEncode(tenant)}</title><h1>Blocks of {WebUtility.HtmlEncode(tenant)}</h1>");
        if (!TenantId.IsValid(tenant))
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await Write(context, html.Append("<p role=\"alert\">No tenant can have this name.</p>"));
            return;
        }

        try
        {
            var snapshot = await view.Of(tenant, TimeSpan.FromSeconds(10), context.RequestAborted);
            var faults = served.Known(tenant).Where(static b => b.Fault is not null).ToDictionary(static b => b.Ulid, static b => b.Fault!.Message);
            html.Append($"<p>{snapshot.Blocks.Count} blocks, seen at {snapshot.Taken:yyyy-MM-dd HH:mm:ss}Z</p><table><tr><th>Block<th>From<th>To<th>Level<th>Shard<th>Series<th>Profiles<th>Bytes<th>State</tr>");
            foreach (var meta in snapshot.Blocks)
            {
                var state = faults.GetValueOrDefault(meta.Id)
                    ?? (snapshot.Marked.TryGetValue(meta.Id, out var since) ? $"marked as deleted at {since:yyyy-MM-dd HH:mm:ss}Z" : "served");
                html.Append($"<tr><td>{meta.Id}<td>{Time(meta.MinTime)}<td>{Time(meta.MaxTime)}<td>{meta.Compaction.Level}<td>{WebUtility.HtmlEncode(meta.ShardId)}")
                    .Append($"<td class=\"n\">{meta.Stats.Series}<td class=\"n\">{meta.Stats.Profiles}<td class=\"n\">{meta.Files.Sum(static f => f.Bytes)}<td>{WebUtility.HtmlEncode(state)}</tr>");
            }

            foreach (var (block, fault) in snapshot.Damaged)
                html.Append($"<tr><td>{block}<td><td><td><td><td><td><td><td>{WebUtility.HtmlEncode(fault.Message)}</tr>");
            html.Append("</table>");
        }
        catch (ObjectStoreException e)
        {
            html.Append($"<p role=\"alert\">They cannot be listed: {WebUtility.HtmlEncode(e.Message)}</p>");
        }

        await Write(context, html);
    }

    private static string Time(long millis) =>
        DateTimeOffset.FromUnixTimeMilliseconds(millis).ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture) + "Z";

    private static Task Write(HttpContext context, StringBuilder html)
    {
        context.Response.ContentType = "text/html";
        return context.Response.WriteAsync(html.Append("</html>\n").ToString(), context.RequestAborted);
    }
}
