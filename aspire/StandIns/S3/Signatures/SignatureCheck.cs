using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Aspire.StandIns.S3.Signatures;

/// <summary>Checks signatures of version 4.</summary>
internal sealed class SignatureCheck(S3Options options)
{
    private const string Service = "s3", Terminator = "aws4_request";
    private static readonly TimeSpan MaxSkew = TimeSpan.FromMinutes(15);

    /// <summary>What a request is signed with.</summary>
    /// <exception cref="S3Exception">It is not signed, or wrongly.</exception>
    public SignedRequest Check(HttpRequest request, S3Address address)
    {
        var claim = Claim.Of(request, address);
        if (claim.AccessKey != options.AccessKey)
            throw S3Exception.Forbidden("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.");
        CheckTime(claim);
        CheckScope(claim);
        var scope = $"{claim.Day}/{claim.Region}/{claim.Service}/{Terminator}";
        var canonical = Canonical(request, address, claim);
        var text = $"{SignedRequest.Algorithm}\n{claim.Time}\n{scope}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var key = Key(claim);
        var expected = SignedRequest.Sign(key, text);
        return SignedRequest.AreEqual(expected, claim.Signature)
            ? new(key, claim.Time, scope, expected, claim.Payload)
            : throw S3Exception.Forbidden(
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided. Check your key and signing method.");
    }

    private void CheckTime(Claim claim)
    {
        var age = options.Time.GetUtcNow() - claim.SignedAt;
        if (age < -MaxSkew || (!claim.IsInQuery && age > MaxSkew))
            throw S3Exception.Forbidden("RequestTimeTooSkewed", "The difference between the request time and the server's time is too large.");
        if (claim.Lifetime is { } lifetime && age > lifetime)
            throw S3Exception.Forbidden("AccessDenied", "Request has expired");
        if (!claim.Time.StartsWith(claim.Day, StringComparison.Ordinal))
            throw S3Exception.BadRequest("AuthorizationHeaderMalformed", "The authorization header is malformed; the day of the scope is not that of the request.");
    }

    private void CheckScope(Claim claim)
    {
        if (claim.Service != Service)
            throw S3Exception.BadRequest("AuthorizationHeaderMalformed", $"The authorization header is malformed; incorrect service \"{claim.Service}\". This endpoint belongs to \"s3\".");
        if (options.Region.Length > 0 && claim.Region != options.Region)
        {
            throw new S3Exception(
                StatusCodes.Status400BadRequest, "AuthorizationHeaderMalformed",
                $"The authorization header is malformed; the region '{claim.Region}' is wrong; expecting '{options.Region}'")
            { Region = options.Region };
        }
    }

    private byte[] Key(Claim claim)
    {
        var key = Encoding.UTF8.GetBytes("AWS4" + options.SecretKey);
        foreach (var part in (string[])[claim.Day, claim.Region, claim.Service, Terminator])
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        return key;
    }

    private static string Canonical(HttpRequest request, S3Address address, Claim claim)
    {
        var text = new StringBuilder(request.Method).Append('\n').Append(S3Address.Encode(address.Path, keepsSlash: true)).Append('\n');
        var query = address.Query
            .Where(pair => !claim.IsInQuery || pair.Name != "X-Amz-Signature")
            .Select(pair => (Name: S3Address.Encode(pair.Name, keepsSlash: false), Value: S3Address.Encode(pair.Value, keepsSlash: false)))
            .OrderBy(pair => pair.Name, StringComparer.Ordinal).ThenBy(pair => pair.Value, StringComparer.Ordinal);
        text.AppendJoin('&', query.Select(pair => $"{pair.Name}={pair.Value}")).Append('\n');
        foreach (var name in claim.SignedHeaders)
            text.Append(name).Append(':').AppendJoin(',', request.Headers[name].Select(OneSpaced)).Append('\n');
        return text.Append('\n').AppendJoin(';', claim.SignedHeaders).Append('\n').Append(claim.Payload).ToString();
    }

    private static string OneSpaced(string? value) => string.Join(' ', (value ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
