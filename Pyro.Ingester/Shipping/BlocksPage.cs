using System.Globalization;
using System.Net;
using System.Text;
using Pyro.Ingester.Head;
using Pyro.Ingester.Wal;

namespace Pyro.Ingester.Shipping;

/// <summary>The page <c>/ingester/blocks</c>: heads, local blocks, the log, and what waits for the bucket.</summary>
internal static class BlocksPage
{
    public static string Render(HeadStore heads, WriteAheadLog log, Shipper shipper, DiskSpace space)
    {
        var html = new StringBuilder("""
            <!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>Pyro ingester: blocks</title>
            <style>
              body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color-scheme: light dark }
              h1 { font-size: 1.4rem } h2 { font-size: 1.05rem; margin-top: 2rem } td, th { text-align: left; padding: .1rem .8rem .1rem 0 } code { font-size: .9em }
            </style>
            <h1>Heads and local blocks</h1>
            """);
        var (segments, logBytes) = log.Size;
        var (waiting, waitingBytes) = shipper.Backlog;
        html.Append(CultureInfo.InvariantCulture, $"<p>The log has {segments} closed segments of {Bytes(logBytes)}. ");
        html.Append(CultureInfo.InvariantCulture, $"{waiting} blocks of {Bytes(waitingBytes)} wait for the bucket.");
        html.Append(space.IsLow ? " <b>The disk is nearly full: profiles are refused.</b></p>" : "</p>");
        foreach (var tenant in heads.Tenants.Order(StringComparer.Ordinal))
        {
            Tenant(html, tenant, heads, shipper);
        }

        return html.Append("</html>\n").ToString();
    }

    private static void Tenant(StringBuilder html, string tenant, HeadStore heads, Shipper shipper)
    {
        var held = heads.Held(tenant);
        html.Append(CultureInfo.InvariantCulture, $"<h2>{WebUtility.HtmlEncode(tenant)}</h2>");
        html.Append("<table><tr><th>Block</th><th>State</th><th>From</th><th>To</th><th>Series</th><th>Profiles</th><th>Size</th></tr>");
        foreach (var head in held.Heads)
        {
            var view = head.View();
            Row(html, head.Ulid, head.IsSealed ? "sealed head" : "open head", view.MinMillis, view.MaxMillis, view.Index.Series.Length, view.Rows.Count, head.Bytes);
        }

        foreach (var block in held.Unreadable)
        {
            var state = block.Block.Fault is { } fault ? "damaged: " + fault.Message : $"of version {block.Meta.Version}, which is not supported";
            Row(html, block.Ulid, state, long.MinValue, long.MinValue, 0, 0, 0);
        }

        foreach (var block in held.Blocks)
        {
            var state = block.Block.Fault is { } fault ? "damaged: " + fault.Message : shipper.ConfirmedFor(block.Ulid) is null ? "local" : "local and in the bucket";
            Row(html, block.Ulid, state, block.Meta.MinTime, block.Meta.MaxTime, block.Meta.Stats.Series, block.Meta.Stats.Profiles, block.Bytes);
        }

        html.Append("</table>");
    }

    private static void Row(StringBuilder html, Ulid ulid, string state, long min, long max, long series, long profiles, long bytes) => html.Append(
        CultureInfo.InvariantCulture,
        $"<tr><td><code>{ulid}</code></td><td>{WebUtility.HtmlEncode(state)}</td><td>{Time(min, max)}</td><td>{Time(max, max)}</td><td>{series}</td><td>{profiles}</td><td>{Bytes(bytes)}</td></tr>");

    // What is empty has no time.
    private static string Time(long millis, long max) =>
        max == long.MinValue ? "" : DateTimeOffset.UnixEpoch.AddMilliseconds(millis).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    private static string Bytes(long bytes) => bytes switch
    {
        < 10 << 10 => string.Create(CultureInfo.InvariantCulture, $"{bytes} bytes"),
        < 10 << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes >> 10} KiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes >> 20} MiB"),
    };
}
