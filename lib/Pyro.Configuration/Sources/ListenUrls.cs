using Pyro.Configuration.Values;

namespace Pyro.Configuration.Sources;

/// <summary>The listening address as ASP.NET Core takes it: <c>ASPNETCORE_URLS</c>, else <c>ASPNETCORE_HTTP_PORTS</c> or <c>HTTP_PORTS</c>; the first one given.</summary>
internal static class ListenUrls
{
    private static readonly string[] UrlVariables = ["ASPNETCORE_URLS", "DOTNET_URLS", "URLS"];
    private static readonly string[] PortVariables = ["ASPNETCORE_HTTP_PORTS", "DOTNET_HTTP_PORTS", "HTTP_PORTS"];

    /// <summary>Reads the variables; of several addresses the first plain HTTP one counts, since there is one port.</summary>
    public static void Read(IReadOnlyDictionary<string, string> environment, Layer layer)
    {
        foreach (string variable in UrlVariables)
        {
            if (environment.GetValueOrDefault(variable) is { Length: > 0 } urls)
            {
                ReadUrls(variable, urls, layer);
                return;
            }
        }
        foreach (string variable in PortVariables)
        {
            if (environment.GetValueOrDefault(variable)?.Split(';') is [{ Length: > 0 } port, ..])
            {
                Set(layer, variable, "server.http_listen_port", port.Trim());
                return;
            }
        }
    }

    private static void ReadUrls(string variable, string urls, Layer layer)
    {
        foreach (string url in urls.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            const string scheme = "http://";
            if (!url.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }
            string rest = url[scheme.Length..].Split('/')[0];
            int colon = rest.LastIndexOf(':');
            bool hasPort = colon >= 0 && !rest.EndsWith(']');
            string host = hasPort ? rest[..colon] : rest;
            Set(layer, variable, "server.http_listen_port", hasPort ? rest[(colon + 1)..] : "80");
            Set(layer, variable, "server.http_listen_address", host is "+" or "*" ? "" : host.Trim('[', ']'));
            return;
        }
    }

    private static void Set(Layer layer, string origin, string path, string text) => layer.Set(origin, OptionTable.ByPath(path), alias: false, text);
}
