using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Pyro.Tests.Unit.S3StandIn;

/// <summary>An answer of S3.</summary>
internal sealed record S3Answer(int Status, byte[] Body, IReadOnlyDictionary<string, string> Headers)
{
    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>The code of an error, or "".</summary>
    public string Code => Values("Code").FirstOrDefault("");

    /// <summary>What stands in the elements of a name.</summary>
    public IReadOnlyList<string> Values(string element) => [.. Regex.Matches(Text, $"<{element}>(.*?)</{element}>", RegexOptions.Singleline).Select(one => System.Net.WebUtility.HtmlDecode(one.Groups[1].Value))];
}

/// <summary>Requests with signatures of version 4, made here once more so that each part of one can be wrong.</summary>
internal sealed class S3Calls(Uri url, string accessKey, string secretKey)
{
    public const string Unsigned = "UNSIGNED-PAYLOAD", SignedChunks = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        SignedChunksAndTrailer = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", ChunksAndTrailer = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

    private static readonly HttpClient Client = new() { Timeout = TimeSpan.FromMinutes(2) };

    /// <summary>When requests are signed.</summary>
    public DateTimeOffset Now { get; init; } = DateTimeOffset.UtcNow;

    public string Region { get; init; } = "us-east-1";

    /// <summary>The signature of the last request, from which those of chunks follow.</summary>
    public string Seed { get; private set; } = "";

    private string Time => Now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);

    private string Scope => $"{Time[..8]}/{Region}/s3/aws4_request";

    /// <summary>Sends a signed request.</summary>
    /// <param name="method">Of HTTP.</param>
    /// <param name="target">Path and query, encoded as signatures want it, the query in order.</param>
    /// <param name="body">The body; made once the signature of the head is known.</param>
    /// <param name="payload">What is said of the body; null: its hash.</param>
    /// <param name="headers">More headers; all are signed.</param>
    public Task<S3Answer> Send(string method, string target, Func<byte[]>? body, string? payload, params (string Name, string Value)[] headers)
    {
        var hash = payload ?? Hex(SHA256.HashData(body?.Invoke() ?? []));
        (string Name, string Value)[] all = [.. headers, ("host", url.Authority), ("x-amz-content-sha256", hash), ("x-amz-date", Time)];
        Array.Sort(all, (one, other) => string.CompareOrdinal(one.Name, other.Name));
        var names = string.Join(';', all.Select(one => one.Name));
        var mark = target.IndexOf('?');
        var canonical = $"{method}\n{(mark < 0 ? target : target[..mark])}\n{(mark < 0 ? "" : Query(target[(mark + 1)..]))}\n"
            + string.Concat(all.Select(one => $"{one.Name}:{one.Value}\n")) + $"\n{names}\n{hash}";
        Seed = Sign($"AWS4-HMAC-SHA256\n{Time}\n{Scope}\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}");
        return SendRaw(method, target, body?.Invoke(), [.. all, ("authorization", $"AWS4-HMAC-SHA256 Credential={accessKey}/{Scope}, SignedHeaders={names}, Signature={Seed}")]);
    }

    public Task<S3Answer> Send(string method, string target, byte[]? body = null, params (string Name, string Value)[] headers) =>
        Send(method, target, body is null ? null : () => body, null, headers);

    /// <summary>The target with a signature in its query.</summary>
    public string Presign(string method, string path, int seconds)
    {
        var query = $"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={Uri.EscapeDataString($"{accessKey}/{Scope}")}&X-Amz-Date={Time}&X-Amz-Expires={seconds}&X-Amz-SignedHeaders=host";
        var canonical = $"{method}\n{path}\n{query}\nhost:{url.Authority}\n\nhost\n{Unsigned}";
        return $"{path}?{query}&X-Amz-Signature={Sign($"AWS4-HMAC-SHA256\n{Time}\n{Scope}\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}")}";
    }

    /// <summary>Sends a request as it is.</summary>
    public async Task<S3Answer> SendRaw(string method, string target, byte[]? body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(
            new HttpMethod(method), new Uri($"http://{url.Authority}{target}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        if (body is not null)
            request.Content = new ByteArrayContent(body);
        foreach (var (name, value) in headers)
        {
            if (name != "host" && !request.Headers.TryAddWithoutValidation(name, value))
                (request.Content ??= new ByteArrayContent([])).Headers.TryAddWithoutValidation(name, value);
        }
        using var answer = await Client.SendAsync(request);
        var all = answer.Headers.Concat((IEnumerable<KeyValuePair<string, IEnumerable<string>>>)answer.Content.Headers)
            .ToDictionary(one => one.Key.ToLowerInvariant(), one => string.Join(',', one.Value), StringComparer.Ordinal);
        return new((int)answer.StatusCode, await answer.Content.ReadAsByteArrayAsync(), all);
    }

    /// <summary>A body in chunks, after the head was signed.</summary>
    /// <param name="content">The content.</param>
    /// <param name="size">Of a chunk.</param>
    /// <param name="payload">Which of the forms.</param>
    /// <param name="trailer">Name and value of the one trailer, or null.</param>
    public byte[] Chunks(byte[] content, int size, string payload, (string Name, string Value)? trailer = null)
    {
        var body = new MemoryStream();
        var previous = Seed;
        void Write(string text) => body.Write(Encoding.UTF8.GetBytes(text));
        void Chunk(ReadOnlySpan<byte> part)
        {
            var line = part.Length.ToString("x", CultureInfo.InvariantCulture);
            if (payload != ChunksAndTrailer)
            {
                previous = Sign($"AWS4-HMAC-SHA256-PAYLOAD\n{Time}\n{Scope}\n{previous}\n{Hex(SHA256.HashData([]))}\n{Hex(SHA256.HashData(part))}");
                line += $";chunk-signature={previous}";
            }
            Write(line + "\r\n");
            body.Write(part);
            Write(part.Length > 0 ? "\r\n" : "");
        }
        for (var at = 0; at < content.Length; at += size)
            Chunk(content.AsSpan(at, Math.Min(size, content.Length - at)));
        Chunk([]);
        if (trailer is { } one)
        {
            Write($"{one.Name}:{one.Value}\r\n");
            if (payload == SignedChunksAndTrailer)
                Write($"x-amz-trailer-signature:{Sign($"AWS4-HMAC-SHA256-TRAILER\n{Time}\n{Scope}\n{previous}\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes($"{one.Name}:{one.Value}\n")))}")}\r\n");
        }
        Write("\r\n");
        return body.ToArray();
    }

    private string Sign(string text)
    {
        var key = Encoding.UTF8.GetBytes("AWS4" + secretKey);
        foreach (var part in Scope.Split('/'))
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        return Hex(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)));
    }

    private static string Query(string query) => string.Join('&', query.Split('&').Select(one => one.Contains('=') ? one : one + "="));

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
