using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using Aspire.StandIns.S3.Storage;
using Microsoft.AspNetCore.Http;

namespace Aspire.StandIns.S3.Calls;

/// <summary>S3's XML: answers, errors, and bodies of requests.</summary>
internal static class Xml
{
    private static readonly XNamespace Namespace = "http://s3.amazonaws.com/doc/2006-03-01/";

    /// <summary>Keys may hold characters that XML has only as references, and strictly not even so.</summary>
    private static readonly XmlWriterSettings Writing = new() { CheckCharacters = false, Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false) };

    private static readonly XmlReaderSettings Reading = new()
    {
        CheckCharacters = false,
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        IgnoreWhitespace = false,
    };

    /// <summary>An element in S3's namespace.</summary>
    public static XElement Element(string name, params object?[] content) => new(Namespace + name, content);

    /// <summary>A time as S3 writes it.</summary>
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>An ETag with its quotes.</summary>
    public static string Quoted(string etag) => $"\"{etag}\"";

    /// <summary>The one user that there is.</summary>
    public static XElement Owner(string name = "Owner") => Element(name, Element("ID", "owner"), Element("DisplayName", "owner"));

    /// <summary>An object of a listing.</summary>
    /// <param name="facts">The object.</param>
    /// <param name="key">Its key as it is written.</param>
    /// <param name="withOwner">Whether its owner is told.</param>
    public static XElement Entry(ObjectFacts facts, string key, bool withOwner) => Element(
        "Contents", Element("Key", key), Element("LastModified", Time(facts.Modified)), Element("ETag", Quoted(facts.ETag)),
        Element("Size", facts.Length), withOwner ? Owner() : null, Element("StorageClass", "STANDARD"));

    /// <summary>Answers with an element.</summary>
    public static Task Write(HttpContext http, XElement element, int status = StatusCodes.Status200OK)
    {
        var bytes = new MemoryStream();
        using (var writer = XmlWriter.Create(bytes, Writing))
            element.WriteTo(writer);
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/xml";
        http.Response.ContentLength = bytes.Length;
        return HttpMethods.IsHead(http.Request.Method)
            ? Task.CompletedTask : http.Response.Body.WriteAsync(bytes.GetBuffer().AsMemory(0, (int)bytes.Length), http.RequestAborted).AsTask();
    }

    /// <summary>Answers with an error. It has no namespace.</summary>
    public static Task WriteError(HttpContext http, string target, S3Exception error)
    {
        var mark = target.IndexOf('?');
        return Write(http, new XElement(
            "Error", new XElement("Code", error.Code), new XElement("Message", error.Message), new XElement("Resource", mark < 0 ? target : target[..mark]),
            error.Region is { } region ? new XElement("Region", region) : null, new XElement("RequestId", http.TraceIdentifier),
            new XElement("HostId", "stand-in")), error.Status);
    }

    /// <summary>Reads a body; elements lose their namespace, which clients set or not.</summary>
    public static XElement Read(byte[] body, string root)
    {
        try
        {
            using var reader = XmlReader.Create(new MemoryStream(body), Reading);
            var element = XElement.Load(reader);
            foreach (var one in element.DescendantsAndSelf())
                one.Name = one.Name.LocalName;
            return element.Name == root ? element : throw S3Exception.MalformedXml();
        }
        catch (XmlException)
        {
            throw S3Exception.MalformedXml();
        }
    }
}
