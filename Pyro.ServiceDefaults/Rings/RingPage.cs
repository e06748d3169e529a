using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Pyro.Ring;
using Pyro.ServiceDefaults.Operations;

namespace Pyro.ServiceDefaults.Rings;

/// <summary>The page of a ring: HTML for people, JSON for those that accept it, and a POST that forgets a member.</summary>
internal static class RingPage
{
    // As Go writes a time that is not set.
    private const string NoTime = "0001-01-01T00:00:00Z";

    /// <summary>Maps the page; false when it is there already.</summary>
    public static bool Map(WebApplication app, string path, string title, HashRing ring)
    {
        if (((IEndpointRouteBuilder)app).DataSources.SelectMany(s => s.Endpoints).OfType<RouteEndpoint>().Any(e => e.RoutePattern.RawText == path))
            return false;
        app.MapPage(path, (HttpContext context, TimeProvider time) => Show(context, title, ring, time));
        app.MapPost(path, async (HttpContext context) =>
        {
            var form = await context.Request.ReadFormAsync(context.RequestAborted);
            if (form["forget"].ToString() is { Length: > 0 } id)
                ring.Forget(id);
            context.Response.Redirect(path);
        });
        return true;
    }

    private static Task Show(HttpContext context, string title, HashRing ring, TimeProvider time)
    {
        var snapshot = ring.Snapshot;
        if (context.Request.Headers.Accept.ToString().Contains("application/json", StringComparison.OrdinalIgnoreCase))
        {
            context.Response.ContentType = "application/json";
            return context.Response.WriteAsync(Json(ring, snapshot, time.GetUtcNow()), context.RequestAborted);
        }
        context.Response.ContentType = "text/html";
        return context.Response.WriteAsync(Html(title, ring, snapshot, context.Request.Query["tokens"] == "true"), context.RequestAborted);
    }

    private static string Json(HashRing whole, RingSnapshot ring, DateTimeOffset now)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray("shards");
            foreach (var member in ring.Members)
            {
                json.WriteStartObject();
                json.WriteString("id", member.Id);
                json.WriteString("state", State(ring, member));
                json.WriteString("address", member.Address);
                // A static member sends none and always counts as alive.
                json.WriteString("timestamp", whole.IsStatic(member.Id) ? NoTime : Time(member.Heartbeat));
                json.WriteString("registered_timestamp", Time(member.Registered));
                json.WriteBoolean("read_only", false);
                json.WriteString("read_only_updated_timestamp", NoTime);
                json.WriteString("zone", member.Zone);
                json.WriteStartArray("tokens");
                foreach (var token in member.Tokens)
                    json.WriteNumberValue(token);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteString("now", now.ToString("yyyy-MM-ddTHH:mm:ss.fffffffZ", CultureInfo.InvariantCulture));
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static string Html(string title, HashRing whole, RingSnapshot ring, bool withTokens)
    {
        var html = new StringBuilder($$"""
            <!doctype html><html lang="en"><meta charset="utf-8"><title>{{title}}</title>
            <style>body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem; color-scheme: light dark } td, th { text-align: left; padding: .2rem 1rem .2rem 0 }</style>
            <h1>{{title}}</h1><form method="post"><table><tr><th>Member<th>State<th>Address<th>Zone<th>Last heartbeat<th>Tokens<th></tr>
            """);
        foreach (var member in ring.Members)
        {
            var id = WebUtility.HtmlEncode(member.Id);
            var tokens = withTokens ? string.Join(' ', member.Tokens) : member.Tokens.Count.ToString();
            html.Append($"<tr><td>{id}<td>{State(ring, member)}<td>{WebUtility.HtmlEncode(member.Address)}<td>{WebUtility.HtmlEncode(member.Zone)}")
                .Append($"<td>{(whole.IsStatic(member.Id) ? "none: set beforehand" : Time(member.Heartbeat))}<td>{tokens}<td>")
                .Append(whole.IsStatic(member.Id) ? "</tr>" : $"<button name=\"forget\" value=\"{id}\">Forget</button></tr>");
        }
        return html.Append("</table></form></html>\n").ToString();
    }

    private static string State(RingSnapshot ring, RingMember member) =>
        ring.IsAlive(member.Id) ? member.State.ToString().ToUpperInvariant() : "Unhealthy";

    private static string Time(long milliseconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds(milliseconds).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}
