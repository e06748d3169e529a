using System.Text;
using System.Xml.Linq;
using Aspire.StandIns.S3.Storage;

namespace Aspire.StandIns.S3.Calls;

/// <summary>The listing of a bucket, in its first and its second version.</summary>
internal sealed class Listing
{
    private const int MostLines = 1000;

    private readonly Bucket _bucket;
    private readonly S3Call _call;
    private readonly bool _isSecond;
    private readonly bool _encodes;
    private readonly string _prefix;
    private readonly string _delimiter;
    private readonly int _most;

    public Listing(Bucket bucket, S3Call call)
    {
        _bucket = bucket;
        _call = call;
        _isSecond = call.Address["list-type"] == "2";
        _prefix = call.Address["prefix"] ?? "";
        _delimiter = call.Address["delimiter"] ?? "";
        _most = call.Number("max-keys", MostLines, MostLines);
        _encodes = call.Address["encoding-type"] switch
        {
            null or "" => false,
            "url" => true,
            _ => throw S3Exception.InvalidArgument("Invalid Encoding Method specified in Request"),
        };
    }

    /// <summary>Answers with a page.</summary>
    public Task Write()
    {
        var token = _call.Address["continuation-token"];
        var after = _isSecond ? token is null ? _call.Address["start-after"] ?? "" : Position(token) : _call.Address["marker"] ?? "";
        var page = _bucket.Page(_prefix, _delimiter, after, _most);
        var withOwner = !_isSecond || _call.Address["fetch-owner"] == "true";
        return Xml.Write(_call.Http, Xml.Element(
            "ListBucketResult", Xml.Element("Name", _bucket.Name), Xml.Element("Prefix", Encoded(_prefix)),
            _delimiter.Length > 0 ? Xml.Element("Delimiter", Encoded(_delimiter)) : null, Xml.Element("MaxKeys", _most),
            _encodes ? Xml.Element("EncodingType", "url") : null, Xml.Element("IsTruncated", page.Next is not null),
            _isSecond ? Second(page, token) : First(page),
            page.Objects.Select(one => Xml.Entry(one, Encoded(one.Key), withOwner)),
            page.Prefixes.Select(one => Xml.Element("CommonPrefixes", Xml.Element("Prefix", Encoded(one))))));
    }

    private IEnumerable<XElement> First(KeyPage page)
    {
        yield return Xml.Element("Marker", Encoded(_call.Address["marker"] ?? ""));
        if (page.Next is not null)
            yield return Xml.Element("NextMarker", Encoded(page.Next));
    }

    private IEnumerable<XElement> Second(KeyPage page, string? token)
    {
        yield return Xml.Element("KeyCount", page.Objects.Count + page.Prefixes.Count);
        if (_call.Address["start-after"] is { Length: > 0 } after)
            yield return Xml.Element("StartAfter", Encoded(after));
        if (token is not null)
            yield return Xml.Element("ContinuationToken", token);
        if (page.Next is not null)
            yield return Xml.Element("NextContinuationToken", Convert.ToBase64String(Encoding.UTF8.GetBytes(page.Next)));
    }

    private string Encoded(string text) => _encodes ? S3Address.Encode(text, keepsSlash: true) : text;

    private static string Position(string token)
    {
        var bytes = new byte[token.Length];
        return token.Length > 0 && Convert.TryFromBase64String(token, bytes, out var length)
            ? Encoding.UTF8.GetString(bytes, 0, length) : throw S3Exception.InvalidArgument("The continuation token provided is incorrect");
    }
}
