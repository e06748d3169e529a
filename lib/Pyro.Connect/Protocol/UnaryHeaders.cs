using System.Globalization;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Pyro.Connect.Protocol;

/// <summary>What the headers of a unary Connect call say, read by connect-go's rules.</summary>
/// <param name="ContentType">The canonical content type, which the answer has too.</param>
/// <param name="Json">The messages are JSON, not binary.</param>
/// <param name="Packed">The request's body is gzip.</param>
/// <param name="Packs">The response's body is to be gzip.</param>
/// <param name="Timeout">How long the caller waits.</param>
internal readonly record struct UnaryHeaders(string ContentType, bool Json, bool Packed, bool Packs, TimeSpan? Timeout)
{
    public const string AcceptPost =
        "application/grpc, application/grpc+json, application/grpc+json; charset=utf-8, application/grpc+proto, application/grpc-web, "
        + "application/grpc-web+json, application/grpc-web+json; charset=utf-8, application/grpc-web+proto, application/json, "
        + "application/json; charset=utf-8, application/proto";

    private const string Binary = "application/proto";
    private const string Text = "application/json";
    private const string TextWithCharset = "application/json; charset=utf-8";

    /// <summary>The canonical content type of a request, null when it is none of Connect's.</summary>
    public static string? CanonicalType(string? contentType)
    {
        if (contentType is null)
            return null;
        if (contentType.Equals(Binary, StringComparison.OrdinalIgnoreCase))
            return Binary;
        if (contentType.Equals(Text, StringComparison.OrdinalIgnoreCase))
            return Text;
        var parts = contentType.Split(';', StringSplitOptions.TrimEntries);
        if (parts is [var type, ""])
            return CanonicalType(type);
        return parts is [var media, var charset]
            && media.Equals(Text, StringComparison.OrdinalIgnoreCase)
            && charset.Replace("\"", "", StringComparison.Ordinal).Equals("charset=utf-8", StringComparison.OrdinalIgnoreCase)
            ? TextWithCharset
            : null;
    }

    /// <summary>Reads the other headers.</summary>
    /// <exception cref="RpcException">One of them cannot be.</exception>
    public static UnaryHeaders Read(string canonicalType, IHeaderDictionary headers)
    {
        // In connect-go's order: compression, version, timeout.
        var packed = IsPacked(headers.ContentEncoding.ToString());
        CheckVersion(headers["Connect-Protocol-Version"].ToString());
        return new UnaryHeaders(
            canonicalType,
            !ReferenceEquals(canonicalType, Binary),
            packed,
            packed || Lists(headers.AcceptEncoding.ToString(), "gzip"),
            ReadTimeout(headers["Connect-Timeout-Ms"].ToString()));
    }

    private static bool IsPacked(string encoding) => encoding switch
    {
        "" or "identity" => false,
        "gzip" => true,
        _ => throw new RpcException(new Status(StatusCode.Unimplemented, $"unknown compression \"{encoding}\": supported encodings are gzip")),
    };

    private static void CheckVersion(string version)
    {
        if (version is not ("" or "1"))
            throw Invalid($"Connect-Protocol-Version must be \"1\": got \"{version}\"");
    }

    private static TimeSpan? ReadTimeout(string text)
    {
        if (text.Length == 0)
            return null;
        if (text.Length > 10)
            throw Invalid($"parse timeout: \"{text}\" has >10 digits");
        // The longest wait a timer can do is 49 days; nobody waits longer.
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var milliseconds)
            ? TimeSpan.FromMilliseconds(Math.Min(milliseconds, uint.MaxValue - 2L))
            : throw Invalid($"parse timeout: \"{text}\" is no number of milliseconds");
    }

    /// <summary>A name stands in a list by itself: one with a quality (<c>gzip;q=0</c>) does not count, as in connect-go.</summary>
    private static bool Lists(string list, string name)
    {
        foreach (var range in list.AsSpan().SplitAny(',', ' '))
        {
            if (list.AsSpan(range).SequenceEqual(name))
                return true;
        }
        return false;
    }

    private static RpcException Invalid(string message) => new(new Status(StatusCode.InvalidArgument, message));
}
