using Microsoft.AspNetCore.Http;

namespace Aspire.StandIns.S3.Calls;

/// <summary>What of the headers of a put is kept and given back with the object.</summary>
internal static class ObjectHeaders
{
    private const string MetadataPrefix = "x-amz-meta-";
    private const int MostMetadataBytes = 2048;
    private static readonly string[] Kept = ["content-type", "content-language", "expires", "cache-control", "content-disposition", "content-encoding"];

    /// <summary>Reads them.</summary>
    /// <exception cref="S3Exception">The user's metadata are too much.</exception>
    public static Dictionary<string, string> Of(HttpRequest request)
    {
        var kept = new Dictionary<string, string>(StringComparer.Ordinal) { ["content-type"] = "binary/octet-stream" };
        var bytes = 0;
        foreach (var (header, values) in request.Headers)
        {
            var name = header.ToLowerInvariant();
            var value = values.ToString();
            if (name.StartsWith(MetadataPrefix, StringComparison.Ordinal))
            {
                bytes += name.Length - MetadataPrefix.Length + System.Text.Encoding.UTF8.GetByteCount(value);
                kept[name] = value;
            }
            else if (name == "content-encoding")
            {
                // How the body was sent is not how the object is encoded.
                if (string.Join(',', value.Split(',', StringSplitOptions.TrimEntries).Where(one => one.Length > 0 && one != "aws-chunked")) is { Length: > 0 } encoding)
                    kept[name] = encoding;
            }
            else if (Kept.Contains(name) && value.Length > 0)
            {
                kept[name] = value;
            }
        }
        return bytes <= MostMetadataBytes ? kept
            : throw S3Exception.BadRequest("MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size");
    }
}
