using System.Text;

namespace Aspire.StandIns.S3;

/// <summary>
/// What a request's target names, taken from it as it was sent: dot segments and doubled slashes are part of a key, which the server's own
/// reading of paths would lose.
/// </summary>
internal sealed class S3Address
{
    private const int LongestKey = 1024;
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private S3Address(string path, IReadOnlyList<(string, string)> query, string bucketOfHost)
    {
        Path = path;
        Query = query;
        var slash = path.IndexOf('/', 1);
        (Bucket, Key) = bucketOfHost.Length > 0 ? (bucketOfHost, path[1..])
            : slash < 0 ? (path[1..], "")
            : (path[1..slash], path[(slash + 1)..]);
    }

    /// <summary>The whole path, decoded.</summary>
    public string Path { get; }

    /// <summary>Name of the bucket, or "".</summary>
    public string Bucket { get; }

    /// <summary>Key of the object, or "".</summary>
    public string Key { get; }

    /// <summary>What follows the question mark, decoded, as sent.</summary>
    public IReadOnlyList<(string Name, string Value)> Query { get; }

    /// <summary>The first value of a name in the query, or null.</summary>
    public string? this[string name]
    {
        get
        {
            foreach (var (key, value) in Query)
            {
                if (key == name)
                    return value;
            }
            return null;
        }
    }

    /// <summary>Whether the query has a name.</summary>
    public bool Has(string name) => this[name] is not null;

    /// <summary>Reads a request's target.</summary>
    /// <param name="target">As it was sent.</param>
    /// <param name="bucketOfHost">The bucket, when it stands in the name of the host; "": it stands in the path.</param>
    public static S3Address Parse(string target, string bucketOfHost = "")
    {
        if (!target.StartsWith('/'))
        {
            var authority = target.IndexOf("://", StringComparison.Ordinal);
            var slash = authority < 0 ? -1 : target.IndexOf('/', authority + 3);
            target = slash < 0 ? "/" : target[slash..];
        }
        var mark = target.IndexOf('?');
        var query = new List<(string, string)>();
        if (mark >= 0)
        {
            foreach (var pair in target[(mark + 1)..].Split('&', StringSplitOptions.RemoveEmptyEntries))
            {
                var equals = pair.IndexOf('=');
                query.Add(equals < 0 ? (Decode(Spaced(pair)), "") : (Decode(Spaced(pair[..equals])), Decode(Spaced(pair[(equals + 1)..]))));
            }
        }
        return new(Decode(mark < 0 ? target : target[..mark]), query, bucketOfHost);
    }

    /// <summary>Bucket and key of <c>x-amz-copy-source</c>.</summary>
    public static S3Address ParseSource(string source)
    {
        var address = Parse(source.StartsWith('/') ? source : "/" + source);
        CheckKey(address.Key);
        return address;
    }

    /// <summary>Refuses what cannot be a key.</summary>
    public static void CheckKey(string key)
    {
        if (key.Length == 0)
            throw S3Exception.InvalidArgument("The key of an object must not be empty.");
        if (Encoding.UTF8.GetByteCount(key) > LongestKey)
            throw S3Exception.BadRequest("KeyTooLongError", "Your key is too long.");
        if (key.Contains('\0'))
            throw S3Exception.InvalidArgument("The key of an object must not contain NUL.");
    }

    /// <summary>Percent-encodes as signatures and listings want it.</summary>
    /// <param name="text">What is encoded.</param>
    /// <param name="keepsSlash">Leaves slashes as they are.</param>
    public static string Encode(string text, bool keepsSlash)
    {
        var encoded = new StringBuilder(text.Length + 16);
        foreach (var one in Encoding.UTF8.GetBytes(text))
        {
            if (char.IsAsciiLetterOrDigit((char)one) || one is (byte)'-' or (byte)'_' or (byte)'.' or (byte)'~' || (keepsSlash && one == '/'))
                encoded.Append((char)one);
            else
                encoded.Append('%').Append(one.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
        }
        return encoded.ToString();
    }

    private static string Spaced(string text) => text.Replace('+', ' ');

    private static string Decode(string text)
    {
        if (!text.Contains('%'))
            return text;
        var bytes = new List<byte>(text.Length);
        for (var at = 0; at < text.Length;)
        {
            if (text[at] != '%')
            {
                bytes.Add((byte)text[at++]);
                continue;
            }
            if (at + 2 >= text.Length || !char.IsAsciiHexDigit(text[at + 1]) || !char.IsAsciiHexDigit(text[at + 2]))
                throw Unreadable();
            bytes.Add(Convert.FromHexString(text.AsSpan(at + 1, 2))[0]);
            at += 3;
        }
        try
        {
            return Utf8.GetString([.. bytes]);
        }
        catch (DecoderFallbackException)
        {
            throw Unreadable();
        }
    }

    private static S3Exception Unreadable() => S3Exception.BadRequest("InvalidURI", "Couldn't parse the specified URI.");
}
