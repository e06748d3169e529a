using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Aspire.StandIns.S3.Signatures;

/// <summary>What a request says of its signature, in the header <c>Authorization</c> or in the query.</summary>
/// <param name="AccessKey">Whose it is.</param>
/// <param name="Day">First part of the scope: <c>yyyyMMdd</c>.</param>
/// <param name="Region">Second part.</param>
/// <param name="Service">Third part.</param>
/// <param name="SignedHeaders">Names in lower case, in order.</param>
/// <param name="Signature">In hex.</param>
/// <param name="Time">As signed: <c>yyyyMMddTHHmmssZ</c>.</param>
/// <param name="Lifetime">How long it is valid; null: as long as clocks may differ.</param>
/// <param name="Payload">What is said of the body.</param>
internal sealed record Claim(
    string AccessKey, string Day, string Region, string Service, string[] SignedHeaders, string Signature, string Time, TimeSpan? Lifetime, string Payload)
{
    private const long LongestLife = 7 * 24 * 3600;

    /// <summary>Whether it came in the query.</summary>
    public bool IsInQuery => Lifetime is not null;

    /// <summary>When the request was signed.</summary>
    public DateTimeOffset SignedAt =>
        DateTimeOffset.TryParseExact(Time, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time : throw S3Exception.Forbidden("AccessDenied", "AWS authentication requires a valid Date or x-amz-date header.");

    /// <summary>Reads it.</summary>
    public static Claim Of(HttpRequest request, S3Address address)
    {
        if (request.Headers.Authorization.ToString() is { Length: > 0 } header)
            return OfHeader(request, header);
        if (address.Has("X-Amz-Signature") || address.Has("X-Amz-Algorithm"))
            return OfQuery(request, address);
        throw S3Exception.Forbidden("AccessDenied", "Access Denied.");
    }

    private static Claim OfHeader(HttpRequest request, string header)
    {
        if (!header.StartsWith(SignedRequest.Algorithm + " ", StringComparison.Ordinal))
            throw S3Exception.BadRequest("InvalidRequest", $"The authorization mechanism you have provided is not supported. Please use {SignedRequest.Algorithm}.");
        var parts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in header[SignedRequest.Algorithm.Length..].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=');
            if (equals > 0)
                parts[part[..equals]] = part[(equals + 1)..];
        }
        var credential = Credential(parts.GetValueOrDefault("Credential"), Malformed);
        var payload = request.Headers["x-amz-content-sha256"].ToString();
        if (payload.Length == 0 && (request.ContentLength ?? 0) == 0 && request.Headers.TransferEncoding.Count == 0)
            payload = SignedRequest.EmptyHash;
        if (payload.Length == 0)
            throw S3Exception.BadRequest("InvalidRequest", "Missing required header for this request: x-amz-content-sha256");
        return new(
            credential[0], credential[1], credential[2], credential[3], Names(parts.GetValueOrDefault("SignedHeaders"), Malformed),
            parts.GetValueOrDefault("Signature") ?? throw Malformed("Signature"), Date(request), null, payload);
    }

    private static Claim OfQuery(HttpRequest request, S3Address address)
    {
        if (address["X-Amz-Algorithm"] != SignedRequest.Algorithm)
            throw BadQuery("X-Amz-Algorithm");
        var credential = Credential(address["X-Amz-Credential"], BadQuery);
        if (!long.TryParse(address["X-Amz-Expires"], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || seconds is 0 or > LongestLife)
            throw BadQuery("X-Amz-Expires");
        var payload = address["X-Amz-Content-Sha256"] ?? request.Headers["x-amz-content-sha256"].ToString();
        return new(
            credential[0], credential[1], credential[2], credential[3], Names(address["X-Amz-SignedHeaders"], BadQuery),
            address["X-Amz-Signature"] ?? throw BadQuery("X-Amz-Signature"), address["X-Amz-Date"] ?? throw BadQuery("X-Amz-Date"),
            TimeSpan.FromSeconds(seconds), payload.Length > 0 ? payload : "UNSIGNED-PAYLOAD");
    }

    /// <summary>The access key may hold slashes; what follows it may not.</summary>
    private static string[] Credential(string? text, Func<string, S3Exception> fault)
    {
        var parts = (text ?? "").Split('/');
        return parts.Length >= 5 && parts[^1] == "aws4_request" ? [string.Join('/', parts[..^4]), .. parts[^4..^1]] : throw fault("Credential");
    }

    private static string[] Names(string? text, Func<string, S3Exception> fault) =>
        text?.Split(';', StringSplitOptions.RemoveEmptyEntries) is { } names && names.Contains("host") ? names : throw fault("SignedHeaders");

    /// <summary><c>x-amz-date</c>, else <c>Date</c> in the same or in HTTP's form.</summary>
    private static string Date(HttpRequest request)
    {
        if (request.Headers["x-amz-date"].ToString() is { Length: > 0 } own)
            return own;
        var date = request.Headers.Date.ToString();
        return DateTimeOffset.TryParseExact(date, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture) : date;
    }

    private static S3Exception Malformed(string part) =>
        S3Exception.BadRequest("AuthorizationHeaderMalformed", $"The authorization header is malformed; {part} is missing or wrong.");

    private static S3Exception BadQuery(string part) =>
        S3Exception.BadRequest("AuthorizationQueryParametersError", $"The query of a signed URL is malformed; {part} is missing or wrong.");
}
