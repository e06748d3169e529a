using Pyro.Configuration.Values;

namespace Pyro.Configuration.Sources;

/// <summary>
/// Connection strings as .NET Aspire hands them out: <c>ConnectionStrings__redis</c> (StackExchange.Redis) makes Redis the results cache,
/// <c>ConnectionStrings__minio</c> (<c>Endpoint=…;AccessKey=…;SecretKey=…;Bucket=…</c>) makes MinIO the bucket.
/// </summary>
internal static class ConnectionStrings
{
    private const string Redis = "ConnectionStrings__redis";
    private const string Minio = "ConnectionStrings__minio";
    private const string DefaultBucket = "pyro";

    /// <summary>Reads the strings by name (<c>redis</c>, <c>minio</c>); others are not ours.</summary>
    public static void Read(Func<string, string?> connection, Layer layer)
    {
        if (connection("redis") is { Length: > 0 } redis)
        {
            ReadRedis(redis, layer);
        }
        if (connection("minio") is { Length: > 0 } minio)
        {
            ReadMinio(minio, layer);
        }
    }

    private static void ReadRedis(string text, Layer layer)
    {
        List<string> endpoints = [];
        foreach (string part in OptionValue.Split(text))
        {
            int equals = part.IndexOf('=');
            if (equals < 0)
            {
                endpoints.Add(part);
                continue;
            }
            string value = part[(equals + 1)..].Trim();
            string? key = part[..equals].Trim().ToLowerInvariant() switch
            {
                "password" => "password",
                "user" => "username",
                "ssl" => "tls_enabled",
                "defaultdatabase" => "db",
                // The rest tunes the client library that the string was made for.
                _ => null,
            };
            if (key is not null)
            {
                Set(layer, Redis, $"frontend.results_cache.redis.{key}", value);
            }
        }
        if (endpoints.Count == 0)
        {
            layer.Fault($"{Redis}: no address in it");
            return;
        }
        Set(layer, Redis, "frontend.results_cache.backend", "redis");
        Set(layer, Redis, "frontend.results_cache.redis.endpoint", string.Join(',', endpoints));
    }

    private static void ReadMinio(string text, Layer layer)
    {
        Dictionary<string, string> parts = new(StringComparer.OrdinalIgnoreCase);
        foreach (string part in text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = part.IndexOf('=');
            parts[equals < 0 ? part : part[..equals].Trim()] = equals < 0 ? "" : part[(equals + 1)..].Trim();
        }
        if (!Uri.TryCreate(parts.GetValueOrDefault("Endpoint"), UriKind.Absolute, out Uri? endpoint) || endpoint.Scheme is not ("http" or "https"))
        {
            layer.Fault($"{Minio}: Endpoint=http://host:port is missing");
            return;
        }
        Set(layer, Minio, "storage.backend", "s3");
        Set(layer, Minio, "storage.s3.endpoint", endpoint.Authority);
        Set(layer, Minio, "storage.s3.insecure", endpoint.Scheme == "http" ? "true" : "false");
        Set(layer, Minio, "storage.s3.force_path_style", "true");
        Set(layer, Minio, "storage.s3.access_key_id", parts.GetValueOrDefault("AccessKey", ""));
        Set(layer, Minio, "storage.s3.secret_access_key", parts.GetValueOrDefault("SecretKey", ""));
        Set(layer, Minio, "storage.s3.bucket_name", parts.GetValueOrDefault("Bucket", DefaultBucket));
    }

    private static void Set(Layer layer, string origin, string path, string text) => layer.Set(origin, OptionTable.ByPath(path), alias: false, text);
}
